import Hummingbird
import NIOCore

/// A request's context, which knows the connection.
struct ServerContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  private let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }

  /// Runs `operation`, and cancels it when the client goes or the server ends.
  ///
  /// - throws: `Problem.cutOff` where the server ends, what `operation` throws.
  func whileClientStays<Value: Sendable>(
    _ lifecycle: Lifecycle, _ operation: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let task = Task { try await operation() }
    let number = lifecycle.begin { task.cancel() }
    defer { lifecycle.end(number) }
    channel.eventLoop.execute { [channel] in
      if let handler = try? channel.pipeline.syncOperations.handler(type: ConnectionGuard.self) {
        handler.onGone = { task.cancel() }
      } else {
        channel.closeFuture.whenComplete { _ in task.cancel() }
      }
    }
    do {
      return try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    } catch is CancellationError where lifecycle.isOver {
      throw Problem.cutOff
    }
  }
}
