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
  /// - throws: `ValidationError` where its images or classes differ, or it was trained on recordings or speakers of the test
  ///   side or does not say on which.
  func teacher(for split: Split, of run: RunSettings, recordings: [Recording], labels: [String]) throws -> Teacher {
    let isBundle = FileManager.default.fileExists(atPath: folder.appending(path: "bundle.json").path)
    let bundle = try ModelBundle(directory: isBundle ? folder : folder.appending(path: "\(split.name)/bundle"))
    let manifest = bundle.manifest
    guard manifest.features == run.features, manifest.labels == labels else {
      throw ValidationError(
        "--teacher \(bundle.directory.path): it has other feature settings or classes than this run; give those")
    }
    try bundle.checkUnheard(split, of: recordings, flag: "--teacher")
    return Teacher(try manifest.members.map { try bundle.network($0) })
  }
}
