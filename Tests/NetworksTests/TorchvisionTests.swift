import Crypto
import Foundation
import Networks
import Testing
import Torch

/// Every network against torchvision's, with the same weights.
@MainActor  // libtorch's generator and threads are the whole process's
struct TorchvisionTests {
  private let golden: GoldenNetworks

  init() throws { golden = try GoldenNetworks() }

  @Test(arguments: Architecture.allCases)
  func keysShapesAndLogits(architecture: Architecture) throws {
    let network = try Network(architecture, classCount: 1000)
    let facts = try #require(golden.facts[architecture.rawValue])
    let lines = network.parameters.entries.map { "\($0.name) \($0.tensor.shape)\n" }.sorted {
      $0.split(separator: " ")[0] < $1.split(separator: " ")[0]
    }
    #expect(lines.count == facts.keys)
    let hash = SHA256.hash(data: Data(lines.joined().utf8)).map { String(format: "%02x", $0) }.joined()
    #expect(hash == facts.sha256, "keys or shapes differ from torchvision's: \(lines)")
    #expect(network.parameters.parameterCount == facts.parameters)
    #expect(architecture.parameterCount == facts.parameters)

    try network.load(SeededWeights.weights(of: network), replacingHead: false)
    let logits = try network.logits(of: SeededWeights.images(), batchSize: 2)
    #expect(logits.shape == [2, 1000])
    let expected = try golden.floats("\(architecture.rawValue).logits")
    #expect(relativeError(try logits.floats(), expected) < 1e-4)
  }

  @Test("Loss, gradients and running statistics in training mode", arguments: [Architecture.resnet18, .densenet121])
  func trainingMode(architecture: Architecture) throws {
    let network = try Network(architecture, classCount: 8)
    try network.load(SeededWeights.weights(of: network), replacingHead: false)
    let loss = try Loss.crossEntropy(network(SeededWeights.images(), training: true), Tensor([3, 5]))
    try loss.backward()
    let norm = try network.parameters.trainable().clipGradients(to: 1)
    let expected = try golden.floats("\(architecture.rawValue).loss")
    #expect(abs(Float(try loss.item()) / expected[0] - 1) < 1e-4)
    #expect(abs(Float(norm) / expected[1] - 1) < 1e-3)

    let isResNet = architecture == .resnet18
    let entries = Dictionary(uniqueKeysWithValues: network.parameters.entries.map { ($0.name, $0.tensor) })
    let weight = try #require(entries[isResNet ? "conv1.weight" : "features.conv0.weight"])
    let gradient = try #require(try weight.gradient()).narrowed(0, start: 0, length: 2)
    #expect(relativeError(try gradient.floats(), try golden.floats("\(architecture.rawValue).gradient")) < 1e-2)
    let variance = try #require(entries[isResNet ? "bn1.running_var" : "features.norm0.running_var"])
    #expect(relativeError(try variance.floats(), try golden.floats("\(architecture.rawValue).running_var")) < 1e-4)
  }

  private nonisolated static let realWeights = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/weights").standardizedFileURL

  @Test(
    "Real ImageNet weights load strictly and give torchvision's logits",
    .enabled(
      if: FileManager.default.fileExists(atPath: realWeights.path),
      "../shared/weights is absent: real weights not tried"),
    arguments: [
      ("squeezenet1_0_imagenet_dc", Architecture.squeezenet1_0),
      ("squeezenet1_1_imagenet_fp16ir", .squeezenet1_1), ("resnet18_imagenet_pqf_bncal", .resnet18),
    ])
  func realWeights(name: String, architecture: Architecture) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    let gunzip = Process()
    gunzip.executableURL = URL(filePath: "/bin/sh")
    let source = Self.realWeights.appending(path: "\(name).safetensors.gz").path
    gunzip.arguments = ["-c", "gunzip -c \"$0\" > \"$1\"", source, file.path]
    try gunzip.run()
    gunzip.waitUntilExit()
    let network = try Network(architecture, weights: file)
    #expect(network.classCount == 1000)
    let logits = try network.logits(of: SeededWeights.images(), batchSize: 2).floats()
    #expect(relativeError(logits, try golden.floats("\(name).logits")) < 1e-4)
  }
}
