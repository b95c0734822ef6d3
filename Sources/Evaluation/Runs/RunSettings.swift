import Features
import Networks
import Training

/// Everything that decides the result of a run, apart from the recordings.
public struct RunSettings: Codable, Sendable, Hashable {
  /// The members' networks, repeated in turn where there are more members.
  public var networks: [Architecture]
  /// The start of the networks as it was asked for: `imagenet`, `none`, `bundle` or a file.
  public var weights: String
  /// The number of networks whose softmax outputs are averaged.
  public var members = 1
  /// How the recordings are divided, in the words of `SplitPlan`.
  public var split = "random"
  /// Which recordings are watched from epoch to epoch.
  public var validation = ValidationSide.share(0.1)
  /// Whether the last epoch's weights are reported, or those of the epoch with the highest validation UAR.
  public var epoch = ReportedEpoch.last
  /// The run or bundle whose networks teach these, see `Teacher`; nil for none.
  public var teacher: String?
  /// The network whose features a support vector machine judges in place of its output layer; nil for none.
  public var svm: SVMFeatures?
  /// How recordings become images.
  public var features = FeatureSettings()
  /// How networks are trained; each member adds its number to the seed.
  public var training = TrainingSettings()

  /// The paper's settings.
  public init(networks: [Architecture], weights: String) {
    self.networks = networks
    self.weights = weights
  }

  /// The network of a member, from 0.
  public func network(ofMember member: Int) -> Architecture { networks[member % networks.count] }

  /// Refuses settings that contradict each other, and a member that is not trained.
  ///
  /// - parameter member: the only member to train, from 1, which must be one that is trained; nil for all.
  /// - throws: `TrainingError`, or the feature settings' own error.
  public func validate(onlyMember member: Int? = nil) throws {
    guard members >= 1 else { throw TrainingError("--members must be at least 1, but is \(members)") }
    if let member {
      guard (1...members).contains(member) else {
        throw TrainingError("--member must be from 1 to \(members), the number of members, but is \(member)")
      }
      guard svm != .pretrained else {
        throw TrainingError(
          "--member \(member): nothing is trained here, an SVM judges the features of the network as it starts; "
            + "leave --member out")
      }
    }
    guard !networks.isEmpty else { throw TrainingError("--network names no network") }
    if epoch == .best {
      guard validation.isHeldBack else {
        throw TrainingError("--epoch best needs a validation side: give --validation a share such as 0.1")
      }
    }
    guard (teacher == nil) == (training.distillation == nil) else {
      throw TrainingError("--teacher and --distillation go together; give both or neither")
    }
    guard training.augmentation.speed == 0 || features.fit == .pad else {
      throw TrainingError(
        "--speed must be 0 with --fit resample, which brings every speed to the same length; give --fit pad with it")
    }
    try features.validate()
    try training.validate()
  }
}

/// The network whose features a support vector machine judges (paper, Conclusions).
public enum SVMFeatures: String, Codable, Sendable, CaseIterable {
  /// The network as it starts, not trained at all.
  case pretrained
  /// The network after its training.
  case fineTuned = "fine-tuned"
}

/// Which recordings are watched from epoch to epoch.
public enum ValidationSide: Codable, Sendable, Hashable, CustomStringConvertible {
  /// None.
  case none
  /// The test side: for curves only, nothing may be chosen by it.
  case test
  /// A share of the training side, with speakers of its own where the split is speaker-disjoint.
  case share(Double)
  /// What the corpora themselves hold back, see `Recording.side`.
  case predefined

  /// Whether it is a part of the training side that is not trained on.
  var isHeldBack: Bool {
    switch self {
    case .none, .test: false
    case .share, .predefined: true
    }
  }

  /// Reads `none`, `test`, `predefined`, or a share such as `0.1`.
  ///
  /// - throws: `TrainingError` for anything else.
  public init(_ text: String) throws {
    switch text {
    case "none": self = .none
    case "test": self = .test
    case "predefined": self = .predefined
    default:
      guard let share = Double(text), share > 0, share < 1 else {
        throw TrainingError(
          "--validation \"\(text)\": expected none, test, predefined, or a share of the training side such as 0.1")
      }
      self = .share(share)
    }
  }

  /// The form that `init(_:)` reads.
  public var description: String {
    switch self {
    case .none: "none"
    case .test: "test"
    case .share(let share): "\(share)"
    case .predefined: "predefined"
    }
  }
}
