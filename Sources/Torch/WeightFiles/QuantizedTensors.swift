/// Weights in eight bits: each output channel (index of the first dimension) of a weight is stored as integers from -127
/// to 127 under the weight's name, and what they are multiplied by under that name and `.scale`.
enum Quantization {
  static let metadataKey = "quantization"
  static let name = "int8"
  static let scaleSuffix = ".scale"
}

extension WeightFile {
  /// What a file of eight-bit weights says of itself beside its tensors.
  public static let quantizedMetadata = [Quantization.metadataKey: Quantization.name]

  /// A weight to be written in eight bits, with its scales; a tensor of fewer than two dimensions as float32.
  ///
  /// The file's metadata must hold ``quantizedMetadata``.
  ///
  /// - throws: `TorchError` where a weight is not finite, and for want of memory.
  public static func quantizedEntries(_ name: String, _ tensor: Tensor) throws -> [Entry] {
    let shape = tensor.shape
    guard shape.count > 1 else { return [try Entry(name, tensor, as: .float32)] }
    let values = try tensor.floats()
    guard try tensor.largestMagnitude().isFinite else { throw TorchError("\(name) holds a number that is not finite") }
    let width = values.count / max(shape[0], 1)
    var scales: [Float] = []
    var integers: [Int8] = []
    integers.reserveCapacity(values.count)
    for channel in stride(from: 0, to: values.count, by: max(width, 1)).map({ values[$0..<($0 + width)] }) {
      let scale = (channel.map(abs).max() ?? 0) / 127
      scales.append(scale)
      // A channel of zeros has the scale 0.
      integers += channel.map { scale > 0 ? Int8(max(-127, min(127, ($0 / scale).rounded(.toNearestOrEven)))) : 0 }
    }
    return [
      try integers.withUnsafeBytes { try Entry(name, Tensor(bytes: $0, shape: shape, dtype: .int8)) },
      try Entry(name + Quantization.scaleSuffix, Tensor(scales, shape: [shape[0]])),
    ]
  }

  /// The names of the weights: of all tensors but the scales of those in eight bits.
  public var weightNames: [String] {
    names.filter { name in
      guard isQuantized, name.hasSuffix(Quantization.scaleSuffix) else { return true }
      return tensors[String(name.dropLast(Quantization.scaleSuffix.count))]?.dtype != .int8
    }
  }

  /// One weight, copied out of the mapping; one in eight bits as float32.
  ///
  /// - throws: `TorchError` where the file has no such weight, or an eight-bit weight lacks its scales, and for want of
  ///   memory.
  public func loaded(_ name: String) throws -> Tensor {
    guard let stored = tensors[name] else { throw TorchError("there is no tensor \(name) in the file") }
    guard isQuantized, stored.dtype == .int8 else { return try stored.loaded() }
    guard let channels = stored.shape.first, let scale = tensors[name + Quantization.scaleSuffix],
      scale.shape == [channels]
    else {
      throw TorchError("\(name) is stored in eight bits without one scale for each output channel; the file is damaged")
    }
    let ones = Array(repeating: 1, count: stored.shape.count - 1)
    return try stored.loaded().to(.float32) * scale.loaded().reshaped([channels] + ones)
  }

  /// Whether its weights are in eight bits.
  public var isQuantized: Bool { metadata[Quantization.metadataKey] == Quantization.name }
}
