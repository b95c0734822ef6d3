import Crypto
import Foundation
import Networks
import Testing
import Torch

/// Weights that `tools/golden_networks.py` makes too, so that none have to be stored.
///
/// One sequence of 65,537 numbers in [-1, 1) is repeated without end; each tensor reads it from a place that the hash of
/// its key gives.
enum SeededWeights {
  private static let length = 65_537

  /// The sequence, repeated as often as the largest tensor of all networks (AlexNet's first linear layer) asks for.
  private static let base = Result {
    var state: UInt32 = 1
    let sequence = (0..<length).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / 8_388_608 - 1
    }
    let once = try Tensor(sequence, shape: [length])
    return try Tensor.concatenate(Array(repeating: once, count: 9216 * 4096 / length + 3), dimension: 0)
  }

  /// Values in [-1, 1), a view of the sequence.
  static func values(_ key: String, _ shape: [Int]) throws -> Tensor {
    let place = key.utf8.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 }
    return try base.get().narrowed(0, start: Int(place) % length, length: shape.reduce(1, *)).reshaped(shape)
  }

  /// Weights that keep the activations within bounds.
  static func weight(_ key: String, _ shape: [Int]) throws -> Tensor {
    let values = try values(key, shape)
    if shape.count > 1 { return try values.scaled(by: (6 / Double(shape.dropFirst().reduce(1, *))).squareRoot()) }
    if key.hasSuffix("running_var") { return try values.scaled(by: 0.25, shiftedBy: 1) }
    let isNormalisation = ["norm", "bn", "downsample.1"].contains { key.contains($0) }
    return try isNormalisation && key.hasSuffix("weight")
      ? values.scaled(by: 0.2, shiftedBy: 1) : values.scaled(by: 0.1)
  }

  /// All tensors of a network under their keys.
  static func weights(of network: Network) throws -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: try network.parameters.entries.map { ($0.name, try weight($0.name, $0.tensor.shape)) })
  }

  /// Two images (2, 3, height, width).
  static func images(_ height: Int = 128, _ width: Int = 256) throws -> Tensor {
    try values("input", [2, 3, height, width]).scaled(by: 2)
  }
}

/// What torchvision gave, made by `tools/golden_networks.py`.
struct GoldenNetworks {
  /// A network's state dictionary in short.
  struct Facts: Decodable {
    /// How many keys it has, without the counters of batch normalisation.
    var keys: Int
    /// The SHA-256 of the lines "key [shape]", sorted by key.
    var sha256: String
    /// The number of trainable values.
    var parameters: Int
  }

  let tensors: [String: StoredTensor]
  let facts: [String: Facts]

  init() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    tensors = try WeightFile(path: folder.appending(path: "networks.safetensors").path).tensors
    facts = try JSONDecoder().decode(
      [String: Facts].self, from: Data(contentsOf: folder.appending(path: "networks.json")))
  }

  func floats(_ name: String) throws -> [Float] { try #require(tensors[name], "\(name)").loaded().floats() }
}

/// The largest difference, relative to the largest expected value.
func relativeError(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count, !found.contains(where: \.isNaN) else { return .infinity }
  let scale = expected.map(abs).max() ?? 0
  return (zip(found, expected).map { abs($0 - $1) }.max() ?? 0) / scale
}
