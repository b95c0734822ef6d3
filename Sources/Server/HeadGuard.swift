import NIOCore
import NIOHTTP1

/// Sees each request's head while its version is still known: its Host header must be as HTTP has it, and the connection
/// stays open after the answer, or closes, as the client expects.
final class HeadGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// What each answer that is still to come has to say of the connection; nil where it need not.
  private var connections: [String?] = []
  /// Whether a head was refused; nothing after it is read.
  private var isRefused = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isRefused { return }
    guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    let isOld = head.version == .http1_0
    let hosts = head.headers["Host"].count
    guard hosts == 1 || isOld && hosts == 0 else {
      isRefused = true
      return context.fireErrorCaught(Problem.host(count: hosts))
    }
    if isOld { head.headers.remove(name: "Expect") }  // HTTP/1.0 knows no 100 Continue
    if head.isKeepAlive {
      connections.append(isOld ? "keep-alive" : nil)
    } else {
      connections.append("close")
      // The one spelling that Hummingbird closes after, and what HTTP/1.0 means without a word.
      head.headers.replaceOrAdd(name: "Connection", value: "close")
    }
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head) where head.status.code >= 200:
      guard let connection = connections.first ?? nil, !head.headers.contains(name: "Connection") else { break }
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
