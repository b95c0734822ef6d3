import ArgumentParser
import Foundation

/// What an earlier run has finished.
protocol FinishedRecordings {
  /// Whether a recording is finished; one that is named twice may count once.
  mutating func accounts(for path: String) -> Bool
}

/// The recordings to go through, one after the other and in order; a list is read as it is needed.
final class RecordingPaths: Sequence, IteratorProtocol {
  /// A part of all recordings, number `part` of `count`, from 1.
  struct Shard: ExpressibleByArgument {
    let part: Int
    let count: Int

    init?(argument: String) {
      let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
      guard parts.count == 2, let part = parts[0], let count = parts[1], count >= 1, (1...count).contains(part) else {
        return nil
      }
      (self.part, self.count) = (part, count)
    }

    /// Whether the recording at a position, from 0, is in this part.
    func contains(_ position: Int) -> Bool { position % count == part - 1 }
  }

  /// How many there are; nil where only reading on would tell.
  let count: Int?
  /// How many of them are finished; 0 where only reading on would tell.
  let finishedCount: Int
  private let shard: Shard?
  private var finished: (any FinishedRecordings)?
  private var rest: any IteratorProtocol<String>
  private let lines: Lines?
  private var position = 0
  private var upcoming: String?
  private var isAtEnd = false
  /// The paths that were given out and not been taken again.
  private var pending: [String] = []

  /// - Parameters:
  ///   - files: the recordings, where there is no list.
  ///   - many: the list, a file with a path on each line, or - for standard input, and which of them are meant.
  ///   - finished: what is to be left out.
  /// - throws: `ValidationError` where there are no recordings, or no list of paths.
  init(_ files: [String], _ many: ManyOptions, finished: (any FinishedRecordings)?) throws {
    var all: (any IteratorProtocol<String>)?
    var counted: Lines?
    if let list = many.list {
      let lines = try Lines(list, endWithNull: many.null)
      guard try lines.hasMore() else {
        throw ValidationError("--list \(list): there is no path in it; expected one on each line")
      }
      // Counted first where it can be read twice, for the progress.
      var status = stat()
      if list != "-", stat(list, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
        let second = try Lines(list, endWithNull: many.null)
        counted = second
        all = second
      }
      rest = lines
      self.lines = lines
    } else {
      all = files.makeIterator()
      lines = nil
      rest = files.makeIterator()
    }
    shard = many.shard
    self.finished = finished
    var (count, finishedCount, index) = (0, 0, 0)
    var unseen = finished
    while let path = all?.next() {
      defer { index += 1 }
      guard many.shard?.contains(index) ?? true else { continue }
      count += 1
      if unseen?.accounts(for: path) == true { finishedCount += 1 }
    }
    try counted?.check()
    self.count = all == nil ? nil : count
    self.finishedCount = finishedCount
  }

  /// One for a single recording, which may have the whole machine.
  var underestimatedCount: Int { count == 1 ? 1 : 0 }

  /// Whether `next()` would answer at once, without waiting for whoever writes the list.
  var isNextReady: Bool {
    while upcoming == nil, !isAtEnd {
      guard lines?.isNextReady ?? true else { return false }
      advance()
    }
    return true
  }

  func next() -> String? {
    while upcoming == nil, !isAtEnd { advance() }
    guard let path = upcoming else { return nil }
    upcoming = nil
    pending.append(path)
    return path
  }

  /// Goes on by one path, which is the upcoming one unless it is of another shard, or finished.
  private func advance() {
    guard let path = rest.next() else {
      isAtEnd = true
      return
    }
    defer { position += 1 }
    if shard?.contains(position) ?? true, finished?.accounts(for: path) != true { upcoming = path }
  }

  /// The paths that were given out, once more and in the same order.
  func take() -> String { pending.removeFirst() }

  /// Throws what has ended the list before its end, as `next()` cannot.
  func checkList() throws {
    if let failure = lines?.failure { throw failure }
  }
}
