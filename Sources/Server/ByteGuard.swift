import NIOCore

/// Sees a connection's bytes before they are parsed: that a head has begun, which parsers tell at its end alone.
final class ByteGuard: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  /// Whether bytes have come since this was set to false.
  var hasCome = false
  /// Whether what comes is thrown away: behind a request for another protocol the decoder would keep all of it.
  var isShut = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if isShut { return }
    hasCome = true
    context.fireChannelRead(data)
  }
}
