import CTorch

/// The largest value of each window (`torch.nn.MaxPool2d`).
public struct MaxPool2d: Layer {
  private let size: Int
  private let stride: Int
  private let padding: Int
  private let ceilMode: Bool

  /// A square window; `ceilMode` keeps a last window that hangs over the edge.
  public init(_ size: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false) {
    self.size = size
    self.stride = stride
    self.padding = padding
    self.ceilMode = ceilMode
  }

  /// (batch, channel, height, width) to the same with fewer rows and columns.
  public func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    try tensor { ct_max_pool2d(input.handle, Int64(size), Int64(stride), Int64(padding), ceilMode, $0, $1) }
  }
}

/// The mean of each window (`torch.nn.AvgPool2d`).
public struct AveragePool2d: Layer {
  private let size: Int
  private let stride: Int

  /// A square window.
  public init(_ size: Int, stride: Int) {
    self.size = size
    self.stride = stride
  }

  /// (batch, channel, height, width) to the same with fewer rows and columns.
  public func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    try tensor { ct_average_pool2d(input.handle, Int64(size), Int64(stride), $0, $1) }
  }
}

/// Means over as many windows as the output has places (`torch.nn.AdaptiveAvgPool2d`).
public struct AdaptiveAveragePool2d: Layer {
  /// Parts of one image's width, as shares of it, that are pooled each by itself and become a batch; nil, as a rule, pools
  /// the whole width.
  @TaskLocal public static var spans: [Range<Double>]?

  private let height: Int
  private let width: Int?

  /// The output's height and width; a width of nil is the input's.
  public init(_ height: Int, _ width: Int?) {
    self.height = height
    self.width = width
  }

  /// (batch, channel, height, width) to the given height and width; with `spans`, one image to as many as there are spans.
  public func callAsFunction(_ input: Tensor, training: Bool) throws -> Tensor {
    guard let spans = Self.spans else { return try pooled(input) }
    let size = input.shape[3]
    return try .concatenate(
      spans.map { span in
        // As many columns for all spans of one length, wherever they begin.
        let length = min(size, max(1, Int(((span.upperBound - span.lowerBound) * Double(size)).rounded())))
        let middle = (span.lowerBound + span.upperBound) / 2 * Double(size)
        let start = min(max(0, Int((middle - Double(length) / 2).rounded())), size - length)
        return try pooled(input.narrowed(3, start: start, length: length))
      }, dimension: 0)
  }

  private func pooled(_ input: Tensor) throws -> Tensor {
    let width = width ?? input.shape[3]
    // On CUDA libtorch's own has no deterministic gradient.
    guard input.device != .cuda || (height, width) == (1, 1) else {
      return try input.meansOfWindows(height, dimension: 2).meansOfWindows(width, dimension: 3)
    }
    return try tensor { ct_adaptive_average_pool2d(input.handle, Int64(height), Int64(width), $0, $1) }
  }
}

extension Tensor {
  /// Means over `count` windows along a dimension, which may overlap where their number does not divide its size.
  func meansOfWindows(_ count: Int, dimension: Int) throws -> Tensor {
    let size = shape[dimension]
    guard count != size else { return self }
    return try .concatenate(
      (0..<count).map { window in
        let (start, end) = (window * size / count, ((window + 1) * size + count - 1) / count)
        return try narrowed(dimension, start: start, length: end - start).mean(dimension, keepingDimension: true)
      }, dimension: dimension)
  }
}
