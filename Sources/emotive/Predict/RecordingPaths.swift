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
  }

  /// How many there are; nil where only reading on would tell.
  let count: Int?
  private let shard: Shard?
  private let isFinished: (String) -> Bool
  private var rest: any IteratorProtocol<String>
  private var position = 0
  /// The paths that were given out and not been taken again.
  private var pending: [String] = []

  /// - parameter list: a file with a path on each line, or - for standard input; nil for the files themselves.
  /// - parameter isFinished: whether a path is to be left out.
  /// - throws: `ValidationError` where there are no recordings, or no list.
  init(_ files: [String], list: String?, shard: Shard?, isFinished: @escaping (String) -> Bool) throws {
    var all: Int?
    if let list {
      let path = list == "-" ? "/dev/stdin" : list
      guard let lines = Lines(path) else {
        throw ValidationError("--list \(list): cannot be read (\(String(cString: strerror(errno)))); check the path")
      }
      // Counted first where it can be read twice, for the progress.
      var status = stat()
      if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, list != "-" {
        all = Lines(path).map { IteratorSequence($0).reduce(0) { count, _ in count + 1 } }
        if all == 0 { throw ValidationError("--list \(list): there is no path in it; expected one on each line") }
      }
      rest = lines
    } else {
      all = files.count
      rest = files.makeIterator()
    }
    self.shard = shard
    self.isFinished = isFinished
    count = all.map { all in shard.map { (all - $0.part + $0.count) / $0.count } ?? all }
  }

  /// One for a single recording, which may have the whole machine.
  var underestimatedCount: Int { count == 1 ? 1 : 0 }

  func next() -> String? {
    while let path = rest.next() {
      defer { position += 1 }
      if let shard, position % shard.count != shard.part - 1 { continue }
      if isFinished(path) { continue }
      pending.append(path)
      return path
    }
    return nil
  }

  /// The paths that were given out, once more and in the same order.
  func take() -> String { pending.removeFirst() }
}

/// The lines of a text file that are not empty, read as they are needed; a wish to stop ends them.
final class Lines: IteratorProtocol {
  private let descriptor: Int32
  private var buffer = Data()
  private var isAtEnd = false

  /// nil where the file cannot be opened.
  init?(_ path: String) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
  }

  deinit { close(descriptor) }

  func next() -> String? {
    while true {
      let end = buffer.firstIndex(of: UInt8(ascii: "\n"))
      if end == nil, !isAtEnd {
        let more = (try? Interruption.read(descriptor, name: "the list")) ?? Data()
        isAtEnd = more.isEmpty
        buffer = Data(buffer) + more
        continue
      }
      guard !buffer.isEmpty else { return nil }
      let line = buffer[..<(end ?? buffer.endIndex)]
      buffer = buffer[(end.map { buffer.index(after: $0) } ?? buffer.endIndex)...]
      let trimmed = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if !trimmed.isEmpty { return String(decoding: trimmed, as: UTF8.self) }
    }
  }
}
