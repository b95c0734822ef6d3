import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Fetches files over HTTP, going on where an earlier try broke off, and checks what arrived.
///
/// ```swift
/// let weights = Architecture.resnet18.pretrainedWeights
/// try weights.map { try Downloader().fetch($0.download()) { event in print(event) } }
/// ```
public struct Downloader: Sendable {
  /// How often a broken connection is taken up again without a byte arriving in between.
  public var retries: Int
  /// How long to wait for a byte before the connection counts as broken, in seconds.
  public var timeout: Double
  /// The pause before the first retry, in seconds; each further one is twice as long.
  public var pause: Double

  /// A downloader with defaults for a slow and unsteady network.
  public init(retries: Int = 4, timeout: Double = 60, pause: Double = 1) {
    self.retries = retries
    self.timeout = timeout
    self.pause = pause
  }

  /// Fetches a file unless it is there already.
  ///
  /// It blocks until the file is there. `progress` is called on the calling thread.
  /// - Returns: whether anything had to be fetched.
  /// - throws: `DownloadError` for an address that cannot be reached or does not have the file, for a wrong checksum,
  ///   and for a folder that cannot be written to.
  @discardableResult
  public func fetch(_ download: Download, progress: (DownloadEvent) -> Void = { _ in }) throws -> Bool {
    if try isPresent(download) { return false }
    let partial = try PartialFile(for: download.file)
    // Without a checksum nobody could tell whether two halves, fetched days apart, belong together.
    if download.checksum == nil { try partial.clear() }
    var wasResumed = partial.byteCount > 0
    while true {
      try receive(download, into: partial, progress: progress)
      guard let checksum = download.checksum else { break }
      let found = try checksum.computed(of: partial.url)
      if found == checksum { break }
      try partial.clear()
      // What an earlier try has left may be at fault: the whole file gets one chance.
      guard wasResumed else {
        throw DownloadError(
          download.source.absoluteString, "gave a file with \(found), expected \(checksum)",
          advice: "It was damaged on the way or is another file, and was not kept; try again or name another --from URL"
        )
      }
      wasResumed = false
    }
    try partial.finish()
    return true
  }

  private func isPresent(_ download: Download) throws -> Bool {
    guard FileManager.default.fileExists(atPath: download.file.path) else { return false }
    guard let checksum = download.checksum else { return true }
    return try checksum.computed(of: download.file) == checksum
  }

  private func receive(
    _ download: Download, into partial: PartialFile, progress: (DownloadEvent) -> Void
  ) throws {
    guard !download.source.isFileURL else { return try copy(download, into: partial, progress: progress) }
    var validator: String?
    var failures = 0
    while true {
      let present = partial.byteCount
      do {
        return try request(download.source, &validator, into: partial, progress: progress)
      } catch let broken as BrokenConnection {
        failures = partial.byteCount > present ? 1 : failures + 1
        // A machine without a network should say so at once; one that has just lost it may find it again.
        guard failures <= retries, broken.isPassing || partial.byteCount > 0 else {
          throw DownloadError(
            download.source.absoluteString, broken.problem,
            advice: "Check the network and try again: what has arrived is kept. Or fetch the file by other means, "
              + "and name it with --from FILE or copy it to \(download.file.path)")
        }
        let seconds = pause * Double(1 << (failures - 1))
        progress(.retrying(problem: broken.problem, seconds: seconds))
        Thread.sleep(forTimeInterval: seconds)
      }
    }
  }

  /// One request for what is missing. `validator` names the version of the file that is being fetched (its ETag).
  private func request(
    _ url: URL, _ validator: inout String?, into partial: PartialFile, progress: (DownloadEvent) -> Void
  ) throws {
    var headers: [String: String] = [:]
    if partial.byteCount > 0 {
      headers["Range"] = "bytes=\(partial.byteCount)-"
      headers["If-Range"] = validator
    }
    let transfer = Transfer(url, headers: headers, timeout: timeout)
    defer { transfer.cancel() }
    var byteCount: Int?
    while true {
      switch transfer.next() {
      case .response(let status, let headers):
        switch Answer(status: status, headers: headers, present: partial.byteCount) {
        case .rest(let total): byteCount = total
        case .whole(let total):
          try partial.clear()
          byteCount = total
        case .nothingMissing: return
        case .other(let problem):
          try partial.clear()
          throw BrokenConnection(problem: problem, isPassing: true)
        case .busy(let problem): throw BrokenConnection(problem: problem, isPassing: true)
        case .refused(let problem):
          throw DownloadError(
            url.absoluteString, problem, advice: "Check the address; --from URL names another place to fetch from")
        }
        validator = headers["etag"].flatMap { $0.hasPrefix("W/") ? nil : $0 }
        progress(.started(byteCount: byteCount, present: partial.byteCount))
      case .body(let data):
        try partial.append(data)
        progress(.received(data.count))
      case .end(let error?): throw BrokenConnection(error)
      case .end(nil):
        guard byteCount == nil || byteCount == partial.byteCount else {
          throw BrokenConnection(problem: "the connection ended early", isPassing: true)
        }
        return
      }
    }
  }

  private func copy(_ download: Download, into partial: PartialFile, progress: (DownloadEvent) -> Void) throws {
    func failure(_ reason: String) -> DownloadError {
      DownloadError(download.source.path, "cannot be read: \(reason)", advice: "Check the path given by --from")
    }
    // By the system's calls, which say why they fail.
    let descriptor = open(download.source.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(String(cString: strerror(errno))) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw failure(String(cString: strerror(EISDIR))) }
    do {
      try partial.clear()
      progress(.started(byteCount: Int(status.st_size), present: 0))
      while let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty {
        try partial.append(chunk)
        progress(.received(chunk.count))
      }
    } catch let error as DownloadError {
      throw error
    } catch {
      throw failure(error.localizedDescription)
    }
  }
}

/// A request that did not bring the rest of the file, which another one may.
private struct BrokenConnection: Error {
  var problem: String
  /// Whether it may help to try again at once.
  var isPassing: Bool
}

extension BrokenConnection {
  init(_ error: URLError) {
    switch error.code {
    case .timedOut: self.init(problem: "the server has fallen silent", isPassing: true)
    case .networkConnectionLost: self.init(problem: "the connection was lost", isPassing: true)
    case .cannotFindHost, .dnsLookupFailed: self.init(problem: "the host cannot be found", isPassing: false)
    case .cannotConnectToHost: self.init(problem: "the host refuses the connection", isPassing: false)
    default:
      let reason = error.userInfo["reason"] as? String ?? error.localizedDescription
      self.init(problem: "the connection failed (\(reason))", isPassing: false)
    }
  }
}
