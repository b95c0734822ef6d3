import CTorch

// MARK: - Shape, type, place

extension Tensor {
  /// The same elements in another shape; -1 stands for the size that follows from the rest.
  public func reshaped(_ shape: [Int]) throws -> Tensor {
    try tensor { ct_reshape(handle, shape.map(Int64.init), Int32(shape.count), $0, $1) }
  }

  /// A view with the dimensions in another order.
  public func permuted(_ order: [Int]) throws -> Tensor {
    try tensor { ct_permute(handle, order.map(Int64.init), Int32(order.count), $0, $1) }
  }

  /// A view of `length` entries of one dimension, from `start`.
  public func narrowed(_ dimension: Int, start: Int, length: Int) throws -> Tensor {
    try tensor { ct_narrow(handle, Int32(dimension), Int64(start), Int64(length), $0, $1) }
  }

  /// A copy of the entries of one dimension at `indices`, in that order.
  public func selecting(_ indices: [Int], dimension: Int = 0) throws -> Tensor {
    try tensor { ct_index_select(handle, Int32(dimension), indices.map(Int64.init), indices.count, $0, $1) }
  }

  /// The same tensor (batch, channel, height, width) with channels innermost in memory.
  public func channelsLast() throws -> Tensor { try tensor { ct_channels_last(handle, $0, $1) } }

  /// The same elements as another dtype; the tensor itself where it has that dtype.
  public func to(_ dtype: DType) throws -> Tensor {
    if self.dtype == dtype { return self }
    return try tensor { ct_to_dtype(handle, dtype.code, $0, $1) }
  }

  /// The same tensor on a device; itself where it is there.
  public func to(_ device: Device) throws -> Tensor {
    if self.device == device { return self }
    return try tensor { ct_to_device(handle, device.code, $0, $1) }
  }

  /// A copy with memory of its own.
  public func copy() throws -> Tensor { try tensor { ct_clone(handle, $0, $1) } }

  /// The same elements outside the gradient graph.
  public func detached() throws -> Tensor { try tensor { ct_detach(handle, $0, $1) } }
}

// MARK: - Arithmetic

extension Tensor {
  /// Element-wise sum, broadcast.
  public static func + (a: Tensor, b: Tensor) throws -> Tensor { try tensor { ct_add(a.handle, b.handle, $0, $1) } }

  /// Element-wise difference, broadcast.
  public static func - (a: Tensor, b: Tensor) throws -> Tensor {
    try tensor { ct_subtract(a.handle, b.handle, $0, $1) }
  }

  /// Element-wise product, broadcast.
  public static func * (a: Tensor, b: Tensor) throws -> Tensor {
    try tensor { ct_multiply(a.handle, b.handle, $0, $1) }
  }

  /// Element-wise quotient, broadcast.
  public static func / (a: Tensor, b: Tensor) throws -> Tensor {
    try tensor { ct_divide(a.handle, b.handle, $0, $1) }
  }

  /// `self * scale + shift`.
  public func scaled(by scale: Double, shiftedBy shift: Double = 0) throws -> Tensor {
    try tensor { ct_scale_shift(handle, scale, shift, $0, $1) }
  }

  /// Each element raised to a power.
  public func power(_ exponent: Double) throws -> Tensor { try tensor { ct_power(handle, exponent, $0, $1) } }

  /// A base raised to the power of each element.
  public func exponential(base: Double) throws -> Tensor { try tensor { ct_exponential(base, handle, $0, $1) } }

  /// Matrix product over the last two dimensions, batched over the rest.
  public func matmul(_ other: Tensor) throws -> Tensor { try tensor { ct_matmul(handle, other.handle, $0, $1) } }

  /// The sum over one dimension.
  public func sum(_ dimension: Int, keepingDimension: Bool = false) throws -> Tensor {
    try tensor { ct_sum(handle, Int32(dimension), keepingDimension, $0, $1) }
  }

  /// The mean over one dimension.
  public func mean(_ dimension: Int, keepingDimension: Bool = false) throws -> Tensor {
    try tensor { ct_mean(handle, Int32(dimension), keepingDimension, $0, $1) }
  }

  /// The index of the largest element along one dimension, int64.
  public func argmax(_ dimension: Int) throws -> Tensor { try tensor { ct_argmax(handle, Int32(dimension), $0, $1) } }

  /// The softmax along one dimension.
  public func softmax(_ dimension: Int) throws -> Tensor { try tensor { ct_softmax(handle, Int32(dimension), $0, $1) } }
}

// MARK: - Signals and linear algebra

extension Tensor {
  /// A periodic Hann window (length), float32 (`torch.hann_window`).
  public static func hannWindow(_ length: Int) throws -> Tensor { try tensor { ct_hann_window(Int64(length), $0, $1) } }

  /// The discrete Fourier transform of real signals along the last dimension, half spectrum (`torch.fft.rfft`).
  public func realFourierTransform() throws -> Tensor { try tensor { ct_rfft(handle, $0, $1) } }

  /// The inverse of `realFourierTransform` at a given signal length; the spectrum is cut or zero-padded to fit
  /// (`torch.fft.irfft`).
  public func inverseRealFourierTransform(length: Int) throws -> Tensor {
    try tensor { ct_irfft(handle, Int64(length), $0, $1) }
  }

  /// Eigenvalues in ascending order (..., n) and eigenvectors as columns (..., n, n) of symmetric matrices (..., n, n).
  public func symmetricEigen() throws -> (values: Tensor, vectors: Tensor) {
    var values: ct_tensor?
    var vectors: ct_tensor?
    try check { ct_eigh(handle, &values, &vectors, $0) }
    guard let values, let vectors else { throw TorchError("libtorch returned no tensor") }
    return (Tensor(owning: values), Tensor(owning: vectors))
  }
}
