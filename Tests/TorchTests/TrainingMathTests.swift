import Testing
import Torch

/// Losses, gradients, AdamW and weight averages against PyTorch.
struct TrainingMathTests {
  private let golden: GoldenTorch

  init() throws { golden = try GoldenTorch() }

  private func expectLoss(_ name: String, _ loss: (Tensor) throws -> Tensor) throws {
    let logits = try golden["logits"]
    try logits.requireGradient()
    let value = try loss(logits)
    try golden.expect(value, name)
    try value.backward()
    try golden.expect(#require(try logits.gradient()), "\(name).gradient")
  }

  @Test func losses() throws {
    let (classes, mixed, several) = (try golden["classes"], try golden["mixed"], try golden["several"])
    try expectLoss("cross_entropy") { try Loss.crossEntropy($0, classes) }
    try expectLoss("smoothed") { try Loss.crossEntropy($0, classes, labelSmoothing: 0.1) }
    try expectLoss("probabilities") { try Loss.crossEntropy($0, mixed) }
    try expectLoss("smoothed_probabilities") { try Loss.crossEntropy($0, mixed, labelSmoothing: 0.2) }
    try expectLoss("multi_margin") { try Loss.multiMargin($0, classes) }
    try expectLoss("multi_label_margin") { try Loss.multiLabelMargin($0, several) }
  }

  @Test func gradientsGatherAndAreCleared() throws {
    let x = try Tensor([1, 2] as [Float], shape: [2])
    try x.requireGradient()
    #expect(try x.gradient() == nil)
    for expected in [[2, 4], [4, 8]] as [[Float]] {
      try (x * x).sum(0).backward()
      #expect(try x.gradient()?.floats() == expected)
    }
    [x].clearGradients()
    #expect(try x.gradient() == nil)
    let detached = try Runtime.withoutGradients { try (x * x).sum(0) }
    #expect(throws: TorchError.self) { try detached.backward() }
    #expect(throws: TorchError.self) { try (x.detached() * x.detached()).sum(0).backward() }
  }

  @Test func clipping() throws {
    let (a, b) = (try Tensor([3] as [Float], shape: [1]), try Tensor([4] as [Float], shape: [1]))
    for x in [a, b] {
      try x.requireGradient()
      try (x * x).sum(0).scaled(by: 0.5).backward()
    }
    #expect(try [a, b].clipGradients(to: 10) == 5)
    #expect(try a.gradient()?.item() == 3)
    #expect(try [a, b].clipGradients(to: 1) == 5)
    #expect(try abs(#require(try b.gradient()).item() - 0.8) < 1e-5)
  }

  /// The network of `golden_torch.py`'s `optimizer`, and its parameters in the order that AdamW has them there.
  private func smallNetwork() throws -> (layers: Sequential, parameters: [Tensor], idle: Tensor) {
    let store = ParameterStore()
    let network = Sequential([
      try Conv2d(store.root("conv"), 3, 4, size: 3), ReLU(), Flatten(), try Linear(store.root("linear"), 64, 3),
    ])
    let idle = try store.root.parameter("idle", .zeros([5]))
    for entry in store.entries { try entry.tensor.assign(golden["step.\(entry.name)"]) }
    return (network, store.trainable, idle)
  }

  @Test func fiveStepsOfAdamW() throws {
    let (network, parameters, idle) = try smallNetwork()
    let optimizer = try AdamW(parameters, weightDecay: 0.1, betas: (0.8, 0.99), epsilon: 1e-6)
    let image = try golden["step.image"].channelsLast()
    let (losses, norms) = (try golden["step.losses"].floats(), try golden["step.norms"].floats())
    for step in 0..<5 {
      parameters.clearGradients()
      let loss = try Loss.crossEntropy(network(image, training: true), Tensor([0, 1, 2, 1]))
      try loss.backward()
      #expect(try abs(Float(loss.item()) - losses[step]) < 1e-5)
      #expect(try abs(Float(parameters.clipGradients(to: 0.5)) - norms[step]) < 1e-5)
      try optimizer.step(learningRate: 0.01 * Double(step + 1))
    }
    for (parameter, name) in zip(parameters, ["weight", "bias", "linear.weight", "linear.bias"]) {
      try golden.expect(parameter, "step.after.\(name)", tolerance: 1e-5)
    }
    try golden.expect(idle, "step.idle")
  }

  @Test("An optimizer restored from its state goes on as if it had never stopped")
  func restoredState() throws {
    func run(_ parameters: [Tensor], _ network: Sequential, _ optimizer: AdamW) throws {
      parameters.clearGradients()
      try Loss.crossEntropy(network(golden["step.image"], training: true), Tensor([0, 1, 2, 1])).backward()
      try optimizer.step(learningRate: 0.05)
    }
    let (network, parameters, _) = try smallNetwork()
    let optimizer = try AdamW(parameters, weightDecay: 0.01)
    for _ in 0..<3 { try run(parameters, network, optimizer) }

    let (otherNetwork, otherParameters, _) = try smallNetwork()
    for (other, own) in zip(otherParameters, parameters) { try other.assign(own.detached()) }
    let other = try AdamW(otherParameters, weightDecay: 0.01)
    let state = Dictionary(uniqueKeysWithValues: try optimizer.state.map { ($0.name, try $0.tensor.copy()) })
    #expect(state.count == 15)
    try other.restore(state)
    for _ in 0..<2 {
      try run(parameters, network, optimizer)
      try run(otherParameters, otherNetwork, other)
    }
    for (other, own) in zip(otherParameters, parameters) { #expect(try other.floats() == own.floats()) }
    #expect(throws: TorchError.self) { try other.restore(state.filter { $0.key != "square.2" }) }
    #expect(throws: TorchError.self) { try other.restore(state.merging(["square.2": .zeros([7])]) { $1 }) }
  }

  @Test func weightAverages() throws {
    let store = ParameterStore()
    let weight = try store.root.parameter("weight", .full([2], 1))
    let statistic = try store.root.buffer("running_mean", .full([1], 10))
    let average = try WeightAverage(store, decay: 0.9)
    try Runtime.withoutGradients { try weight.assign(.full([2], 2)) }
    try statistic.assign(.full([1], 20))
    // The first steps forget faster: the decay is min(0.9, (1 + step) / (10 + step)).
    try average.update(step: 0)
    #expect(try average.tensors.map { try $0.floats()[0] } == [1.9, 19])
    try average.update(step: 1000)
    let expected: [Float] = [1.91, 19.1]
    for (tensor, value) in zip(average.tensors, expected) { #expect(try abs(tensor.floats()[0] - value) < 1e-5) }
    struct Failure: Error {}
    #expect(throws: Failure.self) {
      try average.whileApplied {
        #expect(try abs(weight.floats()[1] - 1.91) < 1e-5 && abs(statistic.item() - 19.1) < 1e-5)
        throw Failure()
      }
    }
    #expect(try weight.floats() == [2, 2] && statistic.item() == 20)
  }
}
