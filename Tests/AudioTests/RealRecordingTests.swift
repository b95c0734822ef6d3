import Foundation
import Testing

@testable import Audio

private let data = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data")
  .standardized.path
private let isPresent = FileManager.default.fileExists(atPath: data)

/// Recordings that are not part of the repository.
@Suite(.enabled(if: isPresent, "the corpora are not at ../shared/data")) struct RealRecordingTests {
  /// RAVDESS as published: 48 kHz WAV with a `FLLR` chunk before the samples; one of the files is stereo.
  @Test func publishedRAVDESS() throws {
    let folder = data + "/odd/ravdess-original"
    let expected = [
      "03-01-02-01-02-02-05.wav": (channels: 2, frames: 203_403), "03-01-03-02-02-01-12.wav": (1, 187_388),
      "03-01-05-02-01-01-05.wav": (1, 163_363), "03-01-06-01-01-01-18.wav": (1, 164_965),
    ]
    for (name, (channels, frames)) in expected {
      let path = "\(folder)/\(name)"
      let information = try AudioFile.information(path)
      #expect(information.channels == channels)
      #expect(information.frames == frames)
      #expect(information.sampleRate == 48_000)
      let waveform = try AudioFile.read(path)
      #expect(waveform.samples.count == frames)
      #expect(waveform.samples.allSatisfy { abs($0) <= 1 })
    }
  }

  @Test func someOfEachCorpus() throws {
    let files = FileManager.default.enumerator(atPath: data)?.compactMap { $0 as? String }
      .filter { AudioFile.extensions.contains(($0 as NSString).pathExtension) }.sorted()
    for name in stride(from: 0, to: files?.count ?? 0, by: 60).compactMap({ files?[$0] }) {
      let waveform = try AudioFile.read("\(data)/\(name)")
      #expect(waveform.duration == (try AudioFile.information("\(data)/\(name)").duration))
      #expect((0.5...12).contains(waveform.duration))
    }
  }
}
