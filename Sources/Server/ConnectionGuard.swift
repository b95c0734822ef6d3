import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Watches one connection: its requests' bodies must come in time, and whoever works for a client learns that it went.
///
/// The time for a request's head is Hummingbird's idle timeout, which runs until a head is complete.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// How long, in seconds, and how many bytes the rest of a body may take after its request was answered: a client that
  /// is still sending should get to read the answer.
  private static let rest = (time: 5.0, bytes: 64 << 20)

  private let maximumBody: Int
  private let bodyTimeout: Double
  /// Whether the body of the last request is still coming.
  private var isReading = false
  /// Requests that have come and are not fully answered.
  private var unanswered = 0
  private var restBytes = 0
  private var timer: Scheduled<Void>?
  /// What is wrong with bytes that are no request; nothing after them is read.
  private var malformed: HTTPParserError?
  /// Called when the client goes before its request is answered.
  var onGone: (() -> Void)?

  init(maximumBody: Int, bodyTimeout: Double) {
    self.maximumBody = maximumBody
    self.bodyTimeout = bodyTimeout
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      isReading = true
      unanswered += 1
      restBytes = 0
      invite(head, context)
    case .body(let bytes):
      if unanswered == 0 {
        restBytes += bytes.readableBytes
        if restBytes > Self.rest.bytes { return context.close(promise: nil) }
      }
    case .end:
      isReading = false
      timer?.cancel()
      timer = nil
    }
    context.fireChannelRead(data)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if isReading, timer == nil { setTimer(bodyTimeout, context) }
    context.fireChannelReadComplete()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if let error = error as? HTTPParserError { malformed = error }
    context.fireErrorCaught(error)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head:
      // Hummingbird's answer to what is no request: an empty 400.
      if unanswered == 0, let malformed { return explain(malformed, promise, context) }
    case .body:
      break
    case .end:
      if unanswered == 0 { break }
      unanswered -= 1
      onGone = nil
      if unanswered == 0, isReading { setTimer(min(bodyTimeout, Self.rest.time), context) }
    }
    context.write(data, promise: promise)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // A client that closes its side while it waits for an answer has gone; one that only stops sending looks the same.
    if case ChannelEvent.inputClosed = event, unanswered > 0 { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    onGone?()
    onGone = nil
    context.fireChannelInactive()
  }

  /// Writes the head and the body of the answer to bytes that are no request.
  private func explain(_ error: HTTPParserError, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
    let problem = Problem(error)
    let body = (try? JSON.encode(problem)) ?? Data()
    var head = HTTPResponse(status: .init(code: problem.status), headerFields: problem.headers)
    head.headerFields[.contentType] = "application/problem+json"
    head.headerFields[.contentLength] = "\(body.count)"
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(ByteBuffer(bytes: body))), promise: promise)
  }

  /// Tells a client that asks first that its body is welcome; without an answer curl waits a second.
  private func invite(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
    guard head.headerFields[.expect]?.lowercased() == "100-continue" else { return }
    let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
    if length <= maximumBody { context.writeAndFlush(wrapOutboundOut(.head(.init(status: .continue))), promise: nil) }
  }

  private func setTimer(_ seconds: Double, _ context: ChannelHandlerContext) {
    timer?.cancel()
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    let error = Problem.slowBody(bodyTimeout)
    timer = context.eventLoop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) {
      // Whoever reads the body gets the error: a route, which answers with it, or Hummingbird, which closes.
      bound.value.fireErrorCaught(error)
    }
  }
}

/// A request's context, which knows the connection.
struct ServerContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  private let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }

  /// Runs `operation`, and cancels it when the client goes.
  func whileClientStays<Value: Sendable>(
    _ operation: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let task = Task { try await operation() }
    channel.eventLoop.execute { [channel] in
      if let handler = try? channel.pipeline.syncOperations.handler(type: ConnectionGuard.self) {
        handler.onGone = { task.cancel() }
      } else {
        channel.closeFuture.whenComplete { _ in task.cancel() }
      }
    }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }
}
