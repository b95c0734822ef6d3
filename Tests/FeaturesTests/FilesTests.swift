import Audio
import Foundation
import Testing

@testable import Features

@Suite struct FilesTests {
  let folder: TemporaryFolder
  let paths: [String]

  /// Twelve recordings, of which the fifth is none and the eighth is silent.
  init() throws {
    let folder = try TemporaryFolder()
    paths = try (0..<12).map { index in
      let path = folder.file("\(index).wav")
      let noise = Wave.noise(8_000 + 501 * index, seed: UInt32(index)).map { Float(index == 7 ? 0 : $0) }
      try AudioFile.write(Waveform(samples: noise, sampleRate: 16_000), to: path)
      if index == 4 { try Data("no sound".utf8).write(to: URL(fileURLWithPath: path)) }
      return path
    }
    self.folder = folder
  }

  @Test(arguments: [1, 2, 5, 40]) func order(_ workers: Int) throws {
    let extractor = try FeatureExtractor(FeatureSettings())
    var indices: [Int] = []
    var images: [SpectrogramImage?] = []
    try extractor.images(ofFiles: paths, workers: workers) { index, result in
      indices.append(index)
      switch result {
      case .success(let image): images.append(image)
      case .failure(let error):
        images.append(nil)
        #expect("\(error)".hasPrefix(paths[index] + ": "))
        #expect(error is AudioError)
      }
    }
    #expect(indices == Array(paths.indices))
    #expect(images.indices.filter { images[$0] == nil } == [4, 7])
    // To the bit, whichever thread made it.
    for index in [0, 6, 11] { #expect(try extractor.image(ofFile: paths[index]) == images[index]) }
  }

  @Test func deliveryMayEndTheWork() throws {
    struct Enough: Error {}
    let extractor = try FeatureExtractor(FeatureSettings())
    var count = 0
    #expect(throws: Enough.self) {
      try extractor.images(ofFiles: paths, workers: 2) { _, _ in
        count += 1
        if count == 3 { throw Enough() }
      }
    }
    #expect(count == 3)
  }

  @Test func noFiles() throws {
    try FeatureExtractor(FeatureSettings()).images(ofFiles: []) { _, _ in Issue.record("nothing to deliver") }
  }

  @Test func limitsOfDuration() throws {
    let extractor = try FeatureExtractor(FeatureSettings { $0.maximumDuration = 0.6 })
    #expect(throws: Never.self) { try extractor.image(ofFile: paths[0]) }
    #expect(throws: AudioError.self) { try extractor.image(ofFile: paths[11]) }
  }

  @Test func stageTimes() throws {
    var times = StageTimes()
    _ = try FeatureExtractor(FeatureSettings()).image(ofFile: paths[0], times: &times)
    #expect(times.decoding > 0)
    #expect(times.fitting > 0)
    #expect(times.spectrograms > 0)
    #expect(times.channels > 0)
    #expect(times.whitening > 0)
    #expect(times.scaling > 0)
  }
}
