import Evaluation
import Features
import Networks
import Storage

/// What `bundle.json` says about a model bundle.
public struct BundleManifest: Codable, Sendable {
  /// One network of the ensemble.
  public struct Member: Codable, Sendable {
    /// Its weights, a `.safetensors` file in the bundle's folder.
    public let file: String
    /// Which network it is.
    public let network: Architecture
  }

  /// Where the model comes from.
  public struct Provenance: Codable, Sendable {
    /// The run that trained it: settings, corpora, seed, commit, machine.
    public var run: RunRecord
    /// What was held back from training, in words.
    public var trainedOn: String
    /// The number of images that its networks were adapted to afterwards, without labels; nil for none.
    public var adaptedTo: Int?
    /// The speakers that it has heard.
    public var speakers: [String]
    /// Its figures, each with its protocol.
    public var figures: [EvaluationResult]
    /// The terms of the recordings and weights that it was made from.
    public var licences: [String]

    /// A provenance as written by a run.
    public init(run: RunRecord, trainedOn: String, speakers: [String], figures: [EvaluationResult], licences: [String])
    {
      self.run = run
      self.trainedOn = trainedOn
      self.speakers = speakers
      self.figures = figures
      self.licences = licences
    }
  }

  /// The version of this form; a later one is refused. Since 2, weights may be stored in eight bits; since 3, all keys are in
  /// snake case.
  static let currentFormat = 3

  /// The version of the form that the file is in.
  public let format: Int
  /// What the bundle is called in results.
  public let name: String
  /// The classes in the order of the logits.
  public let labels: [String]
  /// How a recording becomes an image.
  public let features: FeatureSettings
  /// The settings' hash when the bundle was written: settings that this program reads otherwise are refused.
  public let featuresHash: String
  /// The whitening fitted on the training set; nil for the other kinds.
  public let whitening: TrainingSetWhitening?
  /// The networks.
  public let members: [Member]
  /// What the averaged probabilities are flattened by: softmax(log(p) / temperature).
  public let temperature: Double
  /// Where the temperature comes from, in words.
  public let temperatureSource: String
  /// Where the model comes from.
  public let provenance: Provenance
}

/// Why a bundle cannot be used or written.
public struct BundleError: DescribedError {
  /// What was wrong and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
