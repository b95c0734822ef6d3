import Foundation

extension AudioFile {
  /// How many bytes tell whether a recording is of a format that libsndfile knows.
  package static let beginningSize = 4_096

  /// Refuses the first bytes of what can be no recording, so that the rest need not be waited for.
  ///
  /// - parameter bytes: ``beginningSize`` of them, or more.
  /// - throws: `AudioError.notAudio`.
  package static func checkBeginning(_ bytes: Data, name: String) throws {
    // An MP3 may begin with a picture of any size, and HTK is known by the file's length.
    guard !bytes.starts(with: "ID3".utf8), !bytes.dropFirst(8).starts(with: [0, 2, 0, 0]) else { return }
    do {
      _ = try SoundFile(bytes, name: name)
    } catch let error as AudioError {
      // Of other errors the missing rest may be the cause.
      guard case .notAudio(_, let reason) = error, reason == SoundFile.unknownFormat else { return }
      throw error
    }
  }
}
