import Foundation
import Storage

/// Recordings whose files are the same to the byte.
struct IdenticalRecordings: Sendable {
  /// The content's SHA-256 by path, for those recordings alone that are not the only ones with their content.
  let contents: [String: String]

  /// Looks at the sizes of all files, and into those that have the size of another.
  init(among recordings: [Recording]) {
    // Files of different sizes differ, so most need not be read.
    let bySize = Dictionary(grouping: recordings) { recording -> Int? in
      // Of what a link leads to, whose own size `attributesOfItem` would give.
      var status = stat()
      return stat(recording.path, &status) == 0 ? Int(status.st_size) : nil
    }
    let suspects = bySize.filter { $0.key != nil && $0.value.count > 1 }.values.flatMap(\.self)
    let hashes = concurrentMap(suspects) { try? ContentHash.sha256($0.path) }
    let groups = Dictionary(grouping: zip(suspects, hashes), by: \.1)
    contents = groups.reduce(into: [:]) { contents, group in
      guard let hash = group.key, group.value.count > 1 else { return }
      for (recording, _) in group.value { contents[recording.path] = hash }
    }
  }

  /// How many recordings of a test side have their content in a training side too.
  func count(of test: [Recording], alsoIn training: [Recording]) -> Int {
    let trained = Set(training.compactMap { contents[$0.path] })
    return test.count { recording in contents[recording.path].map(trained.contains) ?? false }
  }
}
