import ArgumentParser
import Corpora
import Foundation

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
  let underlying = (record.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError }
  let cause = underlying ?? record
  let known = [
    4: "No such file or directory", 257: "Permission denied", 260: "No such file or directory",
    513: "Permission denied", 640: "No space left on device", 642: "Read-only file system",
  ]
  let reason =
    cause.domain == NSPOSIXErrorDomain
    ? String(cString: strerror(Int32(cause.code))) : known[record.code] ?? record.localizedDescription
  if record.domain == NSCocoaErrorDomain, (255..<512).contains(record.code) {
    return Failure("\(place): cannot be read: \(reason). Check the path and its permissions.")
  }
  return notWritable(place, reason)
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
    guard kind == S_IFDIR || kind == S_IFREG else { return }  // a device or pipe
    if (kind == S_IFDIR) != isFolder {
      throw Failure(
        isFolder ? "\(flag) \(path): this is a file; name a folder" : "\(flag) \(path): this is a folder; name a file")
    }
  }
  // Missing folders are made later, in the nearest one that is there.
  var folder = URL(filePath: path).absoluteURL.standardizedFileURL
  if !isFolder { folder.deleteLastPathComponent() }
  while folder.path != "/", !files.fileExists(atPath: folder.path) { folder.deleteLastPathComponent() }
  let trial = folder.appending(path: ".emotive-\(UUID().uuidString)").path
  let descriptor = open(trial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { throw notWritable("\(flag) \(path)", String(cString: strerror(errno))) }
  close(descriptor)
  unlink(trial)
}

/// Refuses the name of a picture of a kind that is not drawn.
func checkPicture(_ path: String?) throws {
  if let path, !["png", "svg"].contains(URL(filePath: path).pathExtension.lowercased()) {
    throw ValidationError("--picture \(path): the name must end in .png or .svg")
  }
}

/// Refuses a number of workers that is none.
func checkJobs(_ jobs: Int) throws {
  if jobs < 1 { throw ValidationError("--jobs must be at least 1, but is \(jobs)") }
}
