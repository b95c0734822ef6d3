import Audio
import Features

/// Answers windows of a stream from stretches that go through the networks once, see `TimelineSettings.dense`.
///
/// A stretch speaks for as much sound as four images show, or fewer where images are long; with half an image more at
/// either end it is one wide image. Longer stretches would save little more, and bring sound of very different loudness under
/// one scale.
struct DenseClassifier {
  private static let images = 4
  private static let seconds = 15.0
  private let recognizer: Recognizer
  private let name: String
  private let rate: Int
  private let workers: Int
  /// The samples of a window.
  private let window: Int
  private var cutter: StretchCutter
  /// Stretches that have not gone through the networks.
  private var waiting: [StretchCutter.Stretch] = []

  init(_ recognizer: Recognizer, settings: TimelineSettings, rate: Int, name: String, workers: Int) {
    self.recognizer = recognizer
    self.name = name
    self.rate = rate
    self.workers = workers
    window = Int((settings.window * Double(rate)).rounded())
    let count = recognizer.bundle.manifest.features.sampleCount
    let images = max(1, min(Self.images, Int(Self.seconds * Double(rate)) / count))
    // No window is longer than an image, so that all of it lies within half of one around its middle.
    cutter = StretchCutter(length: images * count, margin: count / 2)
  }

  /// Takes the samples that the windows were cut from.
  mutating func add(_ samples: UnsafeBufferPointer<Float>) { waiting += cutter.add(samples) }

  /// Takes note of the stream's end.
  mutating func finish() { waiting += cutter.finish().map { [$0] } ?? [] }

  /// The probabilities of the first of some windows, which as many stretches as there are workers answer; nil for silent
  /// ones, and nil in place of all where there are not so many stretches yet.
  ///
  /// - Parameter all: whether fewer stretches are to be computed, too, as long as there are any.
  mutating func next(of cuts: [WindowCutter.Cut], all: Bool) throws -> [[Double]?]? {
    guard !waiting.isEmpty, all || waiting.count >= workers else { return nil }
    var rest = cuts[...]
    let shares = waiting.prefix(workers).map { stretch in
      let own = rest.prefix { middle(of: $0) < stretch.end }
      rest = rest.dropFirst(own.count)
      return (stretch: stretch, cuts: Array(own))
    }
    // Of a short recording there are fewer stretches than workers.
    let answers = try computed(shares, threads: max(1, workers / shares.count)) { [self] stretch, cuts in
      try answer(stretch, cuts)
    }
    waiting.removeFirst(shares.count)
    return answers.flatMap(\.self)
  }

  private func middle(of cut: WindowCutter.Cut) -> Int { (cut.range.lowerBound + cut.range.upperBound) / 2 }

  private func answer(_ stretch: StretchCutter.Stretch, _ cuts: [WindowCutter.Cut]) throws -> [[Double]?] {
    // Digital silence has no image of its own, and is not to get an answer for what is around it.
    func isHeard(_ cut: WindowCutter.Cut) -> Bool { !cut.isSilent && cut.level > -120 }
    let heard = cuts.filter(isHeard)
    guard !heard.isEmpty else { return cuts.map { _ in nil } }
    let image: (image: SpectrogramImage, sampleCount: Int)
    do {
      image = try recognizer.wideImage(of: Waveform(samples: stretch.samples, sampleRate: rate), name: name)
    } catch AudioError.silent {
      return cuts.map { _ in nil }
    }
    // Zeros at both ends bring the stretch to a whole number of images.
    let before = (image.sampleCount - stretch.samples.count) / 2 - stretch.start
    let spans = heard.map { cut in
      let middle = Double(middle(of: cut) + before)
      let half = Double(window) / 2
      return (middle - half) / Double(image.sampleCount)..<(middle + half) / Double(image.sampleCount)
    }
    var predictions = try recognizer.predict(spans: spans, of: image.image).makeIterator()
    return cuts.map { isHeard($0) ? predictions.next()?.probabilities : nil }
  }
}
