import Audio
import Foundation

extension Recognizer {
  /// The timeline of a recording in a file, which is read as a stream, so that it may last for days.
  ///
  /// - Parameters:
  ///   - file: a file of any format that libsndfile reads.
  ///   - settings: the windows, the level of silence, the smoothing, the shortest segment; nil for the default ones, which
  ///     are dense for a recording of ``TimelineSettings/denseFrom`` or more, where the bundle allows it.
  ///   - deliver: sees each window and segment as soon as it is known; what it throws ends the work.
  /// - throws: `AudioError` naming the file, `TimelineError`, what `deliver` throws; `FeatureError` for want of memory,
  ///   `TorchError` where the networks fail.
  public func timeline(
    file: String, settings: TimelineSettings? = nil, deliver: (Timeline.Event) throws -> Void = { _ in }
  ) throws -> Timeline {
    try timeline(of: SoundFile(path: file), settings: settings, deliver: deliver)
  }

  /// The timeline of a recording from a file's bytes.
  ///
  /// - Parameters:
  ///   - data: the whole file, of any format that libsndfile reads.
  ///   - name: what errors call it.
  ///   - settings: the windows, the level of silence, the smoothing, the shortest segment; nil for the default ones, which
  ///     are dense for a recording of ``TimelineSettings/denseFrom`` or more, where the bundle allows it.
  ///   - deliver: sees each window and segment as soon as it is known; what it throws ends the work.
  /// - throws: `AudioError` naming the recording, `TimelineError`, what `deliver` throws; `FeatureError` for want of
  ///   memory, `TorchError` where the networks fail.
  public func timeline(
    data: Data, name: String, settings: TimelineSettings? = nil,
    deliver: (Timeline.Event) throws -> Void = { _ in }
  ) throws -> Timeline {
    try timeline(of: SoundFile(data, name: name), settings: settings, deliver: deliver)
  }

  /// The timeline of a recording in memory.
  ///
  /// - Parameters:
  ///   - waveform: the samples, mono.
  ///   - name: what errors call it.
  ///   - settings: the windows, the level of silence, the smoothing, the shortest segment; nil for the default ones, which
  ///     are dense for a recording of ``TimelineSettings/denseFrom`` or more, where the bundle allows it.
  /// - throws: `AudioError`, `TimelineError`; `FeatureError` for want of memory, `TorchError` where the networks fail.
  public func timeline(
    waveform: Waveform, name: String = "the recording", settings: TimelineSettings? = nil
  ) throws -> Timeline {
    let settings = settings ?? TimelineSettings(for: bundle.manifest, duration: waveform.duration)
    let stream = try TimelineStream(self, sampleRate: waveform.sampleRate, settings: settings, name: name)
    return timeline(try stream.add(waveform.samples) + stream.finish(), settings, duration: stream.duration)
  }

  private func timeline(
    of file: SoundFile, settings: TimelineSettings?, deliver: (Timeline.Event) throws -> Void
  ) throws -> Timeline {
    let settings = settings ?? TimelineSettings(for: bundle.manifest, duration: file.duration)
    let stream = try TimelineStream(self, sampleRate: file.sampleRate, settings: settings, name: file.name)
    var all: [Timeline.Event] = []
    func take(_ events: [Timeline.Event]) throws {
      for event in events { try deliver(event) }
      all += events
    }
    try file.forEachBlock { try take(stream.add($0)) }
    try take(stream.finish())
    return timeline(all, settings, duration: stream.duration)
  }

  private func timeline(_ events: [Timeline.Event], _ settings: TimelineSettings, duration: Double) -> Timeline {
    Timeline(
      bundle: bundle.manifest.name, labels: bundle.manifest.labels, settings: settings, duration: duration,
      windows: events.compactMap { if case .window(let window) = $0 { window } else { nil } },
      segments: events.compactMap { if case .segment(let segment) = $0 { segment } else { nil } })
  }
}
