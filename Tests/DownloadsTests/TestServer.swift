import Foundation
import Synchronization

/// A tiny HTTP server on a free port of this machine, for one connection after another.
final class TestServer: Sendable {
  /// What is answered to a request.
  struct Response: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body = Data()
    /// Close the connection after so many bytes of the body, of which all were promised.
    var cut: Int?
  }

  struct Request: Sendable {
    var path: String
    var headers: [String: String]

    /// The first byte asked for by a Range header.
    var rangeStart: Int? {
      headers["range"].flatMap { $0.wholeMatch(of: #/bytes=(\d+)-/#) }.flatMap { Int($0.1) }
    }
  }

  let port: UInt16
  private let listener: Int32
  private let log = Mutex<[Request]>([])

  /// All requests so far.
  var requests: [Request] { log.withLock { $0 } }

  func url(_ path: String) -> URL { URL(string: "http://127.0.0.1:\(port)/\(path)")! }

  /// A proxy that this machine may be told to use does not know our ports.
  private static let bypassesProxies = setenv("no_proxy", "*", 1) == 0

  init(_ answer: @escaping @Sendable (Request) -> Response) throws {
    _ = Self.bypassesProxies
    #if os(Linux)
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = self.listener
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &size) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    guard isListening else { throw POSIXError(.EADDRINUSE) }
    Thread.detachNewThread { [weak self] in
      while case let connection = accept(listener, nil, nil), connection >= 0 {
        if let request = Self.read(connection) {
          self?.log.withLock { $0.append(request) }
          Self.write(answer(request), to: connection)
        }
        close(connection)
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  /// Serves one file with ranges, as a web server does; `changing` may bend each answer.
  static func file(
    _ data: Data, tag: String? = nil, changing: @escaping @Sendable (Request, inout Response) -> Void = { _, _ in }
  ) throws -> TestServer {
    try TestServer { request in
      var response = Response(body: data)
      let isSameVersion = request.headers["if-range"].map { $0 == tag } ?? true
      if let start = request.rangeStart, isSameVersion {
        if start < data.count {
          response = Response(
            status: 206, headers: ["Content-Range": "bytes \(start)-\(data.count - 1)/\(data.count)"],
            body: Data(data[start...]))
        } else {
          response = Response(status: 416, headers: ["Content-Range": "bytes */\(data.count)"])
        }
      }
      response.headers["ETag"] = tag
      changing(request, &response)
      return response
    }
  }

  private static func read(_ connection: Int32) -> Request? {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !text.contains("\r\n\r\n") {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    let lines = text.split(separator: "\r\n")
    let headers = lines.dropFirst().compactMap { line in
      line.firstIndex(of: ":").map {
        (line[..<$0].lowercased(), line[line.index(after: $0)...].trimmingCharacters(in: .whitespaces))
      }
    }
    return Request(
      path: String(lines[0].split(separator: " ")[1]), headers: Dictionary(headers, uniquingKeysWith: { $1 }))
  }

  private static func write(_ response: Response, to connection: Int32) {
    var head = "HTTP/1.1 \(response.status) -\r\nContent-Length: \(response.body.count)\r\nConnection: close\r\n"
    for (name, value) in response.headers { head += "\(name): \(value)\r\n" }
    let bytes = Data("\(head)\r\n".utf8) + response.body.prefix(response.cut ?? .max)
    bytes.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = send(connection, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
        if count <= 0 { return }
        sent += count
      }
    }
    // Without this the kernel may take back what the other side has not read yet.
    shutdown(connection, Int32(SHUT_WR))
  }
}
