import ArgumentParser
import Corpora
@preconcurrency import Foundation  // C's stdout is a variable
import Reporting
import Storage

/// A failure of a command, in words for the person at the terminal.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Runs a check of a library whose errors are wrong usage here, with the exit status of that.
@discardableResult
func usage<Value>(_ check: () throws -> Value) throws -> Value {
  do { return try check() } catch { throw ValidationError("\(error)") }
}

/// Runs what takes a split that was not given as `--split`, the name that libraries have for it.
///
/// - parameter name: what takes the place of `--split` in messages.
func naming<Value>(split name: String, _ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let error as CorpusError {
    let text = error.description
    throw Failure(text.hasPrefix("--split ") ? name + text.dropFirst("--split".count) : text)
  }
}

/// Foundation's errors about files in words, as they would be printed raw otherwise; all others as they are.
///
/// - parameter path: the file, where the error does not name it.
func readable(_ error: any Error, path: String? = nil) -> any Error {
  let record = error as NSError
  let isAboutFiles = record.domain == NSCocoaErrorDomain && (record.code == 4 || (255..<1_024).contains(record.code))
  guard isAboutFiles || (record.domain == NSPOSIXErrorDomain && path != nil) else { return error }
  let named = record.userInfo[NSFilePathErrorKey] as? String ?? (record.userInfo[NSURLErrorKey] as? URL)?.path
  let place = named ?? path ?? "a file"
  let known = [
    4: "No such file or directory", 257: "Permission denied", 260: "No such file or directory",
    513: "Permission denied", 640: "No space left on device", 642: "Read-only file system",
  ]
  let reason =
    systemCode(error).map { String(cString: strerror($0)) } ?? known[record.code] ?? record.localizedDescription
  if record.domain == NSCocoaErrorDomain, (255..<512).contains(record.code) {
    return Failure("\(place): cannot be read: \(reason). Check the path and its permissions.")
  }
  return notWritable(place, reason)
}

/// The C library's number of what has failed; nil where that is not known.
func systemCode(_ error: any Error) -> Int32? {
  let record = error as NSError
  let cause = (record.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError } ?? record
  return cause.domain == NSPOSIXErrorDomain ? Int32(cause.code) : nil
}

/// Why a recording cannot be used, in words; a name that is not UTF-8 has arrived here as another one, which is not there.
func readable(_ error: any Error, recording path: String) -> any Error {
  path.contains("\u{FFFD}") && !FileManager.default.fileExists(atPath: path)
    ? Failure("\(path): the file's name is not UTF-8; rename it") : readable(error)
}

private func notWritable(_ place: String, _ reason: String) -> Failure {
  Failure("\(place): cannot be written: \(reason). Check the folder, its permissions and the free space.")
}

/// Tries before the work whether its output can be written, so that nothing is lost at its end.
///
/// - parameter path: a file, or a folder; nil where none is asked for.
/// - throws: `Failure` that begins with the flag.
func checkWritable(_ path: String?, flag: String, isFolder: Bool = false) throws {
  guard let path else { return }
  let files = FileManager.default
  var status = stat()
  if stat(path, &status) == 0 {
    let kind = status.st_mode & S_IFMT
    if (kind == S_IFDIR) != isFolder {
      throw Failure(
        isFolder ? "\(flag) \(path): this is a file; name a folder" : "\(flag) \(path): this is a folder; name a file")
    }
    guard kind == S_IFDIR || kind == S_IFREG else { return }  // a device or pipe
  }
  // Missing folders are made later, in the nearest one that is there.
  var folder = URL(filePath: OutputPlace(path).path).absoluteURL.standardizedFileURL
  if !isFolder { folder.deleteLastPathComponent() }
  while folder.path != "/", !files.fileExists(atPath: folder.path) { folder.deleteLastPathComponent() }
  let trial = folder.appending(path: ".emotive-\(UUID().uuidString)").path
  let descriptor = open(trial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { throw notWritable("\(flag) \(path)", String(cString: strerror(errno))) }
  close(descriptor)
  unlink(trial)
}

/// Refuses an output that is one of the inputs, by whatever name, as it would take their place.
///
/// - parameter inputs: files; - is standard input.
func checkDistinct(_ path: String?, flag: String, from inputs: [String]) throws {
  /// A file's device and number on it; nil for what is no regular file, which loses nothing.
  func identity(_ path: String) -> [UInt64]? {
    var status = stat()
    guard stat(path == "-" ? "/dev/stdin" : path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }
  guard let path, let output = identity(path), inputs.contains(where: { identity($0) == output }) else { return }
  throw ValidationError("\(flag) \(path) is also the input; give another name")
}

/// Refuses two outputs that are one file, in which the later would take the other's place.
func checkDistinct(_ outputs: [(flag: String, path: String?)]) throws {
  var flags: [String: String] = [:]
  for (flag, path) in outputs {
    guard let path else { continue }
    let place = OutputPlace(path)
    // A device or a pipe takes one after the other.
    if place.isSpecial { continue }
    let file = URL(filePath: place.path).absoluteURL.standardizedFileURL
    let folder = file.deletingLastPathComponent().resolvingSymlinksInPath()
    if let other = flags.updateValue(flag, forKey: folder.appending(path: file.lastPathComponent).path) {
      throw ValidationError("\(flag) \(path) is also \(other); give another name")
    }
  }
}

/// Refuses a folder for an output that replaces it as a whole, unless it holds nothing else than an earlier one.
///
/// - Parameters:
///   - mark: the file by which an earlier output is known.
///   - isOwn: whether the command itself writes a file or folder of this name.
func checkReplaceable(_ path: String, flag: String, mark: String, isOwn: (String) -> Bool) throws {
  guard let stream = opendir(path) else { return }
  defer { closedir(stream) }
  // Foundation would leave out names that are not UTF-8.
  var found: [String] = []
  while let entry = readdir(stream) {
    withUnsafeBytes(of: &entry.pointee.d_name) { found.append(String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)) }
  }
  found.removeAll { [".", ".."].contains($0) }
  guard let foreign = found.sorted().first(where: { !isOwn($0) || !found.contains(mark) }) else { return }
  throw ValidationError(
    "\(flag) \(path): the folder would be replaced, but holds \"\(foreign)\", which this command has not written; "
      + "give another folder")
}

/// Refuses the name of a picture of a kind that is not drawn, and any where nothing is there to draw it.
func checkPicture(_ path: String?) throws {
  guard let path else { return }
  guard ["png", "svg"].contains(URL(filePath: path).pathExtension.lowercased()) else {
    throw ValidationError("--picture \(path): the name must end in .png or .svg")
  }
  try Figure.checkAvailable()
}

/// Refuses a number of workers that is none, or more than any machine has use for.
func checkJobs(_ jobs: Int) throws {
  let most = max(1_024, ProcessInfo.processInfo.activeProcessorCount)
  if !(1...most).contains(jobs) { throw ValidationError("--jobs must be 1 to \(most), but is \(jobs)") }
}

/// Throws where something that was printed did not get to standard output, as on a full disk. A reader who has gone, as
/// `head` does, has what it wanted.
func checkPrinted() throws {
  let isFlushed = fflush(stdout) == 0
  let reason = isFlushed ? EIO : errno
  guard !isFlushed || ferror(stdout) != 0, reason != EPIPE else { return }
  throw notWritable("standard output", String(cString: strerror(reason)))
}
