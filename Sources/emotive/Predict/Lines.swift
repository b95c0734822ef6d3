import ArgumentParser
import Foundation

/// The lines of a list of paths that are not empty, read as they are needed; a wish to stop or a failure ends them.
final class Lines: IteratorProtocol {
  /// What ended them before the end of the file.
  private(set) var failure: (any Error)?
  /// What no path exceeds, in bytes: PATH_MAX.
  private static let longest = 4_096
  private let name: String
  private let descriptor: Int32
  /// Whether lines end with NUL, and may hold line ends.
  private let endWithNull: Bool
  private var buffer: [UInt8] = []
  /// Where in the buffer the next line begins.
  private var start = 0
  /// Where in the buffer begins what has not been searched for the line's end.
  private var searched = 0
  private var isAtEnd = false
  private var upcoming: String?
  /// How many lines have been taken off the buffer.
  private var count = 0

  /// - parameter list: the file as `--list` names it, - for standard input.
  /// - parameter endWithNull: whether its lines end with NUL, as those of `find -print0`.
  /// - throws: `ValidationError` where it cannot be opened.
  init(_ list: String, endWithNull: Bool) throws {
    name = "--list \(list)"
    self.endWithNull = endWithNull
    descriptor = open(list == "-" ? "/dev/stdin" : list, O_RDONLY | O_CLOEXEC)
    let reason = String(cString: strerror(errno))
    guard descriptor >= 0 else { throw ValidationError("\(name): cannot be read (\(reason)); check the path") }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func next() -> String? {
    defer { upcoming = nil }
    while !findNext(), !isAtEnd { fill() }
    return upcoming
  }

  /// Whether there is a line, waiting for it.
  ///
  /// - throws: `ValidationError` where nothing can be read, `Interrupted`.
  func hasMore() throws -> Bool {
    while !findNext(), !isAtEnd { fill() }
    try check()
    return upcoming != nil
  }

  /// Throws what has ended them before the end of the file: a wish to stop as it is, all else as wrong usage.
  func check() throws {
    guard let failure else { return }
    if failure is Interrupted { throw failure }
    throw ValidationError("\(failure)")
  }

  /// Whether `next()` would answer at once.
  var isNextReady: Bool {
    while !findNext(), !isAtEnd {
      var readable = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&readable, 1, 0) > 0 else { return false }
      fill()
    }
    return true
  }

  /// Whether the next line is known, out of what has been read.
  private func findNext() -> Bool {
    while upcoming == nil, let line = takeLine() { upcoming = path(line) }
    return upcoming != nil
  }

  /// Takes a line off the buffer; nil where its end has not been read.
  private func takeLine() -> ArraySlice<UInt8>? {
    let end = buffer[searched...].firstIndex(of: endWithNull ? 0 : UInt8(ascii: "\n"))
    searched = end ?? buffer.count
    let line = buffer[start..<searched]
    guard end != nil || (isAtEnd && !line.isEmpty) else {
      // What is no path by now does not become one.
      checkPath(line, number: count + 1)
      return nil
    }
    start = min(searched + 1, buffer.count)
    searched = start
    count += 1
    return line
  }

  /// The path in a line; nil where there is none.
  private func path(_ line: ArraySlice<UInt8>) -> String? {
    guard checkPath(line, number: count) else { return nil }
    var path = line
    if !endWithNull {
      // Editors begin a file with a byte-order mark, which is part of no name.
      if count == 1, path.starts(with: [0xEF, 0xBB, 0xBF]) { path = path.dropFirst(3) }
      if path.last == UInt8(ascii: "\r") { path = path.dropLast() }
    }
    return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
  }

  /// Ends the lines at one, or at the beginning of one, that can be no path.
  @discardableResult
  private func checkPath(_ line: ArraySlice<UInt8>, number: Int) -> Bool {
    let problem: String
    if !endWithNull, line.contains(0) {
      problem = "it holds a NUL byte; paths that end with NUL, as those of `find -print0`, need --null"
    } else if line.count > Self.longest {
      let expected = endWithNull ? "paths that end with NUL; leave out --null for one on each line" : "one on each line"
      problem = "it has more than \(Self.longest) bytes, as no path has; expected \(expected)"
    } else {
      return true
    }
    end(with: Failure("\(name), \(endWithNull ? "path" : "line") \(number): \(problem)"))
    return false
  }

  private func fill() {
    buffer.removeFirst(start)
    searched -= start
    start = 0
    do {
      let more = try Interruption.read(descriptor, name: name)
      isAtEnd = more.isEmpty
      buffer += more
    } catch {
      end(with: error)
    }
  }

  /// Half a line is no path.
  private func end(with error: any Error) {
    failure = error
    isAtEnd = true
    (buffer, start, searched) = ([], 0, 0)
  }
}
