import ArgumentParser
import Corpora
import Evaluation
import Foundation
import Recognition
import Training

/// The teacher that `--teacher` names: a bundle, or a run that has a bundle for each split.
struct TeacherFolder: Sendable {
  private let folder: URL

  init(_ path: String) { folder = URL(filePath: path) }

  /// The teacher of a split.
  ///
  /// - throws: `ValidationError` where its images or classes differ, or it was trained on recordings of the test side or does
  ///   not say on which.
  func teacher(for split: Split, of run: RunSettings, recordings: [Recording], labels: [String]) throws -> Teacher {
    let isBundle = FileManager.default.fileExists(atPath: folder.appending(path: "bundle.json").path)
    let bundle = try ModelBundle(directory: isBundle ? folder : folder.appending(path: "\(split.name)/bundle"))
    let manifest = bundle.manifest
    guard manifest.features == run.features, manifest.labels == labels else {
      throw ValidationError(
        "--teacher \(bundle.directory.path): it has other feature settings or classes than this run; give those")
    }
    guard let trained = bundle.trainedRecordings else {
      throw ValidationError(
        "--teacher \(bundle.directory.path): it has no recordings.txt, so that nobody knows whether it was trained on the "
          + "test side of \(split.name), which it would give away; give a bundle that has one")
    }
    func digest(_ index: Int) throws -> String { String(try ContentHash.sha256(recordings[index].path).prefix(16)) }
    // Identical recordings that stand on both sides of this run's own split are no secret of the teacher's.
    let known = Set(try split.training.map(digest))
    let seen = try split.test.map(digest).count { trained.contains($0) && !known.contains($0) }
    guard seen == 0 else {
      throw ValidationError(
        "--teacher \(bundle.directory.path): it was trained on \(seen) recordings of the test side of \(split.name), "
          + "which it would give away; give a run with the same --split and --seed")
    }
    return Teacher(try manifest.members.map { try bundle.network($0) })
  }
}
