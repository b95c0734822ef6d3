import Corpora
import Features
import Foundation
import Storage
import Testing

@testable import Evaluation
@testable import Training

/// By what the cost of an SVM is chosen that judges a network's features; one at a time, as libtorch's random state belongs
/// to the whole process.
@MainActor @Suite(.serialized) struct SVMCostTests {
  /// Four speakers, three recordings of each of two classes by each.
  let recordings = (0..<4).flatMap { speaker in
    ["happy", "sad"].flatMap { label in
      (0..<3).map { number in
        Recording(
          path: "/nowhere/\(label)-\(speaker)-\(number).wav", label: label, speaker: "csv-\(speaker)", corpus: "csv")
      }
    }
  }

  /// Noise of which the upper or the lower half is bright, by class.
  private func images(in folder: URL, _ features: FeatureSettings) throws -> [String: StoredImage] {
    var images: [String: StoredImage] = [:]
    var generator = SeededGenerator(seed: 7)
    for (number, recording) in recordings.enumerated() {
      let values = (0..<(3 * features.melCount * features.frameCount)).map { index -> Float in
        let isUpper = index / features.frameCount % features.melCount < features.melCount / 2
        let noise = Float(generator.below(1000)) / 1000 - 0.5
        return noise + (isUpper == (recording.label == "happy") ? 0.5 : -0.5)
      }
      let image = StoredImage(file: folder.appending(path: "image-\(number)"), size: values.count)
      try image.write(
        SpectrogramImage(values: values, melCount: features.melCount, frameCount: features.frameCount))
      images[recording.path] = image
    }
    return images
  }

  /// The note and the scores of a run that tests on one speaker.
  private func choice(
    _ svm: SVMFeatures, _ validation: ValidationSide
  ) throws -> (note: String, scores: [LinearSVM.CostScore]) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "emotive-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var settings = RunSettings(networks: [.squeezenet1_1], weights: "none")
    (settings.split, settings.svm, settings.validation) = ("speakers:csv-3", svm, validation)
    (settings.features.melCount, settings.features.frameCount) = (32, 48)
    (settings.training.epochs, settings.training.batchSize) = (1, 4)
    let images = try images(in: folder, settings.features)
    let run = try ProtocolRun(
      settings, recordings: recordings, start: { _ in nil }, images: { _ in (images: images, whitening: nil) })
    let split = try #require(run.splits.first)
    let outcome = try run.outcome(of: split, in: folder)
    #expect(outcome.predictions?.files.count == 6)
    let data = try Data(contentsOf: folder.appending(path: "speakers/member-1/svm.json"))
    return (try #require(outcome.notes.first), try JSON.decode([LinearSVM.CostScore].self, from: data))
  }

  @Test func aFineTunedNetworksIsChosenOnWhatIsHeldBack() throws {
    let held = try choice(.fineTuned, .share(0.3))
    let chosen = try #require(held.scores.first { $0.isChosen })
    #expect(held.note == "speakers, member 1: the SVM's C is \(chosen.cost), chosen on the validation side")
    #expect(held.scores.map(\.cost) == LinearSVM.costs && chosen.uar == held.scores.map(\.uar).max())
    // One speaker is held back, with three recordings of each class.
    #expect(held.scores.allSatisfy { abs($0.uar * 6 - ($0.uar * 6).rounded()) < 1e-9 })
  }

  @Test(arguments: [ValidationSide.none, .test]) func withoutIsSaidToSayLittle(_ validation: ValidationSide) throws {
    let note = try choice(.fineTuned, validation).note
    #expect(note.contains("chosen by inner folds of the training side, on features that were fine-tuned on these"))
    #expect(note.hasSuffix("so that it says little"))
  }

  @Test func aNetworkThatIsNotTrainedLeavesInnerFoldsHonest() throws {
    #expect(try choice(.pretrained, .share(0.3)).note.hasSuffix("chosen by inner folds of the training side"))
  }
}
