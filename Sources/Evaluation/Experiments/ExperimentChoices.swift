import Corpora
import Networks
import Torch

/// What a person chooses about experiments; what is not chosen is the paper's.
public struct ExperimentChoices: Sendable {
  /// The network of all runs that do not compare networks; in `architectures`, the networks that are compared.
  public var networks: [Architecture] = []
  /// The starts of `networks`, one for all or one for each: `imagenet`, `none` or a weight file.
  public var weights = ["imagenet"]
  /// Passes over the training side; schedules keep their shape.
  public var epochs: Int?
  /// The highest learning rate of the runs with the paper's final settings (paper: 1e-3); schedules keep their shape.
  public var learningRate: Double?
  /// The members of an ensemble (paper: 4).
  public var members = 4
  /// The speaker-disjoint protocol that stands beside the random one; nil for EmoBox's folds where the first corpus is
  /// RAVDESS, five folds of whole speakers elsewhere.
  public var disjointSplit: String?
  /// Few epochs on few recordings, with a small network: for a look in minutes.
  public var isQuick = false
  /// The seed of everything.
  public var seed: UInt64 = 1
  /// The number format of the networks' computations.
  public var precision = Precision.preferred(on: .cpu)
  /// The corpora that were given, in order.
  public var corpora: [CorpusKind] = []

  /// The paper's choices.
  public init() {}

  /// The start of a network.
  func start(of network: Architecture) -> String {
    let index = networks.firstIndex(of: network)
    if let index, weights.indices.contains(index) { return weights[index] }
    return weights.first ?? "imagenet"
  }

  /// The network of the runs that do not compare networks (paper: DenseNet-161).
  var network: Architecture { networks.first ?? (isQuick ? .squeezenet1_1 : .densenet161) }
}
