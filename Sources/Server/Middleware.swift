import Audio
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Recognition

/// Counts every answer, names it where that is asked for, and adds the headers that all answers have.
struct AnswerMiddleware: RouterMiddleware {
  typealias Context = ServerContext

  let routes: [Route]
  /// Whether pages of another origin may read the headers that are the server's own.
  let exposesHeaders: Bool
  let log: RequestLog

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let start = ContinuousClock.now
    let id = RequestID.find(in: request.headers)
    var context = context
    context.logger[metadataKey: "hb.request.id"] = "\(id)"
    var response = try await next(request, context)
    response.headers[.xContentTypeOptions] = "nosniff"
    RequestID.add(id, to: &response.headers)
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    // Browsers look for it at the answer, where Hummingbird puts it at the preflight alone.
    if exposesHeaders { response.headers[.accessControlExposeHeaders] = "Retry-After, X-Request-ID" }
    let path = Route.path(of: request)
    log.add(
      method: request.method, path: routes.contains { $0.path == path } ? path : "other",
      status: response.status.code, seconds: (ContinuousClock.now - start).seconds, id: id)
    // What answers HEAD where there is no GET, an error, has a body; its length alone is sent.
    return request.method == .head ? response.createHeadResponse() : response
  }
}

/// Turns every error into problem details.
struct ProblemMiddleware: RouterMiddleware {
  typealias Context = ServerContext

  let routes: [Route]

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do { return try await next(request, context) } catch { return response(to: error, request, context) }
  }

  private func response(to error: any Error, _ request: Request, _ context: Context) -> Response {
    switch error {
    case let problem as Problem:
      return problem.response
    case let error as AudioError:
      return Problem(error, name: RecognitionEngine.name).response
    case let error as TimelineError:
      return Problem(
        .timeline, .unprocessableContent, title: "No timeline can be made",
        detail: "\(error); ask without timeline."
      )
      .response
    case let error as HTTPParserError where !isCut(error):
      return Problem(error).response
    case is CancellationError, is HTTPParserError, is IOError, is ChannelError, NIOSSLError.uncleanShutdown:
      // Nobody reads this answer; the status is what nginx counts such requests under.
      return Response(status: .init(code: 499, reasonPhrase: "Client Closed Request"))
    case let error as HTTPError where error.status == .notFound:
      let path = Route.path(of: request)
      let allowed = routes.filter { $0.path == path }.map(\.method)
      let problem: Problem =
        allowed.isEmpty
        ? .notFound(request.uri.path)
        : .method(request.method, allowed: allowed + (allowed.contains(.get) ? [.head] : []))
      return problem.response
    default:
      // The error's own text may hold what a client sent; its type does not.
      context.logger.error("\(request.method) \(request.uri.path.prefix(100)): \(type(of: error))")
      return Problem.internal.response
    }
  }
}

/// Whether the client went in the middle of its request.
private func isCut(_ error: HTTPParserError) -> Bool {
  if case .invalidEOFState = error { true } else { false }
}

/// Lets only requests with the token through.
struct TokenMiddleware: RouterMiddleware {
  typealias Context = ServerContext

  private let digest: SHA256.Digest

  init(_ token: String) { digest = SHA256.hash(data: Data(token.utf8)) }

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    let header = request.headers[.authorization] ?? ""
    let sent = header.lowercased().hasPrefix("bearer ") ? header.dropFirst(7) : ""
    // Digests compare in constant time, and hashing first hides the token's length.
    guard SHA256.hash(data: Data(sent.utf8)) == digest else { throw Problem.token }
    return try await next(request, context)
  }
}
