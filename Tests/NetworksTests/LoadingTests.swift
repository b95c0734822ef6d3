import Foundation
import Networks
import Testing
import Torch

/// Taking over weights: strictly, from old files, with another head.
@MainActor  // libtorch's generator is the whole process's
struct LoadingTests {
  private func mismatch(_ body: () throws -> Void) throws -> ParameterMismatch {
    try #require(#expect(throws: ParameterMismatch.self, performing: body))
  }

  @Test func missingSurplusAndMisshapenKeysAreListed() throws {
    let network = try Network(.squeezenet1_1, classCount: 4)
    let before = try network.parameters.entries[0].tensor.floats()
    var weights = try SeededWeights.weights(of: network)
    weights["features.3.squeeze.bias"] = nil
    weights["features.3.squeeze.extra"] = try .zeros([1])
    weights["features.0.bias"] = try .zeros([3])
    let error = try mismatch { try network.load(weights, replacingHead: false) }
    #expect(error.missing == ["features.3.squeeze.bias"])
    #expect(error.surplus == ["features.3.squeeze.extra"])
    #expect(error.misshapen == ["features.0.bias is [3], expected [64]"])
    for key in ["features.3.squeeze.bias", "features.3.squeeze.extra", "features.0.bias"] {
      #expect(error.description.contains(key))
    }
    // Nothing was copied.
    #expect(try network.parameters.entries[0].tensor.floats() == before)
  }

  @Test func theCountersOfBatchNormalisationArePassedOver() throws {
    let network = try Network(.resnet18, classCount: 4)
    var weights = try SeededWeights.weights(of: network)
    weights["bn1.num_batches_tracked"] = try .zeros([], dtype: .int64)
    try network.load(weights, replacingHead: false)
  }

