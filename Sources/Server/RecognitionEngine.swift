import Audio
import Features
import Foundation
import Recognition

/// Turns the bytes of recordings into answers: features on a few threads, networks in batches on others, and a bound on how
/// much may wait.
final class RecognitionEngine: Sendable {
  /// What the server knows of one recording.
  struct Classification: Sendable {
    /// Of the recording; of its loudest window where the networks' part of it is silent and a timeline was asked for.
    let prediction: Prediction
    /// The recording's length in seconds.
    let duration: Double
    /// How the emotion goes through the recording, where that was asked for.
    var timeline: Timeline?
  }

  /// What errors call a recording, which has no name.
  static let name = "the recording"

  let places: Places
  private let settings: ServerSettings
  let timelinePlaces: Places
  private let batcher: Batcher
  let workers: Workers
  /// A timeline takes all cores for as long as a hundred predictions do: one at a time, beside those.
  private let timelineWorker = Workers(count: 1, name: "timeline")

  /// - Parameter onBatch: is told the size of each batch that goes through the networks.
  init(_ settings: ServerSettings, onBatch: @escaping @Sendable (Int) -> Void = { _ in }) {
    self.settings = settings
    places = Places(settings.queueCapacity, refusal: "\(settings.queueCapacity) requests are waiting or being answered")
    timelinePlaces = Places(
      settings.timelineCapacity, refusal: "\(settings.timelineCapacity) timelines are waiting or being made")
    workers = Workers(count: settings.workers, name: "features")
    batcher = Batcher(
      size: settings.batchSize, delay: settings.batchDelay, threads: settings.networkThreads, onBatch: onBatch)
  }

  /// Refuses a request before its body has come, where the queue is full already.
  ///
  /// - throws: `Problem` as `classify` would.
  func checkRoom(timeline: Bool = false) throws {
    try places.check()
    if timeline { try timelinePlaces.check() }
  }

  /// The prediction for a recording.
  ///
  /// - Parameters:
  ///   - timeline: whether to make a timeline, too; then the recording may be silent where the networks look, as long as
  ///     there is sound elsewhere.
  ///   - dense: see `TimelineSettings.dense`; nil leaves it to the recording's length.
  /// - throws: `Problem` where the queue is full, `AudioError`, `CancellationError`.
  func classify(
    _ data: Data, with recognizer: Recognizer, timeline: Bool = false, dense: Bool? = nil
  ) async throws -> Classification {
    guard timeline else { return try await places.withPlace { try await predict(data, with: recognizer) } }
    // It keeps its place in the queue throughout, so that it cannot lose it between its parts; how long it took says nothing
    // about how soon others find one.
    try places.take()
    defer { places.giveBack() }
    return try await timelinePlaces.withPlace {
      // What cannot be classified is refused before it costs more. Silence says nothing yet: of a long recording the
      // networks see the middle alone.
      var whole: Classification?
      do { whole = try await predict(data, with: recognizer) } catch AudioError.silent {}
      let timeline = try await timelineWorker.run { cancellation in
        try recognizer.timeline(data: data, name: Self.name, settings: dense.map(TimelineSettings.init(dense:))) { _ in
          try cancellation.check()
        }
      }
      var classification: Classification
      if let whole {
        classification = whole
      } else {
        classification = try await predict(data, with: recognizer, in: Self.loudest(of: timeline))
      }
      classification.timeline = timeline
      return classification
    }
  }

  /// The place in seconds of the window with the highest level among those that the networks have seen.
  private static func loudest(of timeline: Timeline) throws -> Range<Double> {
    let heard = timeline.windows.filter { !$0.isSilent }
    guard let window = heard.max(by: { $0.level < $1.level }) else { throw AudioError.silent(name) }
    return window.start..<window.end
  }

  private func predict(
    _ data: Data, with recognizer: Recognizer, in part: Range<Double>? = nil
  ) async throws -> Classification {
    var duration = 0.0
    let prediction = try await batcher.predict(with: recognizer) {
      let recording = try await decode(data, for: recognizer, in: part)
      duration = recording.duration
      return recording.image
    }
    return Classification(prediction: prediction, duration: duration)
  }

  /// The image that a recognizer's networks see of a recording.
  ///
  /// - throws: as `classify`.
  func image(of data: Data, for recognizer: Recognizer) async throws -> SpectrogramImage {
    try await places.withPlace { try await decode(data, for: recognizer).image }
  }

  /// - Parameter part: the place in seconds of what the image is to be of; nil for the whole recording.
  private func decode(
    _ data: Data, for recognizer: Recognizer, in part: Range<Double>? = nil
  ) async throws -> (image: SpectrogramImage, duration: Double) {
    let limits = limits(for: recognizer)
    return try await workers.run { cancellation in
      let waveform = try AudioFile.read(data, name: Self.name, limits: limits)
      try cancellation.check()
      let heard = part.map { waveform.part($0) } ?? waveform
      return (try recognizer.image(of: heard, name: Self.name), waveform.duration)
    }
  }

  private func limits(for recognizer: Recognizer) -> DecodingLimits {
    var limits = DecodingLimits(
      minimumDuration: recognizer.bundle.manifest.features.minimumDuration, maximumDuration: settings.maximumDuration)
    limits.maximumDecompression = settings.maximumDecompression
    // What the longest recording has at the highest rate in common use: a bound on the memory of a worker.
    limits.maximumFrames = Int(min(settings.maximumDuration * 192_000, 1e15))
    return limits
  }
}

extension Waveform {
  /// The samples of a place in seconds, as much of it as there is.
  fileprivate func part(_ seconds: Range<Double>) -> Waveform {
    let rate = Double(sampleRate)
    let range = Int(seconds.lowerBound * rate)..<Int(seconds.upperBound * rate)
    return Waveform(samples: Array(samples[range.clamped(to: samples.indices)]), sampleRate: sampleRate)
  }
}
