import Corpora
import Foundation

/// The figures of an ensemble under one protocol, as `result.json` and `evaluate --json` hold them.
public struct EvaluationResult: Codable, Sendable {
  /// The figures of one test side or one member.
  public struct Part: Codable, Sendable {
    /// The split's or the member's name.
    public let name: String
    /// The number of recordings.
    public let n: Int
    /// Weighted accuracy.
    public let wa: Double
    /// Unweighted average recall.
    public let uar: Double
    /// Macro-averaged F1.
    public let macroF1: Double
    /// The UAR that guessing has: one over the number of classes on the test side; nil in results of versions that did
    /// not have it.
    public let chance: Double?
    /// What the two sides share, and what else a reader must know.
    public let notes: [String]
    /// What the split's two sides share; nil for members, means, and where no training side is known.
    public let leakage: Leakage?
  }

  /// 95% bootstrap intervals.
  public struct Intervals: Codable, Sendable {
    /// Of the weighted accuracy.
    public let wa: BootstrapInterval
    /// Of the unweighted average recall.
    public let uar: BootstrapInterval
    /// Of the macro-averaged F1; nil in results of versions that did not have it.
    public let macroF1: BootstrapInterval?
  }

  /// How the recordings were divided, in words.
  public let protocolName: String
  /// Whether the protocol keeps each speaker on one side.
  public let speakerDisjoint: Bool
  /// What a reader must know to judge the figures, leaks first.
  public var notes: [String]
  /// The number of recordings tested.
  public let n: Int
  /// Weighted accuracy over all test sides together.
  public let wa: Double
  /// Unweighted average recall over all test sides together.
  public let uar: Double
  /// Macro-averaged F1 over all test sides together.
  public let macroF1: Double
  /// 95% bootstrap intervals of `wa`, `uar` and `macroF1`.
  public let intervals: Intervals
  /// The classes, in the order of the confusion matrix.
  public let labels: [String]
  /// Numbers of recordings: rows are the true classes, columns the predicted ones.
  public let confusion: [[Int]]
  /// Precision, recall, F1 and support of each class.
  public let classes: [Metrics.OfClass]
  /// The figures of each test side.
  public let splits: [Part]
  /// The means of the splits' figures, as papers report them.
  public let meanOverSplits: Part
  /// The figures of each member alone, over all test sides together.
  public let members: [Part]
  /// What the ensemble gains over its members; nil where there is only one.
  public let ensembleGain: EnsembleGain?
  /// The same networks without adaptation on the same recordings; nil where there was none, and in results of versions
  /// that did not have it.
  public let unadapted: AdaptationGain?
  /// How unsure the ensemble is where it is right and where it is wrong, at the temperature that it has; nil where there is
  /// only one member.
  public let uncertainty: EnsembleUncertainty?
  /// Expected calibration error of the probabilities, at the temperature that the ensemble has.
  public let ece: Double
  /// Calibration before and after temperatures that were not fitted on the judged recordings; nil in results of versions
  /// that did not have it.
  public let calibration: TemperatureScaling?
  /// The temperature that would fit these averaged probabilities best, for a bundle trained on all the recordings.
  public let temperature: Double

  enum CodingKeys: String, CodingKey {
    case protocolName = "protocol"
    case speakerDisjoint, notes, n, wa, uar, macroF1, intervals, labels, confusion, classes, splits, meanOverSplits
    case members, ensembleGain, uncertainty, ece, calibration, temperature, unadapted
  }

  /// Where a run's temperatures come from.
  static let validationTemperatures = "fitted on each split's validation side"

