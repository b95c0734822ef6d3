import CTorch

/// An exponential moving average of a network's parameters and buffers.
///
/// Every throwing member throws `TorchError` with libtorch's message, or what its `body` throws.
public final class WeightAverage {
  /// The averages, in the store's order.
  public let tensors: [Tensor]
  private let sources: [Tensor]
  private let decay: Double

  /// An average that starts at the store's present values.
  public init(_ store: ParameterStore, decay: Double) throws {
    self.decay = decay
    sources = store.entries.map(\.tensor)
    tensors = try Runtime.withoutGradients { try store.entries.map { try $0.tensor.detached().copy() } }
  }

  /// Moves the average towards the present values; early steps count more, so that the start is soon forgotten.
  public func update(step: Int) throws {
    let decay = min(decay, Double(1 + step) / Double(10 + step))
    try tensors.withHandles { averages in
      try sources.withHandles { sources in try check { ct_average(averages, sources, tensors.count, decay, $0) } }
    }
  }

  /// Runs `body` while the network holds the averages in place of its own values.
  public func whileApplied<Result>(_ body: () throws -> Result) throws -> Result {
    let own = try Runtime.withoutGradients { try sources.map { try $0.detached().copy() } }
    for (source, average) in zip(sources, tensors) { try source.assign(average) }
    let result = Swift.Result { try body() }
    for (source, value) in zip(sources, own) { try source.assign(value) }
    return try result.get()
  }
}
