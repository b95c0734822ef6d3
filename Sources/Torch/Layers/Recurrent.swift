import CTorch

/// A gated recurrent unit run over time in both directions (`torch.nn.GRU` with `bidirectional` and `batch_first`), with
/// parameters `weight_ih_l0` (3 * hidden, in), `weight_hh_l0` (3 * hidden, hidden), `bias_ih_l0` and `bias_hh_l0`
/// (3 * hidden), and the same with `_reverse`.
public struct BidirectionalGRU: Layer {
  private let parameters: [Tensor]

  /// From `inputs` values a step to `hidden` values a step and direction; all parameters start even within
  /// 1 / sqrt(hidden), as PyTorch's.
  public init(_ scope: Scope, _ inputs: Int, _ hidden: Int) throws {
    let bound = 1 / Double(hidden).squareRoot()
    let shapes = [
      ("weight_ih_l0", [3 * hidden, inputs]), ("weight_hh_l0", [3 * hidden, hidden]), ("bias_ih_l0", [3 * hidden]),
      ("bias_hh_l0", [3 * hidden]),
    ]
    parameters = try ["", "_reverse"].flatMap { direction in
      try shapes.map { name, shape in
        try scope.parameter(name + direction, shape) { try .uniform($0, low: -bound, high: bound) }
      }
    }
  }

  /// (batch, time, in) to (batch, time, 2 * hidden): forward in the first half, backward in the second.
  public func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    try parameters.withHandles { handles in
      try tensor { ct_gru(input.handle, handles, parameters.count, training, $0, $1) }
    }
  }
}
