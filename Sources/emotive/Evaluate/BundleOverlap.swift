import Corpora
import Evaluation
import Recognition

/// What of a test side a bundle has been trained on: figures on that say little.
struct BundleOverlap {
  let leakage: Leakage
  private let recordings: Int
  private let knownSpeakers: Set<String>
  private let heardSpeakers: Set<String>

  /// Whether all speakers are known and the bundle has heard none of them.
  var isSpeakerDisjoint: Bool {
    leakage.sharedRecordings == 0 && heardSpeakers.isEmpty && leakage.unknownSpeakers == 0
  }

  init(_ bundle: ModelBundle, _ predictions: Predictions) throws {
    recordings = predictions.files.count
    knownSpeakers = Set(predictions.speakers.compactMap(\.self))
    heardSpeakers = knownSpeakers.intersection(bundle.manifest.provenance.speakers)
    leakage = Leakage(
      sharedSpeakers: heardSpeakers.count,
      sharedRecordings: try bundle.trainedRecordings.map { trained in
        try predictions.files.count { trained.contains(ModelBundle.digest(ofHash: try ContentHash.remembered($0))) }
      },
      unknownSpeakers: predictions.speakers.count { $0 == nil })
  }

  /// All test sides together in words.
  static func notes(_ overlaps: [BundleOverlap]) -> [String] {
    func union(_ speakers: (BundleOverlap) -> Set<String>) -> Int {
      overlaps.reduce(into: Set()) { $0.formUnion(speakers($1)) }.count
    }
    let trained = overlaps.reduce(0) { $0 + ($1.leakage.sharedRecordings ?? 0) }
    let heard = union(\.heardSpeakers)
    var notes: [String] = []
    if trained > 0 {
      let all = overlaps.reduce(0) { $0 + $1.recordings }
      notes.append("the bundle was trained on \(trained) of these \(all) recordings: the figures flatter it")
    }
    if heard > 0 {
      notes.append("the bundle has heard \(heard) of the \(union(\.knownSpeakers)) speakers in training")
    }
    if overlaps.contains(where: { $0.leakage.sharedRecordings == nil }) {
      notes.append("which recordings the bundle was trained on is not known, as it has no recordings.txt")
    }
    guard notes.isEmpty else { return notes }
    let unknown = overlaps.reduce(0) { $0 + $1.leakage.unknownSpeakers }
    var note = "the bundle was trained on none of these recordings"
    if union(\.knownSpeakers) > 0 { note += " and none of \(unknown == 0 ? "these" : "the known") speakers" }
    if unknown > 0 { note += "; \(unknown) are of unknown speakers, whom it may have heard" }
    return [note]
  }
}
