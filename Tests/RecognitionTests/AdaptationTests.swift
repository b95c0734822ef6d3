import Audio
import Corpora
import Foundation
import Networks
import Testing
import Torch

@testable import Recognition

/// What adapted networks say is compared with PyTorch's in `NetworksTests`.
@MainActor  // libtorch's generator is the whole process's
@Suite(.serialized) struct AdaptationTests {
  private let folder: TemporaryFolder
  private let waveforms = (1...20).map { number in
    Waveform(samples: (0..<6_000).map { sin(Float($0 * $0 % 997 * number) / 50) }, sampleRate: 8_000)
  }

  init() throws { folder = try TemporaryFolder() }

  private func bundle(_ name: String = "bundle", _ format: WeightFormat = .float16) throws -> ModelBundle {
    let file = folder.path("known.wav")
    try AudioFile.write(waveforms[0], to: file, as: .float32)
    return try ModelBundle(
      directory: writeBundle(
        to: folder.url.appending(path: name), weightFormat: format,
        recordings: [Recording(path: file, label: "a", speaker: nil, corpus: "csv")]))
  }

  @Test func aWrittenBundleAnswersAsTheAdaptedRecognizer() throws {
    for (format, tolerance) in [(WeightFormat.float32, 1e-4), (.float16, 0.02), (.int8, 1e-4)] {
      let bundle = try bundle(format.rawValue, format)
      let recognizer = try Recognizer(bundle)
      let images = try waveforms.map { try recognizer.image(of: $0) }
      let adapted = try recognizer.adapted(to: images)
      try bundle.write(adaptedTo: images, to: folder.url.appending(path: "adapted"))
      let written = try ModelBundle(directory: folder.url.appending(path: "adapted"))
      let (plain, now) = (try recognizer.predict(images: images), try adapted.predict(images: images))
      let again = try Recognizer(written).predict(images: images)
      func distance(_ a: Prediction, _ b: Prediction, _ member: Int) -> Double {
        zip(a.logits[member], b.logits[member]).map { abs($0 - $1) }.max() ?? 0
      }
      for index in images.indices {
        // SqueezeNet, which has no batch normalisation, stays as it was; ResNet does not.
        #expect(distance(plain[index], now[index], 0) < 1e-5)
        #expect(distance(plain[index], now[index], 1) > 0.05)
        for member in 0..<2 { #expect(distance(now[index], again[index], member) < tolerance, "\(format)") }
      }
    }
  }

  @Test func aWrittenBundleSaysWhatItIs() throws {
    let bundle = try bundle()
    let recognizer = try Recognizer(bundle)
    let images = try waveforms.prefix(3).map { try recognizer.image(of: $0) }
    let folder = folder.url.appending(path: "adapted")
    try bundle.write(adaptedTo: images, to: folder)
    var manifest = try ModelBundle(directory: folder).manifest
    #expect(manifest.name == "test, adapted: adapted" && manifest.provenance.figures.isEmpty)
    #expect(manifest.provenance.adaptedTo == 3 && manifest.provenance.trainedOn.contains("adapted to 3 image(s)"))
    #expect(manifest.temperature == bundle.manifest.temperature)
    #expect(try ModelBundle(directory: folder).trainedRecordings == bundle.trainedRecordings)
    // To nothing there is no adapting.
    #expect(throws: BundleError.self) { try bundle.write(adaptedTo: [], to: folder) }
    #expect(throws: BundleError.self) { try recognizer.adapted(to: []) }
    // Over itself, once more.
    try ModelBundle(directory: folder).write(adaptedTo: images, name: "anna", to: folder)
    manifest = try ModelBundle(directory: folder).manifest
    #expect(manifest.name == "anna" && manifest.provenance.adaptedTo == 6)
  }

  @Test func moreRecordingsThanTheLimitAreThinnedOut() throws {
    let bundle = try bundle()
    let recognizer = try Recognizer(bundle)
    let image = try recognizer.image(of: waveforms[0])
    let few = Array(repeating: image, count: ModelBundle.adaptationLimit)
    let many = Array(repeating: image, count: 2 * ModelBundle.adaptationLimit + 1)
    let answers = try [few, many].map { try recognizer.adapted(to: $0).predict(images: [image])[0].logits }
    #expect(zip(answers[0][1], answers[1][1]).allSatisfy { abs($0 - $1) < 1e-4 })
    let written = folder.url.appending(path: "adapted")
    #expect(try bundle.write(adaptedTo: many, to: written) == ModelBundle.adaptationLimit)
    #expect(try ModelBundle(directory: written).manifest.provenance.adaptedTo == ModelBundle.adaptationLimit)
  }

  @Test func aLongRecordingCountsByItsWindows() throws {
    let recognizer = try Recognizer(bundle())
    func images(_ waveform: Waveform) throws -> Int {
      let file = folder.path("\(waveform.samples.count).wav")
      try AudioFile.write(waveform, to: file, as: .float32)
      return try recognizer.imagesToAdapt(toFile: file).count
    }
    #expect(try images(babble(seconds: 5.9, rate: 8_000)) == 1)
    // A short one has the image that it has for the networks.
    let short = folder.path("\(Int(5.9 * 8_000)).wav")
    #expect(
      try recognizer.imagesToAdapt(toFile: short) == [recognizer.image(of: AudioFile.read(short), name: short)])
    #expect { try images(babble(seconds: 0.02, rate: 8_000)) } throws: { "\($0)".contains("160.wav") }
    // Seven windows of 3 s, two of which are silent.
    #expect(try images(babble(seconds: 21, rate: 8_000, silent: [6..<12])) == 5)
    #expect(try images(babble(seconds: 450, rate: 8_000)) == ModelBundle.adaptationLimit)
    #expect { try images(Waveform(samples: Array(repeating: 0, count: 80_000), sampleRate: 8_000)) } throws: {
      "\($0)".contains("80000.wav") && "\($0)".contains("silent")
    }
  }

  @Test func withoutBatchNormalisationsItSaysWhy() throws {
    let directory = try writeBundle(to: folder.url.appending(path: "squeezenet"), networks: [.squeezenet1_1])
    let recognizer = try Recognizer(ModelBundle(directory: directory))
    let images = try waveforms.map { try recognizer.image(of: $0) }
    #expect { try recognizer.adapted(to: images) } throws: {
      "\($0)".contains("SqueezeNet 1.1") && "\($0)".contains("no batch normalisation")
    }
  }
}
