import Evaluation
import Features
import Foundation
import Recognition
import Torch

/// What `POST /v1/classify` answers.
struct ClassifyAnswer: Encodable {
  let bundle: String
  let label: String
  /// Seconds.
  let duration: Double
  /// The classes asked for.
  let probabilities: [String: Double]
  /// The same classes for each network of the ensemble.
  let members: [[String: Double]]
  let uncertainty: Uncertainty
  let timeline: Timeline?
  /// The whole recording by its timeline.
  let summary: Timeline.Summary?

  /// - Parameter top: the number of classes, the most probable ones; nil for all.
  init(_ classification: RecognitionEngine.Classification, _ entry: BundleRegistry.Entry, top: Int?) {
    let prediction = classification.prediction
    let labels = entry.manifest.labels
    let order = labels.indices.sorted { prediction.probabilities[$0] > prediction.probabilities[$1] }
    let wanted = order.prefix(top ?? labels.count)
    func named(_ values: [Double]) -> [String: Double] {
      Dictionary(wanted.map { (labels[$0], values[$0]) }, uniquingKeysWith: { first, _ in first })
    }
    bundle = entry.name
    label = prediction.label
    duration = classification.duration
    probabilities = named(prediction.probabilities)
    members = prediction.logits.map { named(calibrated(softmax($0), temperature: entry.manifest.temperature)) }
    uncertainty = prediction.uncertainty
    timeline = classification.timeline
    summary = classification.timeline?.summary
  }
}

/// What `GET /v1/bundles` answers.
struct BundlesAnswer: Encodable {
  struct Bundle: Encodable {
    let name: String
    let model: String
    let labels: [String]
    let networks: [String]
    let precision: Precision
    let trainedOn: String
    let figures: [Figures]
    let licences: [String]
    let image: Image
    /// Whether its timelines can be dense.
    let dense: Bool
    let loaded: Date
  }

  /// How well the bundle's settings did, and by which protocol.
  struct Figures: Encodable {
    let protocolName: String
    /// What a reader must know, as which other corpora training heard.
    let notes: [String]
    let speakerDisjoint: Bool
    let n: Int
    let wa: Double
    let uar: Double
    /// The ends of the 95% interval; nil where there are too few speakers for one.
    let uarLow: Double?
    let uarHigh: Double?
    let classes: [ClassFigures]

    enum CodingKeys: String, CodingKey {
      case protocolName = "protocol"
      case notes, speakerDisjoint, n, wa, uar, uarLow, uarHigh, classes
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(protocolName, forKey: .protocolName)
      try container.encode(notes, forKey: .notes)
      try container.encode(speakerDisjoint, forKey: .speakerDisjoint)
      try container.encode(n, forKey: .n)
      try container.encode(wa, forKey: .wa)
      try container.encode(uar, forKey: .uar)
      try container.encode(uarLow, forKey: .uarLow)  // null, not absent
      try container.encode(uarHigh, forKey: .uarHigh)
      try container.encode(classes, forKey: .classes)
    }
  }

  /// How well one class is found.
  struct ClassFigures: Encodable {
    let label: String
    let recall: Double
    /// The other class that it is taken for most often; nil where it never is.
    let confusedWith: String?
  }

  /// What the networks see of a recording.
  struct Image: Encodable {
    let melCount: Int
    let frameCount: Int
    let fit: String
    /// The seconds in the middle of a recording that the image holds; nil where it holds all, stretched.
    let seconds: Double?

    enum CodingKeys: CodingKey { case melCount, frameCount, fit, seconds }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(melCount, forKey: .melCount)
      try container.encode(frameCount, forKey: .frameCount)
      try container.encode(fit, forKey: .fit)
      try container.encode(seconds, forKey: .seconds)  // null, not absent
    }
  }

  struct Limits: Encodable {
    let maximumBody: Int
    let maximumDuration: Double
    let minimumDuration: Double
  }

  let `default`: String
  let bundles: [Bundle]
  let limits: Limits

  init(_ entries: [BundleRegistry.Entry], settings: ServerSettings) {
    `default` = entries[0].name
    bundles = entries.map(Bundle.init)
    limits = Limits(
      maximumBody: settings.maximumBody, maximumDuration: settings.maximumDuration,
      minimumDuration: entries.map(\.manifest.features.minimumDuration).max() ?? 0)
  }
}

extension BundlesAnswer.Bundle {
  init(_ entry: BundleRegistry.Entry) {
    let (manifest, features) = (entry.manifest, entry.manifest.features)
    name = entry.name
    model = manifest.name
    labels = manifest.labels
    networks = manifest.members.map(\.network.rawValue)
    precision = entry.recognizer.precision
    trainedOn = manifest.provenance.trainedOn
    figures = manifest.provenance.figures.map(BundlesAnswer.Figures.init)
    licences = manifest.provenance.licences
    image = BundlesAnswer.Image(
      melCount: features.melCount, frameCount: features.frameCount, fit: features.fit.rawValue,
      seconds: features.fit == .pad ? Double(features.sampleCount) / Double(features.padRate) : nil)
    dense = manifest.obstacleToDense == nil
    loaded = entry.loaded
  }
}

extension BundlesAnswer.Figures {
  init(_ result: EvaluationResult) {
    protocolName = result.protocolName
    notes = result.notes
    speakerDisjoint = result.speakerDisjoint
    (n, wa, uar) = (result.n, result.wa, result.uar)
    let interval = result.intervals.uar.isUsable ? result.intervals.uar : nil
    (uarLow, uarHigh) = (interval?.low, interval?.high)
    classes = zip(result.classes, result.confusion).enumerated().map { index, row in
      let others = row.1.indices.filter { $0 != index && row.1[$0] > 0 }
      let most = others.max { row.1[$0] < row.1[$1] }
      return BundlesAnswer.ClassFigures(
        label: row.0.label, recall: row.0.recall, confusedWith: most.map { result.labels[$0] })
    }
  }
}
