import CTorch

/// The AdamW optimizer (Loshchilov and Hutter 2019; `torch.optim.AdamW`), one fused pass over all parameters.
public final class AdamW {
  private let parameters: [Tensor]
  /// What keeps the division from zero.
  private let epsilon: Double
  /// The share of each parameter that a step removes, times the learning rate.
  private let weightDecay: Double
  /// The decay rates of the two moving averages.
  private let betas: (Double, Double)
  private let averages: [Tensor]
  private let squares: [Tensor]
  private let steps: [Tensor]

  /// An optimizer at its first step.
  ///
  /// - throws: `TorchError`, as for want of memory.
  public init(
    _ parameters: [Tensor], weightDecay: Double, betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8
  ) throws {
    self.parameters = parameters
    self.weightDecay = weightDecay
    self.betas = betas
    self.epsilon = epsilon
    // A scaled copy has the parameter's own memory layout, which the fused step relies on.
    (averages, squares) = try Runtime.withoutGradients {
      (try parameters.map { try $0.scaled(by: 0) }, try parameters.map { try $0.scaled(by: 0) })
    }
    steps = try parameters.map { try Tensor.zeros([], device: $0.device) }
  }

  /// Moves every parameter that has a gradient.
  ///
  /// - throws: `TorchError` with libtorch's message.
  public func step(learningRate: Double) throws {
    try parameters.withHandles { parameters in
      try averages.withHandles { averages in
        try squares.withHandles { squares in
          try steps.withHandles { steps in
            try check {
              ct_adamw(
                parameters, averages, squares, steps, self.parameters.count, learningRate, betas.0, betas.1, epsilon,
                weightDecay, $0)
            }
          }
        }
      }
    }
  }

  /// The optimizer's state for a checkpoint, three tensors per parameter.
  public var state: [(name: String, tensor: Tensor)] {
    parameters.indices.flatMap { index in
      [("average.\(index)", averages[index]), ("square.\(index)", squares[index]), ("step.\(index)", steps[index])]
    }
  }

  /// Takes over the state of a checkpoint.
  ///
  /// - throws: `TorchError` where a tensor is missing or has another shape.
  public func restore(_ state: [String: Tensor]) throws {
    for (name, tensor) in self.state {
      guard let stored = state[name] else { throw TorchError("the checkpoint has no optimizer state \(name)") }
      try tensor.assign(stored)
    }
  }
}
