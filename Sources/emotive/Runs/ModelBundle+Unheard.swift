import ArgumentParser
import Corpora
import Evaluation
import Foundation
import Recognition

extension ModelBundle {
  /// Sees that a bundle which a training builds on has not heard what the training is judged by: its speakers, where they are
  /// to be new ones, and its recordings.
  ///
  /// - parameter flag: what names the bundle.
  /// - throws: `ValidationError` where it has, or does not say.
  func checkUnheard(_ split: Split, of recordings: [Recording], flag: String) throws {
    guard !split.test.isEmpty else { return }
    guard let trained = trainedRecordings else {
      throw ValidationError(
        "\(flag) \(directory.path): it has no recordings.txt, so it is not known whether it was trained on the "
          + "test side of \(split.name), which it would give away; give a bundle that has one")
    }
    func digest(_ index: Int) throws -> String {
      Self.digest(ofHash: try ContentHash.remembered(recordings[index].path))
    }
    // Identical recordings that stand on both sides of the run's own split are no secret of the bundle's.
    let known = Set(try split.training.map(digest))
    let seen = try split.test.map(digest).count { trained.contains($0) && !known.contains($0) }
    guard seen == 0 else {
      throw ValidationError(
        "\(flag) \(directory.path): it was trained on \(seen) recordings of the test side of \(split.name), "
          + "which it would give away; give one of a run with the same --split and --seed")
    }
    // The same speech in another format has other bytes, and its speakers' voices are what is to be new.
    let tested = Set(split.test.compactMap { recordings[$0].speaker })
    let heard = tested.intersection(manifest.provenance.speakers).sorted()
    guard !split.speakerDisjoint || heard.isEmpty else {
      throw ValidationError(
        "\(flag) \(directory.path): it was trained on \(heard.count) of the speakers whom \(split.name) tests as new ones "
          + "(\(heard.prefix(4).joined(separator: ", "))\(heard.count > 4 ? ", ..." : "")); give one of a run with the same "
          + "--split and --seed, or another start")
    }
  }
}
