import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Storage

/// Watches one connection: heads and bodies must come in time, and whoever works for a client learns that it went.
///
/// Hummingbird's idle timeout is not used: it runs while a body is read as well, and then closes without an answer.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// How long, in seconds, and how many bytes the rest of a body may take after its request was answered: a client that
  /// is still sending should get to read the answer.
  private static let rest = (time: 5.0, bytes: 64 << 20)
  /// How long, in seconds, work goes on for a client that has closed its side: it has gone, or it only has nothing more to
  /// say, as `nc -N`, and both look the same.
  static let patience = 2.0

  private let settings: ServerSettings
  private let lifecycle: Lifecycle
  private let log: RequestLog
  private let bytes = ByteGuard()
  /// Whether the body of the last request is still coming.
  private var isReading = false
  /// Requests that have come and are not fully answered.
  private var unanswered = 0
  /// Whether the connection closes after the last request that has come.
  private var isLast = false
  private var restBytes = 0
  /// Whether the timer that runs is that of a connection which waits for its next request.
  private var isIdle = false
  private var timer: Scheduled<Void>?
  /// Ends the wait for a client that takes nothing of what it is sent.
  private var stall: Scheduled<Void>?
  /// What is wrong with bytes that are no request; nothing after them is read.
  private var malformed: Problem?
  /// Called when the client goes before its request is answered.
  var onGone: (() -> Void)?

  init(_ settings: ServerSettings, _ lifecycle: Lifecycle, _ log: RequestLog) {
    (self.settings, self.lifecycle, self.log) = (settings, lifecycle, log)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    log.metrics.connectionOpened()
    let pipeline = context.pipeline.syncOperations
    if let decoder = try? pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self) {
      try? pipeline.addHandler(bytes, position: .before(decoder))
      try? pipeline.addHandler(HeadGuard(bytes, lifecycle), position: .after(decoder))
    }
    if context.channel.isActive { setTimer(settings.headerTimeout, context) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    log.metrics.connectionClosed()
    timer?.cancel()
    stall?.cancel()
  }

  func channelActive(context: ChannelHandlerContext) {
    setTimer(settings.headerTimeout, context)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      isReading = true
      isLast = head.headerFields[.connection] == "close"
      unanswered += 1
      restBytes = 0
      stopTimer()
      invite(head, context)
    case .body(let part):
      if unanswered == 0 {
        restBytes += part.readableBytes
        if restBytes > Self.rest.bytes { return context.close(promise: nil) }
      }
    case .end:
      isReading = false
      bytes.hasCome = false
      if unanswered > 0 { stopTimer() } else { awaitNext(context) }
    }
    context.fireChannelRead(data)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if isReading, timer == nil { setTimer(settings.bodyTimeout, context) }
    if isIdle, bytes.hasCome { awaitNext(context) }
    context.fireChannelReadComplete()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case let problem as Problem:
      malformed = problem
      context.fireErrorCaught(HTTPParserError.invalidHeaderToken)  // what Hummingbird answers
    case let error as HTTPParserError:
      malformed = Problem(error)
      context.fireErrorCaught(error)
    default:
      context.fireErrorCaught(error)
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head:
      // Hummingbird's answer to what is no request: an empty 400.
      if unanswered == 0, let malformed { return explain(malformed, promise, context) }
    case .body:
      break
    case .end:
      if unanswered > 0 {
        unanswered -= 1
        onGone = nil
      }
      if unanswered == 0 { awaitNext(context) }
    }
    context.write(data, promise: promise)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    stall?.cancel()
    stall = nil
    if !context.channel.isWritable { awaitReader(context) }
    context.fireChannelWritabilityChanged()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event, unanswered > 0 {
      if isReading { context.close(promise: nil) } else { setTimer(Self.patience, context) }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    stopTimer()
    onGone?()
    onGone = nil
    context.fireChannelInactive()
  }

  /// Writes the head and the body of the answer to bytes that are no request.
  private func explain(_ problem: Problem, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
    let body = (try? JSON.encode(problem)) ?? Data()
    var head = HTTPResponse(status: .init(code: problem.status), headerFields: problem.headers)
    head.headerFields[.contentType] = "application/problem+json"
    head.headerFields[.contentLength] = "\(body.count)"
    let id = RequestID.make()
    RequestID.add(id, to: &head.headerFields)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: promise)
    log.add(method: nil, path: "other", status: problem.status, seconds: nil, id: id)
  }

  /// Tells a client that asks first that its body is welcome; without an answer curl waits a second.
  private func invite(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
    guard head.headerFields[.expect]?.lowercased() == "100-continue" else { return }
    let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
    guard length <= settings.maximumBody else { return }
    context.writeAndFlush(wrapOutboundOut(.head(.init(status: .continue))), promise: nil)
  }

  /// Limits, once all is answered, the time for what may come: the rest of a body, the client's end, its next request.
  private func awaitNext(_ context: ChannelHandlerContext) {
    if isReading || isLast || malformed != nil {
      setTimer(min(settings.bodyTimeout, Self.rest.time), context)
    } else if bytes.hasCome {
      setTimer(settings.headerTimeout, context)
    } else {
      setTimer(settings.keepAlive, context)
      isIdle = true
    }
  }

  private func stopTimer() {
    timer?.cancel()
    (timer, isIdle) = (nil, false)
  }

  /// Ends in some seconds what goes on now: a body that a route waits for is refused, all else closes the connection.
  private func setTimer(_ seconds: Double, _ context: ChannelHandlerContext) {
    stopTimer()
    timer = schedule(in: seconds, context) {
      self.timer = nil
      if self.isReading, self.unanswered > 0 {
        // The route that reads the body gets the error, and answers with it.
        context.fireErrorCaught(Problem.slowBody(self.settings.bodyTimeout))
      } else {
        context.close(promise: nil)
      }
    }
  }

  /// Closes the connection when its client takes nothing for as long as a body may take; a large answer to a slow client
  /// is taken bit by bit.
  private func awaitReader(_ context: ChannelHandlerContext) {
    let before = unsent(context)
    stall = schedule(in: settings.bodyTimeout, context) {
      if self.unsent(context) < before { self.awaitReader(context) } else { context.close(promise: nil) }
    }
  }

  /// The bytes that the system has not taken yet.
  private func unsent(_ context: ChannelHandlerContext) -> Int {
    (try? context.channel.syncOptions?.getOption(ChannelOptions.bufferedWritableBytes)) ?? 0
  }

  private func schedule(
    in seconds: Double, _ context: ChannelHandlerContext, _ body: @escaping () -> Void
  ) -> Scheduled<Void> {
    context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(seconds * 1e9)), body)
  }
}
