import Foundation
import Torch

/// A network that tells classes from images; parameter for parameter torchvision's, where torchvision has it.
///
/// `@unchecked Sendable`: computing in evaluation mode only reads, and may be done by several threads at once. Whoever
/// changes the network (a training step, `load`, `adapt`, `prepareForEvaluation`, a move to another device) must be its
/// only user at that moment.
public final class Network: @unchecked Sendable {
  /// Which network it is.
  public let architecture: Architecture
  /// The number of classes, the width of the logits.
  public let classCount: Int
  /// Its parameters and buffers under PyTorch's keys.
  public private(set) var parameters: ParameterStore

  /// From images to what the head sees.
  private var body: any Layer
  /// The last layer and what comes after it: what is replaced for other classes.
  private var head: any Layer
  /// Where it is once `prepareForEvaluation` has dropped the parameters that say so.
  private var evaluationDevice: Device?

  /// A network with random weights, drawn by libtorch's generator from the distributions that PyTorch's networks start
  /// from.
  ///
  /// - throws: `TorchError`, as for want of memory.
  public convenience init(_ architecture: Architecture, classCount: Int) throws {
    try self.init(architecture, classCount: classCount, store: ParameterStore())
  }

  /// A network with the weights of a file, and as many classes as their last layer has; nothing is drawn.
  ///
  /// - throws: `ParameterMismatch` for weights of another network, `TorchError` for a file whose weights are damaged.
  public convenience init(_ architecture: Architecture, weights file: WeightFile) throws {
    let names = Dictionary(file.weightNames.map { (architecture.modernized($0), $0) }) { first, _ in first }
    let head = file.tensors.first { architecture.headKeys.contains($0.key) }
    try self.init(
      architecture, classCount: head?.value.shape.first ?? 1000, store: ParameterStore(isDrawn: false))
    try parameters.load(names.compactMapValues { file.tensors[$0]?.shape }) { try names[$0].map(file.loaded) }
  }

  private init(_ architecture: Architecture, classCount: Int, store: ParameterStore) throws {
    self.architecture = architecture
    self.classCount = classCount
    (body, head) = try architecture.layers(store.root, classCount: classCount)
    parameters = store
  }

  /// A network with the weights of a `.pth` or `.safetensors` file, and as many classes as their last layer has.
  ///
  /// - throws: `WeightFileError` for a file that cannot be read, `ParameterMismatch` for weights of another network,
  ///   `TorchError` for a file whose weights are damaged.
  public convenience init(_ architecture: Architecture, weights file: URL) throws {
    try self.init(architecture, weights: WeightFile(path: file.path))
  }

  /// Where its parameters are and images must be.
  public var device: Device { parameters.entries.first?.tensor.device ?? evaluationDevice ?? .cpu }

  /// Images (batch, 3, height, width) to logits (batch, class).
  ///
  /// - throws: `TorchError`, as for images that are too small for the network, or are on another device.
  public func callAsFunction(_ images: Tensor, training: Bool = false) throws -> Tensor {
    try head(body(images, training: training), training: training)
  }

  /// The logits (batch, class), float32, of one batch of images (batch, 3, height, width), computed in a precision where
  /// the network is.
  ///
  /// - throws: `TorchError`, as for images that are too small for the network.
  public func logits(of images: Tensor, in precision: Precision, training: Bool = false) throws -> Tensor {
    try Runtime.withPrecision(precision, on: device) {
      try self(images.to(device), training: training).to(.float32)
    }
  }