  @Test func aNetworkOfAFileDrawsNothing() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    let source = try Network(.crnn, classCount: 4)
    try source.save(to: file)
    let state = try Runtime.randomState().integers()
    let network = try Network(.crnn, weights: file)
    #expect(try Runtime.randomState().integers() == state && network.classCount == 4)
    for (found, expected) in zip(network.parameters.entries, source.parameters.entries) {
      #expect(try found.tensor.floats() == expected.tensor.floats(), "\(found.name)")
    }
  }

  @Test func aReplacedHeadKeepsItsStart() throws {
    for (architecture, key) in [
      (Architecture.squeezenet1_0, "classifier.1.weight"), (.resnet18, "fc.weight"),
      (.densenet121, "classifier.weight"), (.alexnet, "classifier.6.weight"), (.crnn, "fc.weight"),
    ] {
      let source = try Network(architecture, classCount: 1000)
      let weights = try SeededWeights.weights(of: source)
      let network = try Network(architecture, classCount: 8)
      let head = try #require(network.parameters.entries.first { $0.name == key }).tensor
      let start = try head.floats()
      #expect(throws: ParameterMismatch.self) { try network.load(weights, replacingHead: false) }
      try network.load(weights, replacingHead: true)
      #expect(try head.floats() == start)
      #expect(architecture.headKeys.contains(key))
      let first = network.parameters.entries[0]
      #expect(try first.tensor.floats() == #require(weights[first.name]).floats())
      #expect(try network(SeededWeights.images()).shape == [2, 8])
    }
  }

  /// PyTorch's linear layers start with a random bias, which torchvision sets to zero in DenseNet alone.
  @Test func headsStartAsTorchvisionsDo() throws {
    for (architecture, key) in [(Architecture.densenet121, "classifier.bias"), (.resnet18, "fc.bias")] {
      let entries = try Network(architecture, classCount: 8).parameters.entries
      let bias = try #require(entries.first { $0.name == key }).tensor.floats()
      #expect(bias.allSatisfy { $0 == 0 } == (architecture == .densenet121))
      let weight = try #require(entries.first { $0.name == key.replacing("bias", with: "weight") }).tensor.floats()
      #expect(weight.contains { $0 != 0 })
    }
  }

  @Test("A network made ready for evaluation still says where it is", arguments: Device.allCases.filter(\.isAvailable))
  func deviceOfAPreparedNetwork(device: Device) throws {
    let network = try Network(.squeezenet1_1, classCount: 2)
    try network.parameters.move(to: device)
    try network.prepareForEvaluation()
    #expect(network.device == device)
  }

  @Test("A body without its head is no complete file, even where the head is replaced")
  func aMissingHeadIsMissing() throws {
    let network = try Network(.squeezenet1_1, classCount: 8)
    var weights = try SeededWeights.weights(of: network)
    weights["classifier.1.weight"] = nil
    #expect(try mismatch { try network.load(weights, replacingHead: true) }.missing == ["classifier.1.weight"])
  }

  @Test func publishedDenseNetsOldKeys() throws {
    let network = try Network(.densenet121, classCount: 4)
    let weights = try SeededWeights.weights(of: network)
    // features.denseblock1.denselayer1.norm1.weight was ...denselayer1.norm.1.weight.
    let old = weights.map { key, tensor in
      (key.replacing(#/(denselayer\d+\.)(norm|conv)([12])\./#) { "\($0.1)\($0.2).\($0.3)." }, tensor)
    }
    #expect(old.filter { $0.0.contains("denselayer16.norm.2.running_mean") }.count == 2)
    try network.load(Dictionary(uniqueKeysWithValues: old), replacingHead: false)
    for entry in network.parameters.entries where entry.name.contains("denselayer16") {
      #expect(try entry.tensor.floats() == #require(weights[entry.name]).floats(), "\(entry.name)")
    }
  }

  @Test("What is saved is loaded, with as many classes as it has", arguments: WeightFormat.allCases)
  func savedAndLoaded(format: WeightFormat) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    let network = try Network(.squeezenet1_1, classCount: 8)
    try network.load(SeededWeights.weights(of: network), replacingHead: false)
    try network.save(to: file, as: format)
    #expect(try WeightFile(path: file.path).metadata["architecture"] == "squeezenet1_1")
    let loaded = try Network(.squeezenet1_1, weights: file)
    #expect(loaded.classCount == 8)
    let images = try SeededWeights.images()
    let error = relativeError(
      try loaded.logits(of: images, batchSize: 1).floats(), try network.logits(of: images, batchSize: 2).floats())
    #expect(error < (format == .float32 ? 1e-5 : format == .float16 ? 1e-2 : 0.1))
    #expect(throws: ParameterMismatch.self) { try Network(.resnet18, weights: file) }
  }

  @Test func frozenLayersStayWithTheirStatistics() throws {
    let network = try Network(.resnet18, classCount: 8)
    #expect(network.parameters.trainable.count == 62)
    let unknown = try network.parameters.freeze(["conv1", "bn1", "layer1", "layer2", "layer3", "layer", "nope"])
    #expect(unknown == ["layer", "nope"])
    #expect(network.parameters.trainable.count == 17)
    func statistics() throws -> [String: [Float]] {
      let entries = network.parameters.entries.filter { $0.name.contains("running") }
      return Dictionary(uniqueKeysWithValues: try entries.map { ($0.name, try $0.tensor.floats()) })
    }
    let before = try statistics()
    try Loss.crossEntropy(network(.normal([2, 3, 64, 64]), training: true), Tensor([1, 2])).backward()
    for (name, values) in try statistics() {
      #expect((values == before[name]) == !name.hasPrefix("layer4"), "\(name)")
    }
    for entry in network.parameters.entries where entry.name.hasSuffix("weight") {
      #expect(try (entry.tensor.gradient() == nil) != (entry.name.hasPrefix("layer4") || entry.name.hasPrefix("fc")))
    }
  }

  @Test func imagesTooSmallForTheNetworkAreAnError() throws {
    let network = try Network(.alexnet, classCount: 8)
    #expect(throws: TorchError.self) { try network(.zeros([1, 3, 16, 16])) }
    #expect(throws: TorchError.self) { try network(.zeros([1, 1, 128, 256])) }
  }
}
