import ArgumentParser
import Foundation

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
  private var finished: FinishedPredictions?
  private var rest: any IteratorProtocol<String>
  private let lines: Lines?
  private var position = 0
  private var upcoming: String?
  private var isAtEnd = false
  /// The paths that were given out and not been taken again.
  private var pending: [String] = []

  /// - parameter list: a file with a path on each line, or - for standard input; nil for the files themselves.
  /// - parameter finished: what is to be left out.
  /// - throws: `ValidationError` where there are no recordings, or no list.
  init(_ files: [String], list: String?, shard: Shard?, finished: FinishedPredictions?) throws {
    var all: (any IteratorProtocol<String>)?
    var counted: Lines?
    if let list {
      let lines = try Lines(list)
      guard try lines.hasMore() else {
        throw ValidationError("--list \(list): there is no path in it; expected one on each line")
      }
      // Counted first where it can be read twice, for the progress.
      var status = stat()
      if list != "-", stat(list, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
        let second = try Lines(list)
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
    self.shard = shard
    self.finished = finished
    var (count, finishedCount, index) = (0, 0, 0)
    var unseen = finished
    while let path = all?.next() {
      defer { index += 1 }
      guard shard?.contains(index) ?? true else { continue }
      count += 1
      if unseen?.remove(path) == true { finishedCount += 1 }
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
    if shard?.contains(position) ?? true, finished?.remove(path) != true { upcoming = path }
  }

  /// The paths that were given out, once more and in the same order.
  func take() -> String { pending.removeFirst() }

  /// Throws what has ended the list before its end, as `next()` cannot.
  func checkList() throws {
    if let failure = lines?.failure { throw failure }
  }
}

/// The lines of a text file that are not empty, read as they are needed; a wish to stop or a failure ends them.
final class Lines: IteratorProtocol {
  /// What ended them before the end of the file.
  private(set) var failure: (any Error)?
  private static let newline = UInt8(ascii: "\n")
  private let name: String
  private let descriptor: Int32
  private var buffer = Data()
  private var isAtEnd = false
  private var first: String?

  /// - parameter list: the file as `--list` names it, - for standard input.
  /// - throws: `ValidationError` where it cannot be opened.
  init(_ list: String) throws {
    name = "--list \(list)"
    descriptor = open(list == "-" ? "/dev/stdin" : list, O_RDONLY | O_CLOEXEC)
    let reason = String(cString: strerror(errno))
    guard descriptor >= 0 else { throw ValidationError("\(name): cannot be read (\(reason)); check the path") }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Whether there is a line, waiting for it.
  ///
  /// - throws: `ValidationError` where nothing can be read, `Interrupted`.
  func hasMore() throws -> Bool {
    first = next()
    try check()
    return first != nil
  }

  /// Throws what has ended them before the end of the file: a wish to stop as it is, all else as wrong usage.
  func check() throws {
    guard let failure else { return }
    if failure is Interrupted { throw failure }
    throw ValidationError("\(failure)")
  }

  func next() -> String? {
    if let first {
      self.first = nil
      return first
    }
    while true {
      let end = buffer.firstIndex(of: Self.newline)
      if end == nil, !isAtEnd {
        fill()
        continue
      }
      guard !buffer.isEmpty else { return nil }
      let line = buffer[..<(end ?? buffer.endIndex)]
      buffer = buffer[(end.map { buffer.index(after: $0) } ?? buffer.endIndex)...]
      let trimmed = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if !trimmed.isEmpty { return String(decoding: trimmed, as: UTF8.self) }
    }
  }

  /// Whether `next()` would answer at once.
  var isNextReady: Bool {
    while first == nil, !isAtEnd {
      buffer = buffer.drop { $0 == Self.newline }
      if buffer.contains(Self.newline) { break }
      var readable = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&readable, 1, 0) > 0 else { return false }
      fill()
    }
    return true
  }

  private func fill() {
    do {
      let more = try Interruption.read(descriptor, name: name)
      isAtEnd = more.isEmpty
      buffer = Data(buffer) + more
    } catch {
      // Half a line is no path.
      (failure, isAtEnd, buffer) = (error, true, Data())
    }
  }
}
