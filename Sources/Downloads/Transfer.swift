import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One HTTP request, handed over piece by piece to the thread that asked for it.
final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {  // pieces are kept under the condition
  enum Piece: Sendable {
    case response(status: Int, headers: [String: String])
    case body(Data)
    case end(URLError?)
  }

  private let condition = NSCondition()
  private var pieces: [Piece] = []
  private var session: URLSession?

  /// Sends a request for `url`; `headers` are added, and `timeout` seconds without a byte end it.
  init(_ url: URL, headers: [String: String], timeout: Double) {
    super.init()
    let settings = URLSessionConfiguration.ephemeral
    settings.timeoutIntervalForRequest = timeout
    settings.requestCachePolicy = .reloadIgnoringLocalCacheData
    var request = URLRequest(url: url)
    // A body compressed on the way would have other lengths and positions than the file.
    for (name, value) in headers.merging(["Accept-Encoding": "identity"], uniquingKeysWith: { own, _ in own }) {
      request.setValue(value, forHTTPHeaderField: name)
    }
    let session = URLSession(configuration: settings, delegate: self, delegateQueue: nil)
    self.session = session
    session.dataTask(with: request).resume()
  }

  /// Waits for the next piece.
  func next() -> Piece {
    condition.lock()
    defer { condition.unlock() }
    while pieces.isEmpty { condition.wait() }
    return pieces.removeFirst()
  }

  /// Ends the request, if it still runs, and frees the session, which holds on to its delegate until then.
  func cancel() { session?.invalidateAndCancel() }

  private func add(_ piece: Piece) {
    condition.lock()
    pieces.append(piece)
    condition.signal()
    condition.unlock()
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    if let response = response as? HTTPURLResponse {
      var headers: [String: String] = [:]
      for (name, value) in response.allHeaderFields { headers["\(name)".lowercased()] = "\(value)" }
      add(.response(status: response.statusCode, headers: headers))
    }
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) { add(.body(data)) }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    add(.end(error.map { $0 as? URLError ?? URLError(.unknown, userInfo: ["reason": $0.localizedDescription]) }))
  }
}