  /// The logits (span, class), float32, of parts of one image (1, 3, height, width) in evaluation mode; what they have in
  /// common is computed once (dense evaluation: Sermanet et al. 2014). A part's logits know of what is around it, as far as
  /// the network's receptive field reaches; for a span of the whole width they are the image's.
  ///
  /// - Parameter spans: the parts, as shares of the width; each becomes a whole number of columns of the last map, at least
  ///   one, and within it.
  /// - throws: `TorchError`, as for an image that is too small for the network, or a network that does not allow it, see
  ///   `Architecture.allowsDenseEvaluation`.
  public func logits(of image: Tensor, spans: [Range<Double>], in precision: Precision) throws -> Tensor {
    guard architecture.allowsDenseEvaluation, image.shape.first == 1 else {
      throw TorchError(
        "\(architecture.title): expected one image and a network without recurrent layers for parts of an image")
    }
    return try AdaptiveAveragePool2d.$spans.withValue(spans) { try logits(of: image, in: precision) }
  }

  /// The vectors that the last layer sees, (batch, width), float32, of images (batch, 3, height, width), in evaluation
  /// mode: what another classifier, such as an SVM, may be trained on.
  ///
  /// | network | vector | width |
  /// | --- | --- | --- |
  /// | AlexNet | the input of `classifier.6` | 4096 |
  /// | SqueezeNet | the mean over all places of the input of `classifier.1` | 512 |
  /// | DenseNet-121, -161, -169, -201 | the input of `classifier` | 1024, 2208, 1664, 1920 |
  /// | ResNet-18, -34, -50 | the input of `fc` | 512, 512, 2048 |
  /// | CRNN | the input of `fc` | 512 |
  ///
  /// SqueezeNet itself classifies every place of its map and averages what comes out.
  ///
  /// - throws: `TorchError`, as for images that are too small for the network.
  public func pooledFeatures(of images: Tensor, in precision: Precision = .float32) throws -> Tensor {
    try Runtime.withPrecision(precision, on: device) {
      let output = try body(images.to(device), training: false)
      guard output.shape.count == 4 else { return try output.to(.float32) }
      return try Sequential([AdaptiveAveragePool2d(1, 1), Flatten()])(output, training: false).to(.float32)
    }
  }

  /// Whether it has batch normalisations, which `adapt` needs.
  public var hasBatchNorms: Bool { parameters.entries.contains { $0.name.hasSuffix("running_mean") } }

  /// Moves the statistics of all batch normalisations towards those of these images (image, 3, height, width), layer by
  /// layer: the network gets used to a voice or a room, of which it need not know the emotions.
  ///
  /// Adaptive batch normalisation (Li et al. 2018) with a prior (Schneider et al. 2020): the images' own statistics count as
  /// their number, those of training as `prior` images.
  ///
  /// - throws: `TorchError`, as for images that are too small for the network, or are on another device.
  public func adapt(to images: Tensor, prior: Int) throws {
    let count = Double(images.shape[0])
    try Runtime.withoutGradients {
      try BatchNorm2d.$adaptation.withValue(count / (count + Double(prior))) { _ = try body(images, training: false) }
    }
  }

  /// Makes batch normalisations part of the convolutions before them, which alters nothing but the speed, and with `.int8`
  /// quantises all convolutions but the first and the head's: the network is for evaluation alone from now on, without
  /// parameters that could be trained or saved.
  ///
  /// - throws: `TorchError` for a precision that is not available here, before anything is altered.
  public func prepareForEvaluation(in precision: Precision = .float32) throws {
    guard precision.isAvailable(on: device) else {
      throw TorchError(
        "\(precision.rawValue) cannot be computed on \(device.rawValue) here; use float32 or bfloat16")
    }
    evaluationDevice = device
    body = try body.forEvaluation(in: precision)
    // The head's few outputs are the answer, and its share of the time is small.
    head = try head.forEvaluation(in: .float32)
    parameters = ParameterStore()
  }

  /// The logits (image, class) of any number of images (image, 3, height, width), `batchSize` at a time, in evaluation
  /// mode and without recording gradients.
  ///
  /// - throws: `TorchError`, as for images that are too small for the network, or are on another device.
  public func logits(of images: Tensor, batchSize: Int) throws -> Tensor {
    try Runtime.withoutGradients {
      let starts = stride(from: 0, to: images.shape[0], by: batchSize)
      let batches = try starts.map { start in
        try self(images.narrowed(0, start: start, length: min(batchSize, images.shape[0] - start)))
      }
      return try .concatenate(batches, dimension: 0)
    }
  }

