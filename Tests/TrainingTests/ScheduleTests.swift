import Foundation
import Testing

@testable import Training

@Suite struct ScheduleTests {
  struct Golden: Decodable {
    let stepsPerEpoch: Int
    let epochs: Int
    let rate: Double
    let cases: [Case]

    struct Case: Decodable {
      let schedule: Schedule
      let rates: [Double]
    }
  }

  let golden: Golden

  init() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: folder.appending(path: "schedules.json")))
  }

  /// Made by `tools/golden_training.py` with PyTorch's schedulers; tolerance 1e-9 of the highest rate.
  @Test func ratesAreThoseOfPyTorchStepByStep() {
    for golden in golden.cases {
      let (schedule, rates) = (golden.schedule, golden.rates)
      #expect(rates.count == self.golden.stepsPerEpoch * self.golden.epochs)
      for (step, rate) in rates.enumerated() {
        let share = schedule.share(step: step, stepsPerEpoch: self.golden.stepsPerEpoch, totalSteps: rates.count)
        #expect(abs(share * self.golden.rate - rate) < 1e-9 * self.golden.rate, "\(schedule), step \(step)")
      }
    }
  }

  @Test func constantStaysWhereItIs() {
    #expect((0..<50).allSatisfy { Schedule.constant.share(step: $0, stepsPerEpoch: 5, totalSteps: 50) == 1 })
  }

  @Test func aRunOfOneStepHasAFiniteRate() {
    for schedule in [
      Schedule.oneCycle(warmUp: 0.3), .cosine, .triangular(period: 1, low: 0), .steps(every: 1, factor: 0.5),
    ] {
      #expect(schedule.share(step: 0, stepsPerEpoch: 1, totalSteps: 1).isFinite)
    }
  }
}
