import ArgumentParser
import Corpora

/// Which of a test speaker's recordings a bundle gets used to before it judges, their labels unseen: `--adapt`.
enum Adaptation: ExpressibleByArgument {
  /// All of them, and all are judged: the recordings to be judged must be there together.
  case all
  /// So many, drawn by the seed; the others are judged.
  case count(Int)

  init?(argument: String) {
    if argument == "all" {
      self = .all
    } else if let count = Int(argument), count > 0 {
      self = .count(count)
    } else {
      return nil
    }
  }

  /// What a reader of the figures must know, as a part of the protocol's name.
  var protocolName: String {
    switch self {
    case .all: "adapted to all recordings of each test speaker, without labels (transductive)"
    case .count(let count): "adapted to \(count) other recordings of each test speaker, without labels"
    }
  }

  /// The recordings of each speaker to adapt to and to judge.
  ///
  /// - throws: `Failure` where a speaker is not known, or has not recordings enough.
  func speakers(of recordings: [Recording], seed: UInt64) throws -> [(adaptedTo: [Recording], judged: [Recording])] {
    if let unknown = recordings.first(where: { $0.speaker == nil }) {
      throw Failure(
        "--adapt: the speaker of \(unknown.path) is not known; give a corpus that names speakers (csv: a column speaker)"
      )
    }
    // One for all: the same draw for each speaker would be of the same emotions, where corpora are all in one order.
    var generator = SeededGenerator(seed: seed)
    return try Dictionary(grouping: recordings) { $0.speaker ?? "" }.sorted { $0.key < $1.key }.map { speaker, theirs in
      guard case .count(let count) = self else { return (theirs, theirs) }
      guard theirs.count > count else {
        throw Failure(
          "--adapt \(count): \(speaker) has \(theirs.count) recordings, so none is left to test on; give a smaller number, or all"
        )
      }
      let drawn = Set(generator.shuffled(Array(theirs.indices)).prefix(count))
      return (drawn.sorted().map { theirs[$0] }, theirs.indices.filter { !drawn.contains($0) }.map { theirs[$0] })
    }
  }
}
