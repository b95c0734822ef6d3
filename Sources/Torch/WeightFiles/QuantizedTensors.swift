/// Weights in eight bits: each output channel (index of the first dimension) of a weight is stored as integers from -127
/// to 127 under the weight's name, and what they are multiplied by under that name and `.scale`.
enum Quantization {
  static let metadataKey = "quantization"
  static let name = "int8"

  static func scaleName(_ weight: String) -> String { "\(weight).scale" }
}

extension WeightFile {
  /// What a file of eight-bit weights says of itself beside its tensors.
  public static let quantizedMetadata = [Quantization.metadataKey: Quantization.name]

  /// A weight to be written in eight bits, with its scales; a tensor of fewer than two dimensions as float32.
  ///
  /// The file's metadata must hold ``quantizedMetadata``.
  public static func quantizedEntries(_ name: String, _ tensor: Tensor) throws -> [Entry] {
    let shape = tensor.shape
    guard shape.count > 1 else { return [try Entry(name, tensor, as: .float32)] }
    let values = try tensor.floats()
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
      try Entry(Quantization.scaleName(name), Tensor(scales, shape: [shape[0]])),
    ]
  }

  /// The tensors of a file of eight-bit weights, as float32.
  func dequantized() throws -> [String: Tensor] {
    var weights = try tensors.mapValues { try $0.loaded() }
    for (name, stored) in tensors where stored.dtype == .int8 {
      guard let channels = stored.shape.first, let integers = weights[name],
        let scale = weights.removeValue(forKey: Quantization.scaleName(name)), scale.shape == [channels]
      else {
        throw TorchError(
          "\(name) is stored in eight bits without one scale for each output channel; the file is damaged")
      }
      let ones = Array(repeating: 1, count: stored.shape.count - 1)
      weights[name] = try integers.to(.float32) * scale.reshaped([channels] + ones)
    }
    return weights
  }
}
