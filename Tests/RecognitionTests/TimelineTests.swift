import Audio
import Evaluation
import Features
import Foundation
import Testing
import Torch

@testable import Recognition

@MainActor  // libtorch's generator is the whole process's
@Suite(.serialized) final class TimelineTests {
  let folder: TemporaryFolder
  let recognizer: Recognizer
  var settings = TimelineSettings()

  init() throws {
    folder = try TemporaryFolder()
    recognizer = try Recognizer(ModelBundle(directory: writeBundle(to: folder.url.appending(path: "bundle"))))
    (settings.window, settings.hop, settings.smoothing, settings.minimumSegment) = (0.8, 0.2, 0.5, 0.3)
  }

  /// A bundle whose images are padded, not stretched, so that streams are resampled as a whole.
  func padding() throws -> Recognizer {
    try Recognizer(
      ModelBundle(
        directory: writeBundle(
          to: folder.url.appending(path: "padding"),
          features: smallFeatures {
            ($0.fit, $0.padRate, $0.sampleCount, $0.whitening) = (.pad, 8_000, 8_000, .none)
          })))
  }

  func windows(_ events: [Timeline.Event]) -> [Timeline.Window] {
    events.compactMap { if case .window(let window) = $0 { window } else { nil } }
  }

  /// The events of a waveform that comes in chunks.
  func events(
    _ waveform: Waveform, chunk: Int, _ recognizer: Recognizer? = nil,
    alignment: TimelineStream.Alignment = .centred, workers: Int = 2
  ) throws -> [Timeline.Event] {
    let stream = try TimelineStream(
      recognizer ?? self.recognizer, sampleRate: waveform.sampleRate, settings: settings, alignment: alignment,
      workers: workers)
    var events: [Timeline.Event] = []
    for start in stride(from: 0, to: waveform.samples.count, by: chunk) {
      events += try stream.add(Array(waveform.samples[start..<min(start + chunk, waveform.samples.count)]))
    }
    return events + (try stream.finish())
  }

