import Foundation
import Testing
import Torch

/// Random numbers: PyTorch's for the same seed, and a state that can be kept.
@MainActor  // libtorch's generator is the whole process's: whoever draws from it in a test does so on the main actor
struct RandomTests {
  @Test func theNumbersArePyTorchs() throws {
    let golden = try GoldenTorch()
    try Runtime.seed(42)
    try golden.expect(.uniform([40], low: -2, high: 3), "uniform")
    try golden.expect(.normal([40], standardDeviation: 0.5).scaled(by: 1, shiftedBy: 1), "normal", tolerance: 1e-5)
    try golden.expect(Dropout(0.3)(.full([40], 1), training: true), "dropout")
  }

  @Test func theStateCanBeKept() throws {
    try Runtime.seed(3)
    _ = try Tensor.normal([5])
    let state = try Runtime.randomState()
    let first = try Tensor.uniform([20], low: 0, high: 1).floats()
    #expect(try Tensor.uniform([20], low: 0, high: 1).floats() != first)
    try Runtime.setRandomState(state)
    #expect(try Tensor.uniform([20], low: 0, high: 1).floats() == first)
    #expect(throws: TorchError.self) { try Runtime.setRandomState(.zeros([3], dtype: .uint8)) }
    #expect(throws: TorchError.self) { try Runtime.setRandomState(.zeros(state.shape)) }
  }

  @Test func initialWeights() throws {
    try Runtime.seed(1)
    let store = ParameterStore()
    _ = try Conv2d(store.root("a"), 64, 32, size: 3, initialization: .kaimingNormalFanOut)
    _ = try Conv2d(store.root("b"), 64, 32, size: 3, initialization: .kaimingUniform)
    _ = try Linear(store.root("c"), 400, 50)
    _ = try Linear(store.root("d"), 400, 50, initialization: .standardWithZeroBias)
    let values = try store.entries.map { try $0.tensor.floats() }
    func deviation(_ values: [Float]) -> Float {
      (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
    }
    #expect(abs(deviation(values[0]) / (2.0 / (32 * 9) as Float).squareRoot() - 1) < 0.03)
    #expect(abs(deviation(values[2]) / (2.0 / (64 * 9) as Float).squareRoot() - 1) < 0.03)
    #expect(values[3].allSatisfy { $0 == 0 })
    #expect(values[4].allSatisfy { abs($0) <= 0.05 } && values[5].contains { $0 != 0 })
    #expect(values[6].allSatisfy { abs($0) <= 0.05 } && values[6].contains { abs($0) > 0.045 })
    #expect(values[7].allSatisfy { $0 == 0 })
  }

  @Test func anotherThreadsChoiceIsNotTakenOver() async {
    // Whatever threads ran before, a thread keeps what it has asked for.
    let (mine, other) = await withCheckedContinuation { (continuation: CheckedContinuation<(Int, Int), Never>) in
      Thread {
        Runtime.useThreads(3)
        let ready = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var other = 0
        Thread {
          Runtime.useThreads(1)
          other = Runtime.threads
          ready.signal()
        }.start()
        ready.wait()
        continuation.resume(returning: (Runtime.threads, other))
      }.start()
    }
    #expect(mine == 3 && other == 1)
    #expect(Runtime.defaultThreads >= 1 && Runtime.version.hasPrefix("2."))
  }
}