  /// Takes over weights with PyTorch's keys, strictly.
  ///
  /// With `replacingHead`, the last layer keeps its random start and the weights' own, for whatever number of
  /// classes, is left out.
  ///
  /// - throws: `ParameterMismatch` with the keys at fault.
  public func load(_ weights: [String: Tensor], replacingHead: Bool) throws {
    var weights = Dictionary(weights.map { (architecture.modernized($0), $1) }) { first, _ in first }
    if replacingHead {
      for entry in parameters.entries where architecture.headKeys.contains(entry.name) && weights[entry.name] != nil {
        weights[entry.name] = entry.tensor
      }
    }
    try parameters.load(weights)
  }

  /// Writes all parameters and buffers as `.safetensors`.
  ///
  /// - throws: `WeightFileError` where the file cannot be written, `TorchError` for weights that are not finite.
  public func save(to file: URL, as format: WeightFormat = .float32) throws {
    var metadata = ["architecture": architecture.rawValue]
    if format == .int8 { metadata.merge(WeightFile.quantizedMetadata) { $1 } }
    let entries = try parameters.entries.flatMap { entry in
      let largest = try entry.tensor.largestMagnitude()
      guard largest.isFinite else {
        throw TorchError("\(entry.name) holds a number that is not finite: the training has diverged")
      }
      return switch format {
      case .int8: try WeightFile.quantizedEntries(entry.name, entry.tensor)
      // A variance beyond float16's largest number would be stored as infinity.
      case .float16 where largest <= Double(Float16.greatestFiniteMagnitude):
        [try WeightFile.Entry(entry.name, entry.tensor, as: .float16)]
      case .float16, .float32: [try WeightFile.Entry(entry.name, entry.tensor, as: .float32)]
      }
    }
    try WeightFile.write(entries, metadata: metadata, to: file.path)
  }
}

/// How a network's weights are stored.
public enum WeightFormat: String, Codable, Sendable, CaseIterable {
  case float32
  case float16
  /// Eight bits for each weight, scaled by output channel; biases and statistics as float32.
  case int8
}

extension Architecture {
  func layers(_ scope: Scope, classCount: Int) throws -> (body: any Layer, head: any Layer) {
    switch self {
    case .alexnet: try alexNet(scope, classCount)
    case .squeezenet1_0: try squeezeNet(scope, classCount, .v1_0)
    case .squeezenet1_1: try squeezeNet(scope, classCount, .v1_1)
    case .densenet121: try denseNet(scope, classCount, growth: 32, blocks: [6, 12, 24, 16], stem: 64)
    case .densenet161: try denseNet(scope, classCount, growth: 48, blocks: [6, 12, 36, 24], stem: 96)
    case .densenet169: try denseNet(scope, classCount, growth: 32, blocks: [6, 12, 32, 32], stem: 64)
    case .densenet201: try denseNet(scope, classCount, growth: 32, blocks: [6, 12, 48, 32], stem: 64)
    case .resnet18: try resNet(scope, classCount, .basic, blocks: [2, 2, 2, 2])
    case .resnet34: try resNet(scope, classCount, .basic, blocks: [3, 4, 6, 3])
    case .resnet50: try resNet(scope, classCount, .bottleneck, blocks: [3, 4, 6, 3])
    case .crnn: try convolutionalRecurrentNet(scope, classCount)
    }
  }

  /// The published DenseNet files still name `denselayer1.norm.1.weight` what is now `denselayer1.norm1.weight`.
  func modernized(_ key: String) -> String {
    guard rawValue.hasPrefix("densenet") else { return key }
    return key.replacing(#/(denselayer\d+\.(?:norm|conv))\.([12])\./#) { "\($0.1)\($0.2)." }
  }
}
