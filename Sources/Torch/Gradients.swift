import CTorch

extension Tensor {
  /// Has libtorch record what becomes of this tensor, so that `backward` reaches it.
  public func requireGradient(_ required: Bool = true) throws {
    try check { ct_set_requires_grad(handle, required, $0) }
  }

  /// Whether `backward` reaches this tensor.
  var requiresGradient: Bool { ct_requires_grad(handle) }

  /// Adds the gradient of this scalar to every tensor that it came from.
  public func backward() throws { try check { ct_backward(handle, $0) } }

  /// The gradient gathered since it was last cleared, or nil.
  public func gradient() throws -> Tensor? {
    var gradient: ct_tensor?
    try check { ct_gradient(handle, &gradient, $0) }
    return gradient.map(Tensor.init(owning:))
  }
}

extension [Tensor] {
  /// Drops the gradients of all.
  public func clearGradients() { withHandles { ct_clear_gradients($0, count) } }

  /// Scales the gradients of all down to a joint L2 norm of at most `maximum`; returns the norm before
  /// (`torch.nn.utils.clip_grad_norm_`).
  @discardableResult
  public func clipGradients(to maximum: Double) throws -> Double {
    var norm = 0.0
    try withHandles { handles in try check { ct_clip_gradients(handles, count, maximum, &norm, $0) } }
    return norm
  }
}

/// Losses over a batch, each the mean over its examples; all throw `TorchError` with libtorch's message.
public enum Loss {
  /// Cross-entropy of logits (batch, class) with class indices (batch) or probabilities (batch, class)
  /// (`torch.nn.functional.cross_entropy`).
  public static func crossEntropy(_ logits: Tensor, _ targets: Tensor, labelSmoothing: Double = 0) throws -> Tensor {
    try tensor { ct_cross_entropy(logits.handle, targets.handle, labelSmoothing, $0, $1) }
  }

  /// Multi-class hinge loss of scores (batch, class) with class indices (batch) (`torch.nn.MultiMarginLoss`).
  public static func multiMargin(_ logits: Tensor, _ targets: Tensor) throws -> Tensor {
    try tensor { ct_multi_margin(logits.handle, targets.handle, $0, $1) }
  }

  /// Multi-label hinge loss of scores (batch, class) with each row's classes first and -1 after them (batch, class)
  /// (`torch.nn.MultiLabelMarginLoss`, the loss that the paper's Fig. 2 names).
  public static func multiLabelMargin(_ logits: Tensor, _ targets: Tensor) throws -> Tensor {
    try tensor { ct_multilabel_margin(logits.handle, targets.handle, $0, $1) }
  }
}
