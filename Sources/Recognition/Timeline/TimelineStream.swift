import Audio
import Evaluation
import Features
import Foundation

/// Makes a timeline of sound as it comes; what it holds of the sound is bounded.
///
///     let stream = try TimelineStream(recognizer, sampleRate: 16_000, alignment: .trailing)
///     while let samples = microphone.next() {
///       for case .window(let window) in try stream.add(samples) { print(window.end, window.label ?? "silence") }
///     }
///
/// However the samples are divided into chunks, the timeline is the same. A stream is used by one thread at a time; any
/// number of streams may share a recognizer.
public final class TimelineStream {
  /// Which part of a recording a window speaks for.
  public enum Alignment: Sendable {
    /// The hop around its middle, for recordings; the networks hear what comes before and after.
    case centred
    /// Its last hop, for live sound: each hop has its window as soon as it has been heard. The first windows are
    /// shorter, and smoothing looks back only.
    case trailing
  }

  private let recognizer: Recognizer
  private let name: String
  private let rate: Int
  private let resampler: StreamResampler?
  private let workers: Int
  private let isLive: Bool
  /// The windows that are computed at once, at most.
  private let batch: Int
  private let sampleRate: Int
  private var cutter: WindowCutter
  private var smoother: Smoother
  private var segmenter: Segmenter
  /// Windows that wait for their batch to fill.
  private var waiting: [WindowCutter.Cut] = []
  /// What answers windows together; nil where the networks see each of them.
  private var dense: DenseClassifier?

  /// A stream at its beginning.
  ///
  /// - Parameters:
  ///   - recognizer: what classifies the windows.
  ///   - sampleRate: samples a second of what will come, 1,000 to 1,000,000.
  ///   - settings: the windows, the level of silence, the smoothing, the shortest segment.
  ///   - alignment: which part of the sound a window speaks for.
  ///   - name: what errors call the sound.
  ///   - workers: the number of threads that compute.
  /// - throws: `TimelineError` for settings that the bundle does not allow and for a sample rate out of range.
  public init(
    _ recognizer: Recognizer, sampleRate: Int, settings: TimelineSettings = .init(), alignment: Alignment = .centred,
    name: String = "the recording", workers: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    let features = recognizer.bundle.manifest.features
    try settings.validate(for: recognizer.bundle.manifest)
    guard !settings.dense || alignment == .centred else {
      throw TimelineError(
        "--dense: expected a recording, found live sound, which is answered hop by hop; leave --dense out")
    }
    guard (1_000...1_000_000).contains(sampleRate) else {
      throw TimelineError("\(name): expected 1,000 to 1,000,000 samples a second, found \(sampleRate)")
    }
    self.recognizer = recognizer
    self.name = name
    self.workers = max(1, workers)
    isLive = alignment == .trailing
    batch = self.workers * recognizer.batchSize
    self.sampleRate = sampleRate
    // Overlapping windows are resampled once, all of them together, where their rate does not depend on their length.
    rate = features.fit == .pad ? features.padRate : sampleRate
    resampler = rate == sampleRate ? nil : try StreamResampler(from: sampleRate, to: rate)
    cutter = WindowCutter(settings, rate: rate, alignment: alignment)
    smoother = Smoother(settings, alignment: alignment)
    segmenter = Segmenter(settings, labels: recognizer.bundle.manifest.labels)
    dense =
      settings.dense
      ? DenseClassifier(recognizer, settings: settings, rate: rate, name: name, workers: self.workers) : nil
  }

  /// The seconds of sound that have come; the resampling filter may still hold some of the last.
  public var duration: Double { Double(cutter.count) / Double(rate) }

  /// Takes the next samples, mono and nominally in [-1, 1], and returns what they make known.
  ///
  /// - throws: `AudioError.notFinite` where a sample is NaN or infinite, failures of the networks; what came before can
  ///   still be had by `finish()`.
  public func add(_ samples: [Float]) throws -> [Timeline.Event] { try samples.withUnsafeBufferPointer(add) }

  /// Takes the next samples, mono and nominally in [-1, 1], and returns what they make known.
  ///
  /// - throws: as the other form.
  public func add(_ samples: UnsafeBufferPointer<Float>) throws -> [Timeline.Event] {
    var events: [Timeline.Event] = []
    // However much comes at once, no more than some seconds are held in a second form.
    for start in stride(from: 0, to: samples.count, by: 1 << 16) {
      let block = UnsafeBufferPointer(rebasing: samples[start..<min(start + 1 << 16, samples.count)])
      var statistics = SignalStatistics()
      statistics.add(block)
      guard statistics.isFinite else {
        // What comes before the bad sample is as good as ever.
        let good = block.firstIndex { !$0.isFinite } ?? 0
        let seconds = duration + Double(good) / Double(sampleRate)
        waiting += try cuts(UnsafeBufferPointer(rebasing: block[..<good]))
        throw AudioError.notFinite("\(name), after \(String(format: "%.1f", seconds)) s")
      }
      events += try classify(cuts(block))
    }
    return events
  }

