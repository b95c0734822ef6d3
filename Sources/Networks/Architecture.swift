/// The networks that can be trained, by torchvision's names where it has them.
public enum Architecture: String, Codable, Sendable, CaseIterable {
  case alexnet
  case squeezenet1_0, squeezenet1_1
  case densenet121, densenet161, densenet169, densenet201
  case resnet18, resnet34, resnet50
  case crnn

  /// The name that people read, as the papers write it.
  public var title: String {
    switch self {
    case .alexnet: "AlexNet"
    case .squeezenet1_0: "SqueezeNet 1.0"
    case .squeezenet1_1: "SqueezeNet 1.1"
    case .densenet121: "DenseNet-121"
    case .densenet161: "DenseNet-161"
    case .densenet169: "DenseNet-169"
    case .densenet201: "DenseNet-201"
    case .resnet18: "ResNet-18"
    case .resnet34: "ResNet-34"
    case .resnet50: "ResNet-50"
    case .crnn: "CRNN"
    }
  }

  /// Whether parts of an image can be told apart in its last map: not where a layer goes through all of time.
  public var allowsDenseEvaluation: Bool { self != .crnn }

  /// The state-dict keys of the last layer, the one that is replaced for another number of classes.
  public var headKeys: Set<String> {
    switch self {
    case .alexnet: ["classifier.6.weight", "classifier.6.bias"]
    case .squeezenet1_0, .squeezenet1_1: ["classifier.1.weight", "classifier.1.bias"]
    case .densenet121, .densenet161, .densenet169, .densenet201: ["classifier.weight", "classifier.bias"]
    case .resnet18, .resnet34, .resnet50, .crnn: ["fc.weight", "fc.bias"]
    }
  }
}
