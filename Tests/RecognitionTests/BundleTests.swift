import Audio
import Corpora
import Evaluation
import Features
import Foundation
import Networks
import Testing
import Torch
import Training

@testable import Recognition

@MainActor  // libtorch's generator is the whole process's
@Suite(.serialized) final class BundleTests {
  let folder: URL
  let waveforms: [Waveform]

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "emotive-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    waveforms = (1...5).map { number in
      Waveform(samples: (0..<6_000).map { sin(Float($0 * $0 % 997 * number) / 50) }, sampleRate: 8_000)
    }
    for (number, waveform) in waveforms.enumerated() {
      try AudioFile.write(waveform, to: folder.appending(path: "\(number).wav").path, as: .float32)
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  var features: FeatureSettings { smallFeatures() }

  func write(temperature: Double = 1.5) throws -> URL {
    try writeBundle(
      to: folder.appending(path: "bundle"), temperature: temperature,
      recordings: [Recording(path: folder.appending(path: "0.wav").path, label: "a", speaker: nil, corpus: "csv")])
  }

  var files: [String] { (0..<5).map { folder.appending(path: "\($0).wav").path } }

  @Test func whatIsWrittenIsReadAgain() throws {
    let bundle = try ModelBundle(directory: write())
    #expect(bundle.manifest.labels == ["a", "b", "c"] && bundle.manifest.features == features)
    #expect(bundle.manifest.members.map(\.network) == [.squeezenet1_1, .resnet18])
    #expect(bundle.trainedRecordings == [String(try ContentHash.sha256(files[0]).prefix(16))])
    // Weights are kept as float16.
    let stored = try WeightFile(path: bundle.directory.appending(path: "member-1.safetensors").path)
    #expect(stored.tensors.values.allSatisfy { $0.dtype == .float16 })
    // Written again over itself.
    #expect(try ModelBundle(directory: write(temperature: 2)).manifest.temperature == 2)
  }

  @Test func eightBitWeightsSayAlmostTheSame() throws {
    let whole = try Recognizer(ModelBundle(directory: write())).predict(file: files[1])
    let bundle = try ModelBundle(
      directory: writeBundle(to: folder.appending(path: "eight"), weightFormat: .int8))
    let eight = try Recognizer(bundle).predict(file: files[1])
    for (a, b) in zip(whole.logits, eight.logits) {
      let difference = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      #expect(difference.squareRoot() <= 0.05 * a.reduce(0) { $0 + $1 * $1 }.squareRoot())
    }
    func size(_ folder: String) throws -> Int {
      try Data(contentsOf: self.folder.appending(path: "\(folder)/member-2.safetensors")).count
    }
    #expect(try Double(size("eight")) < 0.51 * Double(size("bundle")))
    // They are computed as they are stored, where the processor can.
    let stored: Precision = Precision.int8.isAvailable(on: .cpu) ? .int8 : .float32
    #expect(try Recognizer(bundle).precision == stored && bundle.storedPrecision(on: .cuda) == .float32)
    #expect(try Recognizer(bundle, precision: .float32).precision == .float32)
    #expect(try ModelBundle(directory: write()).storedPrecision(on: .cpu) == .float32)
  }

  @Test(arguments: [WeightFormat.float16, .int8])
  func batchesFilesAndWaveformsGiveTheSame(format: WeightFormat) throws {
    let bundle = try ModelBundle(directory: writeBundle(to: folder.appending(path: "batches"), weightFormat: format))
    let singly = try files.map { try Recognizer(bundle).predict(file: $0) }
    #expect(try Recognizer(bundle, batchSize: 0).batchSize == 1)
    for batchSize in [0, 1, 2, 16] {
      var predictions: [Prediction] = []
      try Recognizer(bundle, batchSize: batchSize).predict(files: files) { index, result in
        #expect(index == predictions.count)
        predictions.append(try result.get())
      }
      for (a, b) in zip(predictions, singly) {
        #expect(a.label == b.label)
        #expect(zip(a.probabilities, b.probabilities).allSatisfy { abs($0 - $1) < 1e-4 })
      }
    }
    let recognizer = try Recognizer(bundle)
    for (index, waveform) in waveforms.enumerated() {
      let prediction = try recognizer.predict(waveform: waveform)
      #expect(zip(prediction.probabilities, singly[index].probabilities).allSatisfy { abs($0 - $1) < 1e-4 })
    }
  }

  @Test func probabilitiesAreTheMeanSoftmaxAtTheTemperature() throws {
    let recognizer = try Recognizer(ModelBundle(directory: write(temperature: 1.5)))
    let prediction = try recognizer.predict(file: files[2])
    #expect(prediction.logits.count == 2 && prediction.logits.allSatisfy { $0.count == 3 })
    let members = prediction.logits.map { row in
      let powers = row.map { exp($0) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
    let mean = (0..<3).map { (members[0][$0] + members[1][$0]) / 2 }
    let flattened = mean.map { pow($0, 1 / 1.5) }
    for (index, value) in flattened.enumerated() {
      #expect(abs(prediction.probabilities[index] - value / flattened.reduce(0, +)) < 1e-9)
    }
  }

  @Test func aBadFileIsAFailureInItsPlace() throws {
    try Data("no sound".utf8).write(to: folder.appending(path: "bad.wav"))
    let bad = folder.appending(path: "bad.wav").path
    var outcomes: [Bool] = []
    try Recognizer(ModelBundle(directory: write()), batchSize: 2).predict(files: [files[0], bad, files[1], bad]) {
      _, result in
      outcomes.append((try? result.get()) != nil)
    }
    #expect(outcomes == [true, false, true, false])
  }

  @Test func damagedFiguresAreNamed() throws {
    let recordings = files[..<3].map { Recording(path: $0, label: "a", speaker: nil, corpus: "csv") }
    let predictions = try Predictions(
      files: recordings.map(\.path), truth: [0, 1, 2], speakers: [nil, nil, nil],
      logits: [[[1, 0, 0], [0, 1, 0], [1, 0, 0]]])
    let result = try EvaluationResult([(Split.testing(all: recordings), predictions)], labels: ["a", "b", "c"])
    let directory = try writeBundle(to: folder.appending(path: "figures"), figures: [result])
    #expect(try ModelBundle(directory: directory).manifest.provenance.figures[0].confusion[2] == [1, 0, 0])
    let file = directory.appending(path: "bundle.json")
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    // A row too many, one that is too short, and a number below zero.
    for beginning in ["[0, 0, 0], [1,", "[", "[-1,"] {
      let changed = text.replacing(#/"confusion" : \[\s*\[\s*1,/#, with: "\"confusion\" : [\(beginning)")
      try #require(changed != text)
      try Data(changed.utf8).write(to: file)
      #expect { try ModelBundle(directory: directory) } throws: { error in
        error is BundleError
          && "\(error)".hasPrefix("\(file.path): the confusion matrix must have a row of 3 counts, none negative, ")
      }
    }
  }

  @Test func brokenBundlesAreNamed() throws {
    #expect { try ModelBundle(directory: self.folder) } throws: { "\($0)".contains("there is no bundle.json") }
    let directory = try write()
    let file = directory.appending(path: "bundle.json")
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    for (original, replacement, message) in [
      ("\"format\" : 3", "\"format\" : 4", "format 4, this program reads formats 1 to 3"),
      ("\"mel_count\" : 32", "\"mel_count\" : 64", "do not match its features_hash"),
      ("\"labels\"", "\"label\"", "labels is missing"),
      ("\"temperature\" : 1.5", "\"temperature\" : \"warm\"", "temperature has another type"),
      ("\"a\"", "\"b\"", "two different labels or more"),
      ("{", "", "cannot be read"),
    ] {
      let changed = text.replacing(original, with: replacement, maxReplacements: 1)
      try #require(changed != text)
      try Data(changed.utf8).write(to: file)
      #expect { try ModelBundle(directory: directory) } throws: { "\($0)".contains(message) }
    }
    try Data(text.utf8).write(to: file)
    try Data(text.replacing("squeezenet1_1", with: "squeezenet1_0").utf8).write(to: file)
    #expect { try Recognizer(ModelBundle(directory: directory)) } throws: {
      "\($0)".contains("member-1.safetensors: the weights do not fit")
    }
    try Data(text.utf8).write(to: file)
    try Data(contentsOf: directory.appending(path: "member-1.safetensors")).prefix(2_000)
      .write(to: directory.appending(path: "member-1.safetensors"))
    #expect { try Recognizer(ModelBundle(directory: directory)) } throws: { "\($0)".contains("member-1.safetensors") }
  }
}
