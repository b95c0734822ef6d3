import Foundation
import Testing
import Torch

/// What PyTorch gave, made by `tools/golden_torch.py`.
struct GoldenTorch {
  private let file: WeightFile

  init() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    file = try WeightFile(path: folder.appending(path: "torch.safetensors").path)
  }

  subscript(_ name: String) -> Tensor {
    get throws { try #require(file.tensors[name], "no golden value \(name)").loaded() }
  }

  /// The tensors whose names begin with `prefix`, without it.
  func tensors(_ prefix: String) throws -> [String: Tensor] {
    let found = file.tensors.filter { $0.key.hasPrefix(prefix) }
    return Dictionary(
      uniqueKeysWithValues: try found.map { (String($0.key.dropFirst(prefix.count)), try $0.value.loaded()) })
  }

  /// Expects shape and values of the golden tensor `name`.
  func expect(
    _ found: Tensor, _ name: String, tolerance: Double = 1e-6, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let expected = try self[name]
    #expect(found.shape == expected.shape, "\(name)", sourceLocation: sourceLocation)
    let (values, expectedValues) = (try found.doubles(), try expected.doubles())
    let scale = max(expectedValues.map(abs).max() ?? 0, 1e-3)
    let error = zip(values, expectedValues).map { abs($0 - $1) }.max() ?? 0
    #expect(error <= tolerance * scale, "\(name)", sourceLocation: sourceLocation)
  }
}
