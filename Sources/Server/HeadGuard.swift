import NIOCore
import NIOHTTP1

/// Sees each request's head while its version is still known: its Host header must be as HTTP has it, and the connection
/// stays open after the answer, or closes, as the client expects and as the server can.
final class HeadGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let bytes: ByteGuard
  private let lifecycle: Lifecycle
  /// What each answer that is still to come has to say of the connection; nil where it need not.
  private var connections: [String?] = []
  /// Whether the connection closes after the request that is being read.
  private var isLast = false
  /// Whether a head was refused, or the last request is read; nothing after it is.
  private var isOver = false

  init(_ bytes: ByteGuard, _ lifecycle: Lifecycle) { (self.bytes, self.lifecycle) = (bytes, lifecycle) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isOver { return }
    let part = unwrapInboundIn(data)
    guard case .head(var head) = part else {
      if case .end = part, isLast { (isOver, bytes.isShut) = (true, true) }
      return context.fireChannelRead(data)
    }
    let isOld = head.version == .http1_0
    let hosts = head.headers["Host"].count
    guard hosts == 1 || isOld && hosts == 0 else {
      isOver = true
      return context.fireErrorCaught(Problem.host(count: hosts))
    }
    if isOld { head.headers.remove(name: "Expect") }  // HTTP/1.0 knows no 100 Continue
    // The decoder reads nothing after a request for another protocol, which this server does not speak.
    isLast =
      !head.isKeepAlive || lifecycle.isDraining || head.headers.contains(name: "Upgrade") || head.method == .CONNECT
    if isLast {
      connections.append("close")
      // The one spelling that Hummingbird closes after, and what HTTP/1.0 means without a word.
      head.headers.replaceOrAdd(name: "Connection", value: "close")
    } else {
      connections.append(isOld ? "keep-alive" : nil)
    }
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head) where head.status.code >= 200:
      // Where the server is on its way out, a client should not send its next request here, unless it has already.
      let isEnding = connections.count == 1 && lifecycle.isDraining
      let connection: String? = isEnding ? "close" : connections.first ?? nil
      guard let connection, !head.headers.contains(name: "Connection") else { break }
      head.headers.add(name: "Connection", value: connection)
      return context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .end where !connections.isEmpty:
      connections.removeFirst()
    default:
      break
    }
    context.write(data, promise: promise)
  }
}