  /// The windows that samples complete.
  private func cuts(_ samples: UnsafeBufferPointer<Float>) throws -> [WindowCutter.Cut] {
    try resampler.map { try $0.add(samples).withUnsafeBufferPointer(cut) } ?? cut(samples)
  }

  private func cut(_ samples: UnsafeBufferPointer<Float>) -> [WindowCutter.Cut] {
    dense?.add(samples)
    return cutter.add(samples)
  }

  /// Ends the stream and returns what is left; it can be called at any point, but only once.
  ///
  /// - throws: `AudioError` where there was no sound, or too little for the networks; failures of the networks.
  public func finish() throws -> [Timeline.Event] {
    var cuts = try resampler.map { try $0.finish().withUnsafeBufferPointer(cut) } ?? []
    guard cutter.count > 0 else { throw AudioError.noSamples(name) }
    let shortest = recognizer.bundle.manifest.features.minimumDuration
    guard duration >= shortest else { throw AudioError.tooShort(name, duration: duration, minimum: shortest) }
    if let last = cutter.finish() { cuts.append(last) }
    dense?.finish()
    var events = try classify(cuts, all: true)
    for item in smoother.finish() { events += self.events(of: item) }
    if let segment = segmenter.finish() { events.append(.segment(segment)) }
    return events
  }

  /// Queues windows, and classifies those that fill a batch, or all.
  private func classify(_ cuts: [WindowCutter.Cut], all: Bool = false) throws -> [Timeline.Event] {
    waiting += cuts
    var events: [Timeline.Event] = []
    func take(_ probabilities: [[Double]?]) {
      // They leave the queue only now: where the networks fail, `finish` can still classify them.
      for (cut, probabilities) in zip(waiting, probabilities) {
        if let item = smoother.add((cut, probabilities)) { events += self.events(of: item) }
      }
      waiting.removeFirst(probabilities.count)
    }
    while let answers = try dense?.next(of: waiting, all: all) { take(answers) }
    guard dense == nil else { return events }
    // Live sound is answered at once, a recording as fast as possible.
    while !waiting.isEmpty, all || isLive || waiting.count >= batch {
      let next = Array(waiting.prefix(batch))
      var results = try predict(next.filter { !$0.isSilent }.map(\.samples)).makeIterator()
      take(next.map { $0.isSilent ? nil : results.next() ?? nil })
    }
    return events
  }

  /// The probabilities of windows, a share of them by each worker; nil for digital silence, of which there is no image.
  private func predict(_ windows: [[Float]]) throws -> [[Double]?] {
    let share = max(1, (windows.count + workers - 1) / workers)
    let shares = stride(from: 0, to: windows.count, by: share).map {
      Array(windows[$0..<min($0 + share, windows.count)])
    }
    // Each worker computes by itself: libtorch's threads would get in the others' way, and for one window they cost more
    // than they bring, very much so on a busy machine.
    return try computed(shares, threads: 1) { [recognizer, name, rate, isLive] share in
      let images = try share.map { window -> SpectrogramImage? in
        do {
          return try recognizer.image(of: Waveform(samples: window, sampleRate: rate), name: name)
        } catch AudioError.silent {
          return nil
        }
      }
      let heard = images.compactMap(\.self)
      // How many windows of live sound come together is chance, on which no last bit should depend.
      var predictions =
        try (isLive ? heard.flatMap { try recognizer.predict(images: [$0]) } : recognizer.predict(images: heard))
        .makeIterator()
      return images.map { $0 == nil ? nil : predictions.next()?.probabilities }
    }.flatMap(\.self)
  }

  private func events(of item: Smoother.Item) -> [Timeline.Event] {
    func seconds(_ sample: Int) -> Double { Double(sample) / Double(rate) }
    let (cut, probabilities) = item
    let window = Timeline.Window(
      start: seconds(cut.range.lowerBound), end: seconds(cut.range.upperBound), level: cut.level,
      label: probabilities.map { recognizer.bundle.manifest.labels[$0.indexOfMaximum] }, probabilities: probabilities)
    let slot = seconds(cut.slot.lowerBound)..<seconds(cut.slot.upperBound)
    let segment = segmenter.add(slot, probabilities)
    return [.window(window)] + (segment.map { [.segment($0)] } ?? [])
  }
}