  /// Figures from the predictions on each split's test side.
  ///
  /// - Parameters:
  ///   - condition: what else the protocol's name is to say of how the test sides were judged; nil for nothing.
  ///   - speakerDisjoint: what the split's protocol says, unless more is known.
  ///   - leakage: what each test side shares with the training of a model that was trained elsewhere; nil where it was
  ///     trained on the splits' own training sides.
  ///   - unadapted: for networks that were adapted, what they said without, in the order of `outcomes`.
  ///   - temperatureSource: what the predictions' own temperatures were fitted on, in words; nil for each split's
  ///     validation side.
  /// - throws: `MetricsError` where there is nothing to judge.
  public init(
    _ outcomes: [(split: Split, predictions: Predictions)], labels: [String], condition: String? = nil,
    speakerDisjoint: Bool? = nil, leakage: [Leakage]? = nil, notes: [String] = [], unadapted: [Predictions]? = nil,
    temperatureSource: String? = nil
  ) throws {
    guard let first = outcomes.first else { throw MetricsError.empty }
    func metrics(_ truth: [Int], _ predicted: [Int]) throws -> Metrics {
      try Metrics(ConfusionMatrix(labels: labels, truth: truth, predicted: predicted))
    }
    let predictions = outcomes.map(\.predictions)
    let truth = predictions.flatMap(\.truth)
    let predicted = predictions.flatMap(\.predicted)
    let matrix = try ConfusionMatrix(labels: labels, truth: truth, predicted: predicted)
    let all = try Metrics(matrix)
    protocolName = [first.split.protocolName, condition].compactMap(\.self).joined(separator: "; ")
    self.speakerDisjoint = speakerDisjoint ?? first.split.speakerDisjoint
    self.notes = notes
    (n, wa, uar, macroF1, classes) = (all.n, all.wa, all.uar, all.macroF1, all.classes)
    intervals = try BootstrapInterval.estimate(
      truth: truth, predicted: predicted, speakers: predictions.flatMap(\.speakers))
    self.labels = labels
    confusion = matrix.counts
    splits = try outcomes.enumerated().map { index, outcome in
      let (split, predictions) = outcome
      let isItsOwn = leakage == nil && !split.training.isEmpty
      return Part(
        split.name, try metrics(predictions.truth, predictions.predicted),
        notes: (isItsOwn ? [split.leakage] : []) + split.notes, leakage: leakage?[index] ?? Leakage(split))
    }
    meanOverSplits = Part(meanOf: splits)
    let ofMembers = first.predictions.logits.indices.map { member in
      (name: "member-\(member + 1)", predicted: predictions.flatMap { $0.logits[member].map(\.indexOfMaximum) })
    }
    members = try ofMembers.map { Part($0.name, try metrics(truth, $0.predicted)) }
    self.unadapted = try unadapted.map {
      try AdaptationGain(labels: labels, adapted: predictions, unadapted: $0)
    }
    let isEnsemble = ofMembers.count > 1
    ensembleGain =
      isEnsemble
      ? try EnsembleGain(labels: labels, truth: truth, ensemble: predicted, members: ofMembers) : nil
    uncertainty =
      isEnsemble
      ? try EnsembleUncertainty(
        members: predictions.flatMap { predictions in
          predictions.truth.indices.map { recording in
            predictions.logits.map { softmax($0[recording], temperature: predictions.temperature) }
          }
        }, ensemble: predictions.flatMap(\.probabilities), isRight: zip(truth, predicted).map { $0 == $1 }) : nil
    ece = try Calibration(probabilities: predictions.flatMap(\.probabilities), truth: truth).ece
    calibration = try TemperatureScaling(predictions, source: temperatureSource ?? Self.validationTemperatures)
    temperature = try Calibration.temperature(logits: predictions.flatMap(\.averaged).map(logarithms), truth: truth)
  }

  /// What training and test sides share, the largest number of each over the splits; nil where no training side is known.
  public var leakage: Leakage? { Leakage(largestOf: splits.compactMap(\.leakage)) }

  /// Whether each split's model comes from another corpus and is judged on classes of its own, so that only means over
  /// the splits say something.
  public var isCrossCorpus: Bool { protocolName.hasPrefix(SplitPlan.crossCorpusProtocol) }

  /// The UAR that guessing has over all test sides together: one over the number of classes there.
  var chance: Double { 1 / Double(classes.count { $0.support > 0 }) }

  /// What is shown of all splits: the figures of all recordings together; of corpora, which have other classes each, the mean
  /// over the splits.
  package var figures: (wa: Double, uar: Double) {
    isCrossCorpus ? (meanOverSplits.wa, meanOverSplits.uar) : (wa, uar)
  }

  /// What holds for all splits, once, and what holds for some, with their names.
  public var splitNotes: [String] {
    var splits: [(note: String, names: [String])] = []
    for split in self.splits {
      for note in split.notes {
        if let index = splits.firstIndex(where: { $0.note == note }) {
          splits[index].names.append(split.name)
        } else {
          splits.append((note, [split.name]))
        }
      }
    }
    return splits.map { split in
      split.names.count == self.splits.count ? split.note : "\(split.names.joined(separator: ", ")): \(split.note)"
    }
  }

  /// The title of a figure: what was tested, by which protocol, and what its two sides share.
  public func figureTitle(_ name: String?) -> String {
    ([name, protocolName].compactMap(\.self).joined(separator: ": "))
      + (leakage.map { "; on both sides: \($0.summary)" } ?? "")
  }

  /// The confusion matrix with its labels.
  ///
  /// - throws: `MetricsError.confusion` where the counts of a result from a file do not fit its labels.
  public func confusionMatrix() throws -> ConfusionMatrix {
    let isWhole =
      confusion.count == labels.count
      && confusion.allSatisfy { $0.count == labels.count && $0.allSatisfy { $0 >= 0 } }
    guard isWhole else { throw MetricsError.confusion(classCount: labels.count) }
    return ConfusionMatrix(labels: labels, counts: confusion)
  }
}

extension EvaluationResult.Part {
  init(_ name: String, _ metrics: Metrics, notes: [String] = [], leakage: Leakage? = nil) {
    (self.name, n, wa, uar, macroF1) = (name, metrics.n, metrics.wa, metrics.uar, metrics.macroF1)
    chance = 1 / Double(metrics.classes.count { $0.support > 0 })
    self.notes = notes
    self.leakage = leakage
  }

  init(meanOf parts: [EvaluationResult.Part]) {
    func mean(_ value: (EvaluationResult.Part) -> Double) -> Double {
      parts.reduce(0) { $0 + value($1) } / Double(max(parts.count, 1))
    }
    name = "mean over \(parts.count) split(s)"
    n = parts.reduce(0) { $0 + $1.n }
    (wa, uar, macroF1) = (mean(\.wa), mean(\.uar), mean(\.macroF1))
    chance = parts.allSatisfy { $0.chance != nil } ? mean { $0.chance ?? 0 } : nil
    notes = []
    leakage = nil
  }
}
