import Foundation
import Networks
import Testing
import Torch

@testable import Training

// The losses, and what becomes of one that is no number.

extension TrainerTests {
  @Test func aLossThatIsNoNumberEndsTheRunWithAdvice() throws {
    var settings = settings
    settings.learningRate = 1e12
    settings.schedule = .constant
    settings.weightAveraging = nil
    #expect {
      try self.trainer(settings).train(on: self.examples(18), validation: [], in: self.folder.appending(path: "a"))
    } throws: {
      "\($0)".contains(/^the loss is (not a number \(NaN\)|infinite) from epoch \d, step \d on, .*--learning-rate/)
    }
  }

  @Test func aTrainingThatDivergesInItsLastStepIsNotWritten() throws {
    var settings = settings
    settings.epochs = 1
    settings.batchSize = 12
    settings.learningRate = 1e30
    settings.schedule = .constant
    settings.weightAveraging = nil
    settings.augmentation = Augmentation()
    let (trainer, examples) = (trainer(settings), try examples(18))
    let (training, others) = (Array(examples[..<12]), Array(examples[12...]))
    #expect {
      try trainer.train(on: training, validation: others, in: self.folder.appending(path: "a"))
    } throws: {
      "\($0)".contains(
        /^the validation loss is (not a number \(NaN\)|infinite) after epoch 1 at learning rate .*--learning-rate/)
    }
    #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "a/last.safetensors").path))
    // Without a validation side it shows when the network is asked.
    let (network, _) = try trainer.train(on: training, validation: [], in: folder.appending(path: "b"))
    #expect {
      try trainer.logits(network, of: others, precision: .float32)
    } throws: {
      "\($0)".contains("its training diverged; lower --learning-rate")
    }
  }

  @Test(arguments: LossFunction.allCases) func everyLossTrains(loss: LossFunction) throws {
    var settings = plainSettings
    settings.loss = loss
    settings.epochs = 6
    let (_, records) = try trainer(settings, .crnn).train(
      on: examples(24), validation: [], in: folder.appending(path: "a"))
    #expect(records.allSatisfy { $0.trainingLoss.isFinite && $0.trainingLoss >= 0 })
    #expect(try #require(records.last).trainingLoss < 0.9 * records[0].trainingLoss)
  }

  /// With one class for each image, the two hinge losses of the paper's text and of its Fig. 2 are the same function.
  @Test func theHingeLossesAgreeOnSingleLabels() throws {
    let logits = try Tensor.normal([6, 4])
    let labels = [0, 3, 1, 1, 2, 0]
    let rows = labels.flatMap { [$0, -1, -1, -1] }
    let single = try Loss.multiMargin(logits, Tensor(labels)).item()
    #expect(abs(try Loss.multiLabelMargin(logits, Tensor(rows).reshaped([6, 4])).item() - single) < 1e-6)
  }
}
