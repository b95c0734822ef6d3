import Foundation
import Testing

@testable import Torch

/// Weight files against what PyTorch says is in them, to the bit.
struct WeightFilesGoldenTests {
  private struct Expected: Decodable {
    var dtype: String
    var shape: [Int]
    var bytes: String
  }

  private func expected() throws -> [String: Expected] {
    try JSONDecoder().decode([String: Expected].self, from: Data(GoldenWeights.bytes("state.json")))
  }

  private func check(_ tensor: StoredTensor?, _ expected: Expected, _ name: String) throws {
    let tensor = try #require(tensor, "\(name) is missing")
    #expect(tensor.name == name)
    #expect(tensor.dtype.rawValue == expected.dtype, "\(name)")
    #expect(tensor.shape == expected.shape, "\(name)")
    #expect(tensor.contiguousBytes().map { String(format: "%02x", $0) }.joined() == expected.bytes, "\(name)")
    let loaded = try tensor.loaded()
    #expect(loaded.dtype == tensor.dtype && loaded.shape == tensor.shape, "\(name)")
    #expect(try loaded.data() == tensor.contiguousBytes(), "\(name)")
  }

  @Test(arguments: [
    "state.safetensors", "state.pth", "state-protocol4.pth", "state-legacy.pth", "state-nested.pth",
  ])
  func everyFormHoldsTheSameTensors(file: String) throws {
    let expected = try expected()
    let weights = try WeightFile(path: GoldenWeights.path(file))
    #expect(Set(weights.names) == Set(expected.keys))
    for (name, values) in expected { try check(weights.tensors[name], values, name) }
  }

  @Test("Parameters and tensors as PyTorch 0.1 and Python 2 pickled them")
  func oldForms() throws {
    let weights = try WeightFile(path: GoldenWeights.path("state-old.pth"))
    for (name, values) in try expected() where values.dtype != "bfloat16" {
      try check(weights.tensors[name], values, name)
    }
    let views = try WeightFile(path: GoldenWeights.path("views-legacy.pth"))
    #expect(floats(try #require(views.tensors["head"])) == [0, 1])
    #expect(floats(try #require(views.tensors["tail"])) == [2, 3, 4, 5])
  }

  private func floats(_ tensor: StoredTensor) -> [Float] {
    tensor.contiguousBytes().withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: Float.self) }
    }
  }

  @Test func viewsKeepTheirStrides() throws {
    let weights = try WeightFile(path: GoldenWeights.path("state.pth"))
    let permuted = try #require(weights.tensors["view.permuted"])
    #expect(permuted.shape == [4, 2, 3] && permuted.strides == [1, 12, 4] && !permuted.isContiguous)
    let row = try #require(weights.tensors["view.row"])
    #expect(row.isContiguous && row.withUnsafeBytes { $0.count } == 48)
    let expanded = try #require(weights.tensors["view.expanded"])
    #expect(expanded.strides == [1, 0] && expanded.byteCount == 24 && expanded.withUnsafeBytes { $0.count } == 8)
  }

  @Test func orderAndMetadata() throws {
    let pickled = try WeightFile(path: GoldenWeights.path("state.pth"))
    #expect(pickled.names.first == "types.float16" && pickled.metadata.isEmpty)
    let safe = try WeightFile(path: GoldenWeights.path("state.safetensors"))
    #expect(safe.metadata == ["format": "pt", "note": "made \"here\"\n"])
  }

  @Test func modulesStateAndParameters() throws {
    let state = try WeightFile(path: GoldenWeights.path("module.pth"))
    #expect(state.names.contains("1.num_batches_tracked"))
    #expect(state.tensors["1.num_batches_tracked"]?.dtype == .int64)
    #expect(state.tensors["0.weight"]?.shape == [2, 1, 3, 3])
    let parameters = try WeightFile(path: GoldenWeights.path("parameters.pth"))
    #expect(parameters.names == ["0.weight", "0.bias", "1.weight", "1.bias"])
  }

  @Test func contentDecidesNotTheName() throws {
    let folder = try TemporaryFolder()
    for name in ["state.safetensors", "state.pth", "state-legacy.pth"] {
      let path = try folder.write(GoldenWeights.bytes(name), as: "weights.bin")
      #expect(try WeightFile(path: path).tensors.count == 20, "\(name)")
    }
  }

  @Test func tensorsOutliveTheFileValue() throws {
    var weights: WeightFile? = try WeightFile(path: GoldenWeights.path("state.pth"))
    let row = try #require(weights?.tensors["view.row"])
    weights = nil
    #expect(floats(row).first == 12)
  }

  static let sharedWeights = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/weights").standardizedFileURL

  @Test(
    "Real ImageNet weights",
    .enabled(
      if: FileManager.default.fileExists(atPath: sharedWeights.path),
      "../shared/weights is absent: real weights not read"),
    arguments: [
      ("squeezenet1_0_imagenet_dc", "features.0.weight", [96, 3, 7, 7], 52),
      ("resnet18_imagenet_pqf_bncal", "conv1.weight", [64, 3, 7, 7], 122),
    ])
  func realWeights(name: String, first: String, shape: [Int], count: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("weights.safetensors")
    let gunzip = Process()
    gunzip.executableURL = URL(filePath: "/bin/sh")
    let source = Self.sharedWeights.appending(path: "\(name).safetensors.gz").path
    gunzip.arguments = ["-c", "gunzip -c \"$0\" > \"$1\"", source, path]
    try gunzip.run()
    gunzip.waitUntilExit()
    let weights = try WeightFile(path: path)
    #expect(weights.tensors[first]?.shape == shape)
    #expect(weights.tensors.count == count)
    #expect(weights.tensors[first].map(floats)?.allSatisfy(\.isFinite) == true)
  }
}