  func expectSame(_ one: [Timeline.Event], _ other: [Timeline.Event], within tolerance: Double) {
    #expect(one.count == other.count)
    for (a, b) in zip(windows(one), windows(other)) {
      #expect(a.start == b.start && a.end == b.end && a.isSilent == b.isSilent && abs(a.level - b.level) < 1e-3)
      for (p, q) in zip(a.probabilities ?? [], b.probabilities ?? []) { #expect(abs(p - q) <= tolerance) }
    }
  }

  @Test(arguments: [TimelineStream.Alignment.centred, .trailing])
  func chunkedStreamsEqualTheWhole(_ alignment: TimelineStream.Alignment) throws {
    let waveform = babble(seconds: 9.3, rate: 8_000, silent: [2.0..<3.5])
    let whole = try events(waveform, chunk: waveform.samples.count, alignment: alignment)
    for chunk in [61, 1_000, 8_191] {
      #expect(try events(waveform, chunk: chunk, alignment: alignment) == whole, "chunks of \(chunk)")
    }
    // The same through the streaming resampler, which may round otherwise.
    let recognizer = try padding()
    let fast = babble(seconds: 3.1, rate: 11_025, silent: [1.0..<1.5])
    let once = try events(fast, chunk: fast.samples.count, recognizer, alignment: alignment)
    for chunk in [113, 5_000] {
      expectSame(try events(fast, chunk: chunk, recognizer, alignment: alignment), once, within: 1e-4)
    }
  }

  @Test func oneWindowAndBatchesAgree() throws {
    settings.smoothing = 0
    let waveform = babble(seconds: 8, rate: 8_000)
    let one = try Recognizer(recognizer.bundle, batchSize: 1)
    let batches = try events(waveform, chunk: 4_000)
    expectSame(try events(waveform, chunk: 4_000, one, workers: 1), batches, within: 1e-4)
    expectSame(try events(waveform, chunk: 4_000, workers: 3), batches, within: 1e-4)
    // And each window is what the networks say of that part alone.
    for window in windows(batches) {
      let part = waveform.samples[Int((window.start * 8_000).rounded())..<Int((window.end * 8_000).rounded())]
      let alone = try recognizer.predict(waveform: Waveform(samples: Array(part), sampleRate: 8_000))
      for (p, q) in zip(window.probabilities ?? [], alone.probabilities) { #expect(abs(p - q) < 1e-4) }
      #expect(window.probabilities != nil)
    }
  }

  /// Beside the networks' answers to wide images of the stretches: of four seconds, half a second more at either end.
  @Test(arguments: [0, 1, 32_000, 36_000, 36_001, 68_000, 76_003])
  func denseTimelinesAreOfTheLastMaps(_ moreSamples: Int) throws {
    (settings.dense, settings.smoothing) = (true, 0)
    let recognizer = try padding()
    let features = recognizer.bundle.manifest.features
    let whole = babble(seconds: 20, rate: 8_000, silent: [1.5..<2.2, 5.0..<6.1])
    let waveform = Waveform(samples: Array(whole.samples[..<(8_000 + moreSamples)]), sampleRate: 8_000)
    let timeline = try recognizer.timeline(waveform: waveform, settings: settings)
    var apart = settings
    apart.dense = false
    let other = try recognizer.timeline(waveform: waveform, settings: apart)
    #expect(timeline.windows.map(\.start) == other.windows.map(\.start))
    #expect(timeline.windows.map(\.isSilent) == other.windows.map(\.isSilent))

    let count = waveform.samples.count
    let networks = try recognizer.bundle.manifest.members.map { try recognizer.bundle.network($0) }
    func middle(_ window: Timeline.Window) -> Int { Int(((window.start + window.end) / 2 * 8_000).rounded()) }
    // The last stretch of all has what is left.
    let stretches = Dictionary(grouping: timeline.windows.filter { !$0.isSilent }) {
      min(middle($0) / 32_000, max(0, count - 4_001) / 32_000) * 32_000
    }
    #expect(!stretches.isEmpty)
    for (first, windows) in stretches {
      let isLast = count <= first + 36_000
      let range = max(0, first - 4_000)..<(isLast ? count : first + 36_000)
      let images = (range.count + 7_999) / 8_000
      var wide = features
      (wide.sampleCount, wide.frameCount) = (images * 8_000, images * features.frameCount)
      let image = try FeatureExtractor(wide).image(
        of: Waveform(samples: Array(waveform.samples[range]), sampleRate: 8_000), name: "it")
      let tensor = try Tensor(image.values, shape: [1, 3, features.melCount, wide.frameCount])
      for window in windows {
        let place = Double(middle(window) - range.lowerBound + (wide.sampleCount - range.count) / 2)
        let half = settings.window * 8_000 / 2
        let span = (place - half) / Double(wide.sampleCount)..<(place + half) / Double(wide.sampleCount)
        let logits = try Runtime.withoutGradients {
          try networks.map { try $0.logits(of: tensor, spans: [span], in: .float32).doubles() }
        }
        let expected = calibrated(meanProbabilities(logits), temperature: recognizer.bundle.manifest.temperature)
        for (p, q) in zip(try #require(window.probabilities), expected) {
          #expect(abs(p - q) < 1e-4, "\(window.start) s of \(count) samples")
        }
      }
    }
  }

  @Test func denseTimelinesDependOnNoChunk() throws {
    settings.dense = true
    let recognizer = try padding()
    let waveform = babble(seconds: 23, rate: 8_000, silent: [9.0..<15.0])
    let whole = try events(waveform, chunk: waveform.samples.count, recognizer)
    #expect(windows(whole).count == 112 && windows(whole).contains(where: \.isSilent))
    for (chunk, workers) in [(61, 1), (8_191, 3)] {
      expectSame(try events(waveform, chunk: chunk, recognizer, workers: workers), whole, within: 1e-5)
    }
    // The same through the streaming resampler, which may round otherwise.
    let fast = babble(seconds: 9, rate: 11_025, silent: [1.0..<1.5])
    let once = try events(fast, chunk: fast.samples.count, recognizer)
    expectSame(try events(fast, chunk: 113, recognizer), once, within: 1e-4)
    // What is no longer than an image is seen as by itself.
    var apart = settings
    (settings.window, apart.window, apart.dense) = (1, 1, false)
    let short = babble(seconds: 0.9, rate: 8_000)
    let dense = try recognizer.timeline(waveform: short, settings: settings).windows
    let alone = try recognizer.timeline(waveform: short, settings: apart).windows
    #expect(dense.count == 1 && alone.count == 1)
    for (p, q) in zip(try #require(dense[0].probabilities), try #require(alone[0].probabilities)) {
      #expect(abs(p - q) < 1e-4)
    }
  }

  @Test(.enabled(if: Precision.int8.isAvailable(on: .cpu), "int8 needs an x86 processor with AVX2"))
  func denseTimelinesInEightBits() throws {
    (settings.dense, settings.smoothing) = (true, 0)
    let bundle = try padding().bundle
    let waveform = babble(seconds: 9, rate: 8_000)
    let (exact, rounded) = (
      try Recognizer(bundle).timeline(waveform: waveform, settings: settings).windows,
      try Recognizer(bundle, precision: .int8).timeline(waveform: waveform, settings: settings).windows
    )
    var largest = 0.0
    for (window, other) in zip(exact, rounded) {
      for (p, q) in zip(try #require(window.probabilities), try #require(other.probabilities)) {
        largest = max(largest, abs(p - q))
      }
    }
    #expect(exact.count == rounded.count && largest > 0 && largest < 0.05)
  }

  @Test func denseTimelinesEndAtABadSampleAndNeverHearDigitalSilence() throws {
    (settings.dense, settings.silence, settings.smoothing) = (true, -120, 0)
    let recognizer = try padding()
    let stream = try TimelineStream(recognizer, sampleRate: 8_000, settings: settings, name: "x.wav")
    var samples = babble(seconds: 15, rate: 8_000, silent: [3.0..<9.0]).samples
    samples[96_000] = .nan
    var events: [Timeline.Event] = []
    #expect {
      for start in stride(from: 0, to: samples.count, by: 8_000) {
        events += try stream.add(Array(samples[start..<start + 8_000]))
      }
    } throws: {
      "\($0)".hasPrefix("x.wav, after 12.0 s: some samples are NaN")
    }
    let all = windows(events + (try stream.finish()))
    #expect(all.last?.end == 12 && all.count == 57)
    for window in all {
      let middle = (window.start + window.end) / 2
      if middle > 3.11, middle < 8.89 { #expect(window.isSilent) }
      if middle < 2.89 || middle > 9.11 { #expect(!window.isSilent) }
    }
  }

  /// Timelines of before there were dense ones are still read.
  @Test func settingsWithoutDenseAreRead() throws {
    let text = #"{"window": 2, "hop": 1, "silence": -50, "smoothing": 3, "minimumSegment": 4}"#
    let settings = try JSONDecoder().decode(TimelineSettings.self, from: Data(text.utf8))
    #expect(settings.window == 2 && settings.minimumSegment == 4 && !settings.dense)
  }

  @Test func longRecordingsAreDenseByDefault() throws {
    let padded = try padding().bundle.manifest
    for (duration, isDense) in [(nil, false), (59.9, false), (60, true), (36_000, true)] {
      let settings = TimelineSettings(for: padded, duration: duration)
      #expect(settings.dense == isDense && settings.smoothing == (isDense ? 1 : 2))
      #expect(!TimelineSettings(for: recognizer.bundle.manifest, duration: duration).dense)
    }
  }

  @Test func denseTimelinesNeedMapsThatShowTime() throws {
    settings.dense = true
    let recurrent = try Recognizer(
      ModelBundle(
        directory: writeBundle(
          to: folder.url.appending(path: "crnn"),
          features: smallFeatures { ($0.fit, $0.padRate, $0.whitening) = (.pad, 8_000, .none) }, networks: [.crnn])))
    let waveform = babble(seconds: 1, rate: 8_000)
    for (recognizer, reason) in [
      (recognizer, "found images of fit resample"), (recurrent, "found the recurrent CRNN"),
    ] {
      #expect {
        try recognizer.timeline(waveform: waveform, settings: settings)
      } throws: {
        "\($0)".hasPrefix("--dense: expected") && "\($0)".contains(reason)
      }
    }
    #expect {
      try TimelineStream(padding(), sampleRate: 8_000, settings: settings, alignment: .trailing)
    } throws: {
      "\($0)".contains("found live sound")
    }
  }

  @Test func filesBytesAndWaveformsGiveTheSame() throws {
    let waveform = babble(seconds: 5, rate: 16_000, silent: [2.0..<3.0])
    let path = folder.path("a.wav")
    try AudioFile.write(waveform, to: path, as: .float32)
    var delivered: [Timeline.Event] = []
    let file = try recognizer.timeline(file: path, settings: settings) { delivered.append($0) }
    let bytes = try recognizer.timeline(data: Data(contentsOf: URL(filePath: path)), name: "a", settings: settings)
    #expect(file == bytes)
    #expect(try recognizer.timeline(waveform: waveform, settings: settings) == file)
    #expect(windows(delivered) == file.windows && delivered.count == file.windows.count + file.segments.count)
    #expect(file.duration == 5 && file.labels == ["a", "b", "c"] && file.bundle == "test" && file.settings == settings)
    #expect(try JSONDecoder().decode(Timeline.self, from: JSONEncoder().encode(file)) == file)
  }

  @Test func silenceIsNotClassified() throws {
    let timeline = try recognizer.timeline(
      waveform: babble(seconds: 8, rate: 8_000, silent: [2.0..<4.0]), settings: settings)
    for window in timeline.windows {
      let middle = (window.start + window.end) / 2
      if middle > 2.11, middle < 3.89 { #expect(window.isSilent && window.level == -120 && window.label == nil) }
      if middle < 1.89 || middle > 4.11 { #expect(!window.isSilent && window.level > -60) }
    }
    #expect(timeline.segments.allSatisfy { $0.end <= 2.11 || $0.start >= 3.89 })
    #expect(timeline.segments.first?.start == 0 && timeline.segments.last?.end == 8)
    let nothing = try recognizer.timeline(
      waveform: Waveform(samples: [Float](repeating: 0.5, count: 20_000), sampleRate: 8_000), settings: settings)
    #expect(nothing.segments.isEmpty && !nothing.windows.isEmpty && nothing.windows.allSatisfy(\.isSilent))
  }

  /// At the lowest level that counts as silence nothing is below it, yet zeros give no image.
  @Test func digitalSilenceNeverEndsATimeline() throws {
    var lowest = settings
    lowest.silence = -120
    let timeline = try recognizer.timeline(
      waveform: babble(seconds: 8, rate: 8_000, silent: [2.0..<6.0]), settings: lowest)
    #expect(timeline.windows.contains { $0.start >= 2 && $0.end <= 6 })
    for window in timeline.windows { #expect(window.isSilent == (window.start >= 2 && window.end <= 6)) }
    #expect(timeline.segments.first?.start == 0 && timeline.segments.last?.end == 8)
  }

  @Test func liveWindowsComeWithTheirHop() throws {
    let waveform = babble(seconds: 2.05, rate: 8_000)
    let stream = try TimelineStream(
      recognizer, sampleRate: 8_000, settings: settings, alignment: .trailing)
    var ends: [Double] = []
    for start in stride(from: 0, to: waveform.samples.count, by: 400) {
      ends += windows(try stream.add(Array(waveform.samples[start..<start + 400]))).map(\.end)
      // All hops that are whole have been answered.
      #expect(ends.count == (start + 400) / 1_600)
    }
    let last = windows(try stream.finish())
    #expect(ends.map { Int(($0 * 10).rounded()) } == Array(stride(from: 2, through: 20, by: 2)))
    #expect(last.map(\.end) == [2.05] && abs(last[0].start - 1.25) < 1e-9)
  }

  @Test func shortRecordingsHaveOneWindow() throws {
    for seconds in [0.06, 0.5, 0.8] {
      let timeline = try recognizer.timeline(waveform: babble(seconds: seconds, rate: 8_000), settings: settings)
      #expect(timeline.windows.count == 1 && timeline.windows[0].start == 0 && timeline.windows[0].end == seconds)
      #expect(timeline.segments.count == 1 && timeline.segments[0].end == seconds)
    }
  }

  @Test func whatCannotBeIsNamed() throws {
    let stream = try TimelineStream(recognizer, sampleRate: 8_000, settings: settings, name: "x.wav")
    var samples = babble(seconds: 2, rate: 8_000).samples
    let before = try stream.add(samples)
    samples[8_000] = .nan
    #expect { try stream.add(samples) } throws: { "\($0)".hasPrefix("x.wav, after 3.0 s: some samples are NaN") }
    // What came before can still be had, up to the sample.
    let rest = try stream.finish()
    #expect(windows(before + rest).last?.end == 3)

    for (samples, error) in [
      ([Float](), AudioError.noSamples("y")), ([0.5], .tooShort("y", duration: 1 / 8_000, minimum: 0.05)),
    ] {
      let stream = try TimelineStream(recognizer, sampleRate: 8_000, settings: settings, name: "y")
      _ = try stream.add(samples)
      #expect(throws: error) { try stream.finish() }
    }
    for rate in [Int.min, 0, 999, 1_000_001] {
      #expect(throws: TimelineError.self) { try TimelineStream(recognizer, sampleRate: rate, settings: settings) }
    }
  }

  @Test func settingsAreChecked() throws {
    let pad = try padding()
    let changes: [(String, Recognizer, (inout TimelineSettings) -> Void)] = [
      ("--window: expected 0.05 to 60 s", recognizer, { $0.window = 61 }),
      ("--window: expected 0.05 to 1 s", pad, { $0.window = 1.01 }),
      ("--window", pad, { $0.window = .nan }), ("--window", pad, { $0.window = -1 }),
      ("--hop", recognizer, { $0.hop = 0.81 }), ("--hop", recognizer, { $0.hop = 0 }),
      ("--silence", recognizer, { $0.silence = 1 }), ("--silence", recognizer, { $0.silence = .nan }),
      ("--smoothing", recognizer, { $0.smoothing = -1 }),
      ("--minimum-segment", recognizer, { $0.minimumSegment = .infinity }),
    ]
    for (message, recognizer, change) in changes {
      var changed = settings
      change(&changed)
      #expect {
        try recognizer.timeline(waveform: babble(seconds: 1, rate: 8_000), settings: changed)
      } throws: {
        "\($0)".hasPrefix(message)
      }
    }
  }
}
