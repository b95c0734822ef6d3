import Audio
import Dispatch
import Features
import Foundation
import Synchronization
import Torch

/// Answers windows of a stream from stretches that go through the networks once, see `TimelineSettings.dense`.
///
/// A stretch speaks for as much sound as four images show, and is one image of five, half of one more at either end. Longer
/// stretches would save little more, and bring sound of very different loudness under one scale.
struct DenseClassifier {
  private static let images = 4
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
    // No window is longer than an image, so that all of it lies within half of one around its middle.
    cutter = StretchCutter(length: Self.images * count, margin: count / 2)
  }

  /// Takes the samples that the windows were cut from.
  mutating func add(_ samples: UnsafeBufferPointer<Float>) { waiting += cutter.add(samples) }

  /// Takes note of the stream's end.
  mutating func finish() { waiting += cutter.finish().map { [$0] } ?? [] }

  /// The probabilities of the first of some windows, of as many as can be answered now; nil for silent ones.
  ///
  /// - Parameter all: whether a last share of the workers' is to be computed, too.
  mutating func probabilities(of cuts: [WindowCutter.Cut], all: Bool) throws -> [[Double]?] {
    var answers: [[Double]?] = []
    while !waiting.isEmpty, all || waiting.count >= workers {
      var rest = cuts[answers.count...]
      let shares = waiting.prefix(workers).map { stretch in
        let own = rest.prefix { middle(of: $0) < stretch.end }
        rest = rest.dropFirst(own.count)
        return (stretch, Array(own))
      }
      let results = Mutex<[Int: Result<[[Double]?], any Error>]>([:])
      defer { Runtime.useThreads(Runtime.defaultThreads) }
      DispatchQueue.concurrentPerform(iterations: shares.count) { [self] index in
        Runtime.useThreads(1)
        let result = Result { try answer(shares[index].0, shares[index].1) }
        results.withLock { $0[index] = result }
      }
      answers += try results.withLock { results in try shares.indices.flatMap { try results[$0]?.get() ?? [] } }
      waiting.removeFirst(shares.count)
    }
    return answers
  }

  private func middle(of cut: WindowCutter.Cut) -> Int { (cut.range.lowerBound + cut.range.upperBound) / 2 }

  private func answer(_ stretch: StretchCutter.Stretch, _ cuts: [WindowCutter.Cut]) throws -> [[Double]?] {
    let heard = cuts.filter { !$0.isSilent }
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
    return cuts.map { $0.isSilent ? nil : predictions.next()?.probabilities }
  }
}
