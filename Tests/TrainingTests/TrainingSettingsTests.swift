import Testing

@testable import Training

@Suite struct TrainingSettingsTests {
  private func message(_ change: (inout TrainingSettings) -> Void) -> String {
    var settings = TrainingSettings()
    change(&settings)
    do {
      try settings.validate()
      return ""
    } catch { return "\(error)" }
  }

  /// Products of these are counted with, and must not leave an Int.
  @Test func numbersBeyondAllReasonAreRefusedByName() {
    for number in [0, -1, 1_000_001, Int.max] {
      #expect(message { $0.epochs = number } == "--epochs must be from 1 to 1,000,000, but is \(number)")
      #expect(message { $0.batchSize = number } == "--batch-size must be from 1 to 1,000,000, but is \(number)")
      #expect(
        message { $0.schedule = .triangular(period: number, low: 0.5) }
          == "--schedule must be triangular:PERIOD:LOW with PERIOD from 1 to 1,000,000 epochs, "
          + "but is triangular:\(number):0.5")
      #expect(
        message { $0.schedule = .steps(every: number, factor: 0.5) }
          == "--schedule must be steps:EVERY:FACTOR with EVERY from 1 to 1,000,000 epochs, "
          + "but is steps:\(number):0.5")
    }
    #expect(
      message { $0.schedule = .steps(every: 1, factor: .infinity) }
        == "--schedule must be steps:EVERY:FACTOR with a finite FACTOR above 0, but is steps:1:inf")
    #expect(message { $0.gradientClipping = .infinity } == "--gradient-clipping must be above 0 and finite, but is inf")
    #expect(message { $0.learningRate = .infinity } == "--learning-rate must be above 0 and finite, but is inf")
    let largest = message {
      ($0.epochs, $0.batchSize) = (1_000_000, 1_000_000)
      $0.schedule = .triangular(period: 1_000_000, low: 0)
    }
    #expect(largest == "" && message { _ in } == "")
  }

  /// It would be trained in float32, and the record say otherwise.
  @Test func nothingIsTrainedInEightBits() {
    #expect(message { $0.precision = .int8 } == "--precision must be float32 or bfloat16, but is int8")
  }
}
