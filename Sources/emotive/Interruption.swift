import ArgumentParser
import Audio
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM as a wish to stop soon, so that what is done is kept; the second one ends the program at once.
enum Interruption {
  private static let isWished = Atomic<Bool>(false)

  /// Watches for the signals from now on.
  static func watch() {
    _ = isWished.load(ordering: .relaxed)  // made here, and not within a signal's handler
    // Whoever started the program may have blocked them: threads of Dispatch do, and their children inherit it.
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] {
      sigaddset(&signals, number)
      signal(number) { _ in
        let isSecond = Interruption.isWished.exchange(true, ordering: .relaxed)
        // The default would do nothing to a container's first process.
        if isSecond { _exit(130) }
      }
    }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// The bytes that a file or pipe has next, at least one, up to 64 KiB; empty at the end.
  ///
  /// - parameter name: what errors call it.
  /// - throws: `Interrupted`, also while it waits; `AudioError` where nothing can be read.
  static func read(_ descriptor: Int32, name: String) throws -> Data {
    var readable = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    // A signal ends the waiting; one that comes just before it is seen a quarter of a second later.
    while poll(&readable, 1, 250) <= 0 { try check() }
    try check()
    var bytes = Data(count: 1 << 16)
    let count = bytes.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, $0.count) }
    guard count >= 0 else { throw AudioError.unreadable(name, reason: String(cString: strerror(errno))) }
    return Data(bytes.prefix(count))
  }

  /// Throws `Interrupted` once a signal has come.
  static func check() throws {
    if isWished.load(ordering: .relaxed) { throw Interrupted() }
  }
}

/// The person wishes to stop.
struct Interrupted: Error {
  /// What shells see of a program that Ctrl-C has ended.
  static let exitCode = ExitCode(130)
}
