import Foundation

/// A connection that sends what it is told and as slowly as it is told, which no HTTP client would.
final class RawClient: Sendable {
  private let descriptor: Int32

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
    }
    guard status == 0 else { throw Failure(description: "cannot connect: errno \(errno)") }
  }

  deinit { close(descriptor) }

  /// Sends bytes; false once the server has closed.
  @discardableResult func send(_ data: Data) -> Bool {
    var sent = 0
    while sent < data.count {
      let count = data.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  @discardableResult func send(_ text: String) -> Bool { send(Data(text.utf8)) }

  /// Sends the head of a request and as much of a body as given.
  @discardableResult func post(_ uri: String, length: Int, _ headers: String = "", _ body: Data = Data()) -> Bool {
    send(Data("POST \(uri) HTTP/1.1\r\nHost: x\r\n\(headers)Content-Length: \(length)\r\n\r\n".utf8) + body)
  }

  /// What comes until the server closes, until `end` has come, or until the time is over.
  ///
  /// It waits on a thread of its own: Swift's own may be as few as one, which a server in this process needs.
  func receive(until end: String? = nil, within seconds: Double = 20) async -> (text: String, isClosed: Bool) {
    await withCheckedContinuation { continuation in
      Thread { continuation.resume(returning: self.waitFor(end, within: seconds)) }.start()
    }
  }

  /// The same on the calling thread.
  func waitFor(_ end: String?, within seconds: Double = 20) -> (text: String, isClosed: Bool) {
    var bytes = Data()
    let deadline = Date(timeIntervalSinceNow: seconds)
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let rest = deadline.timeIntervalSinceNow
      guard rest > 0, Glibc.poll(&poll, 1, Int32(rest * 1_000) + 1) > 0 else { break }
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return (String(decoding: bytes, as: UTF8.self), true) }
      bytes.append(contentsOf: buffer[..<count])
      if let end, String(decoding: bytes, as: UTF8.self).contains(end) { break }
    }
    return (String(decoding: bytes, as: UTF8.self), false)
  }

  /// Resets the connection, as a killed client's system may do.
  func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  /// Says that nothing more will be sent, as a client that goes does.
  func finish() { shutdown(descriptor, Int32(SHUT_WR)) }
}
