import Crypto
import Foundation
import Networks
import Testing
import Torch

/// Every network against torchvision's, the CRNN against the same in PyTorch, with the same weights.
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

  @Test("With its batch normalisations folded, a network gives torchvision's logits", arguments: Architecture.allCases)
  func foldedBatchNorms(architecture: Architecture) throws {
    let network = try Network(architecture, classCount: 1000)
    try network.load(SeededWeights.weights(of: network), replacingHead: false)
    try network.parameters.layChannelsLast()
    try network.prepareForEvaluation()
    #expect(network.parameters.entries.isEmpty)
    let expected = try golden.floats("\(architecture.rawValue).logits")
    for images in [try SeededWeights.images(), try SeededWeights.images().channelsLast()] {
      #expect(relativeError(try network.logits(of: images, batchSize: 2).floats(), expected) < 1e-4)
    }
  }

  @Test(
    "Quantised, a network gives nearly torchvision's logits",
    .enabled(if: Precision.int8.isAvailable(on: .cpu), "int8 needs an x86 processor with AVX2"),
    arguments: [Architecture.alexnet, .squeezenet1_1, .densenet121, .resnet18, .resnet50, .crnn])
  func quantized(architecture: Architecture) throws {
    let network = try Network(architecture, classCount: 1000)
    try network.load(SeededWeights.weights(of: network), replacingHead: false)
    try network.prepareForEvaluation(in: .int8)
    let expected = try golden.floats("\(architecture.rawValue).logits")
    let error = relativeError(try network.logits(of: SeededWeights.images(), batchSize: 1).floats(), expected)
    #expect(error < 0.02 && error > 1e-5)
  }

  /// Otherwise its normalisations would be folded away before the first quantised convolution fails.
  @Test(
    "Where there is no int8, a network that was to be quantised stays as it was",
    arguments: Device.allCases.filter { $0.isAvailable && !Precision.int8.isAvailable(on: $0) })
  func unavailablePrecision(device: Device) throws {
    let network = try Network(.resnet18, classCount: 8)
    try network.load(SeededWeights.weights(of: network), replacingHead: false)
    try network.parameters.move(to: device)
    let (images, count) = (try SeededWeights.images(64, 64), network.parameters.entries.count)
    let before = try network.logits(of: images, in: .float32).floats()
    #expect {
      try network.prepareForEvaluation(in: .int8)
    } throws: {
      "\($0)" == "int8 cannot be computed on \(device.rawValue) here; use float32 or bfloat16"
    }
    #expect(network.parameters.entries.count == count)
    #expect(relativeError(try network.logits(of: images, in: .float32).floats(), before) < 1e-4)
  }

  @Test("Logits in a precision are float32, in float32 those of the network itself")
  func logitsInAPrecision() throws {
    let network = try Network(.resnet18, classCount: 8)
    try network.load(SeededWeights.weights(of: network), replacingHead: false)
    let images = try SeededWeights.images(64, 64)
    let exact = try network.logits(of: images, in: .float32)
    #expect(try exact.floats() == network(images).floats())
    let rounded = try network.logits(of: images, in: .bfloat16)
    #expect(rounded.dtype == .float32)
    let error = relativeError(try rounded.floats(), try exact.floats())
    #expect(error > 1e-5 && error < 0.2)
  }

  @Test(
    "Adapted to images, a network says of them what PyTorch's says",
    arguments: [Architecture.resnet18, .densenet121, .crnn])
  func adapted(architecture: Architecture) throws {
    let network = try Network(architecture, classCount: 8)
    try network.load(SeededWeights.weights(of: network), replacingHead: false)
    let images = try SeededWeights.images()
    let before = try network.logits(of: images, batchSize: 2).floats()
    try network.adapt(to: images, prior: 2)
    let expected = try golden.floats("\(architecture.rawValue).adapted")
    #expect(relativeError(before, expected) > 0.01)
    #expect(relativeError(try network.logits(of: images, batchSize: 2).floats(), expected) < 1e-4)
    // Folded, it says the same.
    try network.prepareForEvaluation()
    #expect(relativeError(try network.logits(of: images, batchSize: 1).floats(), expected) < 1e-4)
  }

  @Test(
    "Of parts of an image, a network says what torchvision's says of those parts of its last map",
    arguments: [(Architecture.alexnet, 7.0), (.squeezenet1_1, 15.0), (.densenet121, 8.0), (.resnet18, 8.0)])
  func dense(architecture: Architecture, columns: Double) throws {
    let network = try Network(architecture, classCount: 8)
    try network.load(SeededWeights.weights(of: network), replacingHead: false)
    let image = try SeededWeights.images().narrowed(0, start: 0, length: 1)
    let half = (columns / 2).rounded() / columns
    // Beyond an end, what is within it counts.
    let spans = [0..<1, -0.2..<half - 0.2, 2 / columns..<2 / columns + half]
    let expected = try golden.floats("\(architecture.rawValue).dense")
    #expect(relativeError(try network.logits(of: image, spans: spans, in: .float32).floats(), expected) < 1e-4)
    #expect(relativeError(try network.logits(of: image, in: .float32).floats(), Array(expected[..<8])) < 1e-4)
    try network.prepareForEvaluation()
    #expect(relativeError(try network.logits(of: image, spans: spans, in: .float32).floats(), expected) < 1e-4)
  }

  @Test func partsNeedOneImageAndNoRecurrence() throws {
    let (one, two) = (
      try SeededWeights.images(64, 64).narrowed(0, start: 0, length: 1), try SeededWeights.images(64, 64)
    )
    let (recurrent, network) = (try Network(.crnn, classCount: 2), try Network(.resnet18, classCount: 2))
    #expect(Architecture.allCases.filter { !$0.allowsDenseEvaluation } == [.crnn])
    #expect(throws: TorchError.self) { try recurrent.logits(of: one, spans: [0..<1], in: .float32) }
    #expect(throws: TorchError.self) { try network.logits(of: two, spans: [0..<1], in: .float32) }
    // However short or far beyond the image it is, a span has a column.
    let logits = try network.logits(of: one, spans: [0.3..<0.3, 7..<7.1, -3..<(-2)], in: .float32)
    #expect(logits.shape == [3, 2])
    #expect(try logits.floats().allSatisfy(\.isFinite))
  }

  @Test("Only batch normalisations can adapt", arguments: Architecture.allCases)
  func hasBatchNorms(architecture: Architecture) throws {
    let isWithout = ["alexnet", "squeezenet"].contains { architecture.rawValue.hasPrefix($0) }
    #expect(try Network(architecture, classCount: 2).hasBatchNorms != isWithout)
  }

  @Test("Loss, gradients and running statistics in training mode", arguments: [Architecture.resnet18, .densenet121])
  func trainingMode(architecture: Architecture) throws {
    let network = try Network(architecture, classCount: 8)
    try network.load(SeededWeights.weights(of: network), replacingHead: false)
    let loss = try Loss.crossEntropy(network(SeededWeights.images(), training: true), Tensor([3, 5]))
    try loss.backward()
    let norm = try network.parameters.trainable.clipGradients(to: 1)
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

  @Test("Gradients through the GRU; under bfloat16 autocast they come close")
  func recurrentGradients() throws {
    func gradients(_ precision: Precision, of images: Tensor) throws -> [String: Tensor] {
      let network = try Network(.crnn, classCount: 8)
      try network.load(SeededWeights.weights(of: network), replacingHead: false)
      try Loss.crossEntropy(network.logits(of: images, in: precision), Tensor([3, 5])).backward()
      let pairs = try network.parameters.entries.compactMap { entry in
        try entry.tensor.gradient().map { (entry.name, $0) }
      }
      return Dictionary(uniqueKeysWithValues: pairs)
    }
    let small = try gradients(.float32, of: SeededWeights.images(64, 64))
    let images = try SeededWeights.images()
    let (exact, rounded) = (try gradients(.float32, of: images), try gradients(.bfloat16, of: images))
    for key in ["conv1.weight", "gru.weight_ih_l0", "gru.weight_hh_l0_reverse", "gru.bias_hh_l0"] {
      let rows = try #require(small[key]).narrowed(0, start: 0, length: 2).floats()
      #expect(relativeError(rows, try golden.floats("crnn.\(key).gradient")) < 1e-3, "\(key)")
      let gradient = try #require(exact[key])
      // PyTorch itself is 2% away under autocast, 10% in the first layer.
      let difference = try #require(rounded[key]) - gradient
      let share = try ((difference * difference).reshaped([-1]).sum(0) / (gradient * gradient).reshaped([-1]).sum(0))
        .item()
      #expect(share.squareRoot() < (key.hasPrefix("gru") ? 0.05 : 0.2), "\(key)")
    }
  }

  /// Every head but SqueezeNet's is one linear layer: it must make torchvision's logits of the pooled vectors.
  @Test(arguments: Architecture.allCases)
  func pooledFeatures(architecture: Architecture) throws {
    let network = try Network(architecture, classCount: 1000)
    try network.load(SeededWeights.weights(of: network), replacingHead: false)
    let pooled = try Runtime.withoutGradients { try network.pooledFeatures(of: SeededWeights.images()) }
    let widths: [Architecture: Int] = [
      .alexnet: 4096, .densenet121: 1024, .densenet161: 2208, .densenet169: 1664, .densenet201: 1920, .resnet50: 2048,
    ]
    #expect(pooled.shape == [2, widths[architecture] ?? 512])
    if architecture.rawValue.hasPrefix("squeezenet") {
      #expect(relativeError(try pooled.floats(), try golden.floats("\(architecture.rawValue).pooled")) < 1e-4)
      return
    }
    let head = network.parameters.entries.filter { architecture.headKeys.contains($0.name) }
    let weight = try #require(head.first { $0.name.hasSuffix("weight") }).tensor
    let bias = try #require(head.first { $0.name.hasSuffix("bias") }).tensor
    let logits = try Runtime.withoutGradients { try pooled.matmul(weight.permuted([1, 0])) + bias }
    #expect(relativeError(try logits.floats(), try golden.floats("\(architecture.rawValue).logits")) < 1e-4)
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
