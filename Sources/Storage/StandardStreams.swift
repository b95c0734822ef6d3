import Foundation

/// The three files that every program finds open, or should.
package enum StandardStreams {
  /// Writes text for people on standard error; what cannot be written is lost, as there is nobody to tell.
  package static func write(error text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Opens those on the null device that whoever started the program has closed: the next file that is opened would
  /// have the number of one of them, and be written into by what is meant for people.
  package static func openClosed() {
    // The lowest free number is given to a file, which is the one that was found closed.
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", O_RDWR)
    }
  }
}
