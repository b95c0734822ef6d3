import Foundation
import Networks
import Testing
import Torch

@testable import Training

// What networks learn from a teacher.

extension TrainerTests {
  @Test func aTeachersAnswersAreMixedIntoTheTargets() throws {
    try Runtime.seed(3)
    let teacher = Teacher(try (0..<2).map { _ in try Network(.squeezenet1_1, classCount: 2) })
    let images = try Tensor.normal([3, 3, 64, 64])
    let batch = Batch(images: images, targets: try Tensor([1, 0, 1]), labels: [1, 0, 1])
    let targets = try teacher.targets(for: batch, share: 0.75, classCount: 2, precision: .float32, on: .cpu).floats()
    let answers = try teacher.networks.map { try $0(images).softmax(1).floats() }
    let truth: [Float] = [0, 1, 1, 0, 0, 1]
    for index in truth.indices {
      let mean = (answers[0][index] + answers[1][index]) / 2
      #expect(abs(targets[index] - (0.25 * truth[index] + 0.75 * mean)) < 1e-5)
    }
  }

  @Test func aNetworkLearnsFromItsTeacherAlone() throws {
    var settings = plainSettings
    settings.epochs = 8
    let examples = try examples(24)
    let (network, _) = try trainer(settings, .crnn).train(
      on: examples, validation: [], in: folder.appending(path: "teacher"))
    settings.distillation = 1
    // The labels are of no use to the pupil: all of them are the same.
    let unlabelled = examples.map { Example(image: $0.image, label: 0) }
    let pupil = Trainer(
      settings: settings, architecture: .crnn, labels: ["up", "down"], start: nil,
      features: Self.features, teacher: Teacher([network]))
    let (taught, _) = try pupil.train(on: unlabelled, validation: [], in: folder.appending(path: "pupil"))
    let rows = try pupil.logits(taught, of: examples, precision: .float32)
    let right = zip(rows, examples).count { row, example in (row[1] > row[0] ? 1 : 0) == example.label }
    #expect(right >= 20)
  }
}
