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
  /// RAVDESS, five folds of whole speakers elsewhere, one speaker after the other where there are fewer than ten.
  public var disjointSplit: String?
  /// Few epochs on few recordings, with a small network: for a look in minutes.
  public var isQuick = false
  /// The seed of everything.
  public var seed: UInt64 = 1
  /// The number format of the networks' computations.
  public var precision = Precision.preferred(on: .cpu)
  /// The kinds of the corpora that were given, in order.
  public var corpora: [CorpusKind] = []
  /// What the first of them, which is tested on, is called; nil for the name of its kind.
  public var testedCorpus: String?
  /// The number of speakers of the first corpus (RAVDESS: 24); nil where they are not known of each recording.
  public var speakers: Int? = 24

  /// The paper's choices.
  public init() {}

  /// The start of a network. A weight file is that of the networks which were named with it, and no other's.
  func start(of network: Architecture) -> String {
    let common = weights.first ?? "imagenet"
    if let index = networks.firstIndex(of: network) { return weights.indices.contains(index) ? weights[index] : common }
    if ["imagenet", "none"].contains(common) { return common }
    return network.pretrainedWeights == nil ? "none" : "imagenet"
  }

  /// The name of the first corpus.
  var testedName: String { testedCorpus ?? (corpora.first ?? .folder).rawValue }

  /// Whether the first corpus is RAVDESS, by the name under which published folds know its speakers.
  var hasPublishedFolds: Bool { corpora.first == .ravdess && testedName == CorpusKind.ravdess.rawValue }

  /// The network of the runs that do not compare networks (paper: DenseNet-161).
  var network: Architecture { networks.first ?? (isQuick ? .squeezenet1_1 : .densenet161) }
}
