import Audio
import Features
import Foundation
import Testing

@testable import Training

struct FeatureStoreTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "emotive-\(UUID().uuidString)")

  private var settings: FeatureSettings {
    var settings = FeatureSettings()
    (settings.fit, settings.padRate, settings.sampleCount) = (.pad, 32_000, 8_000)
    (settings.fftSize, settings.windows, settings.hops) = (512, [128, 256, 512], [32, 64, 128])
    (settings.melCount, settings.frameCount) = (16, 24)
    return settings
  }

  private func recordings(_ count: Int) throws -> [String] {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return try (0..<count).map { number in
      var state = UInt32(number)
      let samples = (0..<32_000).map { _ -> Float in
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(state >> 8) / Float(1 << 24) - 0.5
      }
      let path = folder.appending(path: "\(number).wav").path
      try AudioFile.write(Waveform(samples: samples, sampleRate: 32_000), to: path)
      return path
    }
  }

  @Test("Each recording's copies are other images of it, are made once, and are not there unless asked for")
  func copies() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let paths = try recordings(6)
    let store = try FeatureStore(directory: folder.appending(path: "store"), extractor: FeatureExtractor(settings))
    var steps = 0
    let plain = try store.images(of: paths) { steps += 1 }
    #expect(steps == 6 && plain.failures.isEmpty && plain.images.values.allSatisfy { $0.lossyCopy == nil })
    #expect(plain.images.values.allSatisfy { $0.speedCopies.isEmpty })
    steps = 0
    var augmentation = Augmentation()
    (augmentation.lossyCoding, augmentation.speed) = (0.5, 0.25)
    let copies = ImageCopies(for: augmentation)
    #expect(copies.speeds == [0.75, 0.875, 1.125, 1.25] && ImageCopies(for: Augmentation()).imageCount == 1)
    let (images, failures) = try store.images(of: paths, copies: copies) { steps += 1 }
    #expect(steps == 36 && steps == 6 * copies.imageCount && failures.isEmpty)
    for path in paths {
      let image = try #require(images[path])
      let copy = try #require(image.lossyCopy)
      #expect(image.file == plain.images[path]?.file && copy != image.file)
      let made = [nil, copy] + image.speedCopies.map(Optional.some)
      #expect(try Set(made.map { try image.data(of: $0) }).count == 6)
      #expect(try image.data(of: copy) == Data(contentsOf: copy))
      // The copy of a speed is the image of the recording played so.
      let played = try AudioFile.read(path).altered(by: .speed(1.25))
      #expect(played.samples.count == 25_600 && played.sampleRate == 32_000)
      let fast = try StoredImage(file: image.speedCopies[3], size: store.imageSize)
        .image(melCount: settings.melCount, frameCount: settings.frameCount)
      let expected = try FeatureExtractor(settings).image(of: played, name: path)
      #expect(zip(fast.values, expected.values).allSatisfy { abs($0 - $1) < 2e-3 })
    }
    // What is there is taken as it is.
    let first = try #require(images[paths[0]]?.lossyCopy)
    try Data(count: store.imageSize * 2).write(to: first)
    let again = try #require(store.images(of: paths, copies: copies).images[paths[0]])
    #expect(try again.data(of: first).allSatisfy { $0 == 0 })
  }

  @Test("Recordings too short or too long for a run are left out, whether another run has stored their images or not")
  func limitsOfDuration() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    // A second each but for the last, which has half of one.
    var paths = try recordings(3)
    let samples = try AudioFile.read(paths[0]).samples[..<16_000]
    paths.append(folder.appending(path: "short.wav").path)
    try AudioFile.write(Waveform(samples: Array(samples), sampleRate: 32_000), to: paths[3])
    func images(_ name: String, _ limits: ClosedRange<Double>) throws -> (found: Set<String>, failures: [String]) {
      var settings = settings
      (settings.minimumDuration, settings.maximumDuration) = (limits.lowerBound, limits.upperBound)
      var steps = 0
      let store = try FeatureStore(directory: folder.appending(path: name), extractor: FeatureExtractor(settings))
      let (images, failures) = try store.images(of: paths) { steps += 1 }
      #expect(steps == 4)
      return (Set(images.keys), failures.map { "\($0.error)" })
    }
    #expect(try images("warm", 0...600).found.count == 4)
    let short = try (cold: images("short", 0...0.75), warm: images("warm", 0...0.75))
    #expect(short.warm.found == [paths[3]] && short.cold.found == short.warm.found)
    #expect(short.warm.failures.count == 3 && short.cold.failures == short.warm.failures)
    let long = try (cold: images("long", 0.75...600), warm: images("warm", 0.75...600))
    #expect(long.warm.found == Set(paths[..<3]) && long.cold.found == long.warm.found)
    #expect(long.warm.failures.count == 1 && long.cold.failures == long.warm.failures)
  }

  @Test("A copy that cannot be made is an error, unless there is nothing of it to be made")
  func impossibleCopies() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "short.wav").path
    let samples = try AudioFile.read(#require(recordings(1).first)).samples[..<10_000]
    try AudioFile.write(Waveform(samples: Array(samples), sampleRate: 32_000), to: path)
    let store = try FeatureStore(directory: folder.appending(path: "store"), extractor: FeatureExtractor(settings))
    var copies = ImageCopies()
    // A hundredth of the speed asks for a rate of 3.2 MHz; 30,000 times the speed leaves not one sample.
    copies.speeds = [0.01]
    #expect {
      try store.images(of: [path], copies: copies)
    } throws: {
      "\($0)".hasPrefix("\(path): the image of its copy at 0.01 times its speed cannot be made: cannot resample")
    }
    copies.speeds = [30_000]
    let (images, failures) = try store.images(of: [path], copies: copies)
    #expect(failures.isEmpty && images.count == 1 && images.values.allSatisfy { $0.speedCopies.isEmpty })
  }

  @Test func anImageIsOfTheSizeThatItWasMadeIn() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let stored = StoredImage(file: folder.appending(path: "image"), size: 24)
    let image = SpectrogramImage(values: (0..<24).map { Float($0) }, melCount: 2, frameCount: 4)
    try stored.write(image)
    #expect(try stored.image(melCount: 2, frameCount: 4) == image)
    #expect {
      try stored.image(melCount: 2, frameCount: 5)
    } throws: {
      "\($0)".hasPrefix("\(stored.file.path): 24 values where an image of 2 x 5 has 30; ")
    }
  }

  @Test("Training draws copies as often as it is told; what is only judged never is a copy")
  func batches() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let size = 3 * settings.melCount * settings.frameCount
    var image = StoredImage(file: folder.appending(path: "image"), size: size)
    try image.write(
      SpectrogramImage(
        values: [Float](repeating: 1, count: size), melCount: settings.melCount, frameCount: settings.frameCount))
    image.lossyCopy = folder.appending(path: "copy")
    try StoredImage(file: #require(image.lossyCopy), size: size).write(
      SpectrogramImage(
        values: [Float](repeating: 2, count: size), melCount: settings.melCount, frameCount: settings.frameCount))
    var examples = Array(repeating: Example(image: image, label: 0), count: 200)
    func shareOfCopies(_ lossyCoding: Double, speed: Double = 0, isTraining: Bool = true) throws -> Double {
      var training = TrainingSettings()
      (training.augmentation.lossyCoding, training.augmentation.speed, training.seed) = (lossyCoding, speed, 5)
      let batches = Batches(
        examples: examples, classCount: 1, features: settings, batchSize: 200, isChannelsLast: false,
        training: isTraining ? training : nil)
      let values = try batches.batch(0, of: batches.order(epoch: 0), epoch: 0).images.floats()
      return Double(stride(from: 0, to: values.count, by: size).count { values[$0] == 2 }) / 200
    }
    #expect(try shareOfCopies(0) == 0)
    #expect(try shareOfCopies(1) == 1)
    #expect(try (0.4...0.6).contains(shareOfCopies(0.5)))
    #expect(try shareOfCopies(1, isTraining: false) == 0)
    // With speeds, each copy is as likely as the recording itself; what is to be lossy still is.
    image.speedCopies = Array(repeating: try #require(image.lossyCopy), count: 4)
    examples = Array(repeating: Example(image: image, label: 0), count: 200)
    #expect(try (0.7...0.9).contains(shareOfCopies(0, speed: 0.1)))
    #expect(try shareOfCopies(0, speed: 0.1, isTraining: false) == 0)
    image.speedCopies = []
    examples = Array(repeating: Example(image: image, label: 0), count: 200)
    #expect(try (0.2...0.4).contains(shareOfCopies(0.3, speed: 0.1)))
  }
}
