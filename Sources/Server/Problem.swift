import Audio
import Evaluation
import Foundation
import HTTPTypes
import Hummingbird
import NIOHTTP1
import Storage

/// An error as the client sees it: RFC 9457 problem details.
struct Problem: Error, Encodable, Equatable {
  /// The words that programs can rely on; the API's description has all of them.
  enum Kind: String, CaseIterable {
    case parameter, malformed, token, method, timeline, busy, empty, truncated, silent, decompression
    case notFound = "not-found"
    case unknownBundle = "unknown-bundle"
    case slowBody = "slow-body"
    case tooLarge = "too-large"
    case headTooLarge = "head-too-large"
    case notARecording = "not-a-recording"
    case noSamples = "no-samples"
    case notFinite = "not-finite"
    case tooShort = "too-short"
    case tooLong = "too-long"
    case sampleRate = "sample-rate"
    case shuttingDown = "shutting-down"
    case `internal`

    /// What a problem's `type` is.
    var urn: String { "urn:problem-type:emotive:\(rawValue)" }
  }

  /// The kind's URN.
  let type: String
  /// The same for all problems of this type.
  let title: String
  let status: Int
  /// What was found and what to do.
  let detail: String
  var headers: HTTPFields = [:]

  private enum CodingKeys: String, CodingKey { case type, title, status, detail }

  init(_ kind: Kind, _ status: HTTPResponse.Status, title: String, detail: String, headers: HTTPFields = [:]) {
    type = kind.urn
    self.title = title
    self.status = status.code
    self.detail = detail
    self.headers = headers
  }

  var response: Response {
    var headers = headers
    headers[.contentType] = "application/problem+json"
    let body = (try? JSON.encode(self)) ?? Data()
    return Response(
      status: .init(code: status), headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: body)))
  }
}

extension Problem {
  static func parameter(_ detail: String) -> Problem {
    Problem(.parameter, .badRequest, title: "A query parameter is wrong", detail: detail)
  }

  static let token = Problem(
    .token, .unauthorized, title: "The token is missing or wrong",
    detail: "Send the header \"Authorization: Bearer TOKEN\" with the token of the server's token file.",
    headers: [.wwwAuthenticate: "Bearer"])

  static func notFound(_ path: String) -> Problem {
    Problem(
      .notFound, .notFound, title: "There is nothing at this path",
      detail: "Nothing is at \(path.prefix(200)); GET /openapi.json lists what there is.")
  }

  static func unknownBundle(_ name: String, known: [String]) -> Problem {
    Problem(
      .unknownBundle, .notFound, title: "There is no bundle of this name",
      detail: "No bundle is called \"\(name.prefix(200))\"; there is \(known.joined(separator: ", ")).")
  }

  static func method(_ method: HTTPRequest.Method, allowed: [HTTPRequest.Method]) -> Problem {
    let names = allowed.map(\.rawValue).joined(separator: ", ")
    return Problem(
      .method, .methodNotAllowed, title: "The path does not take this method",
      detail: "\(method.rawValue.prefix(40)) is not possible here; use \(names).", headers: [.allow: names])
  }

  static func slowBody(_ seconds: Double) -> Problem {
    Problem(
      .slowBody, .requestTimeout, title: "The body took too long",
      detail: "The body was not complete within \(plain(seconds)) s; send a smaller one, or raise --body-timeout.",
      headers: [.connection: "close"])
  }

  /// The problem of a head without a Host header, or with more than one.
  static func host(count: Int) -> Problem {
    malformed(
      "A request of HTTP/1.1 has one Host header, this one has \(count == 0 ? "none" : "\(count)"); "
        + "send one with the server's name.")
  }

  private static func malformed(_ detail: String) -> Problem {
    Problem(
      .malformed, .badRequest, title: "The request is not HTTP", detail: detail, headers: [.connection: "close"])
  }

  /// The problem of bytes that are no request.
  init(_ error: HTTPParserError) {
    if case .headerOverflow = error {
      self.init(
        .headTooLarge, .requestHeaderFieldsTooLarge, title: "The request's head is too large",
        detail: "At most \(headLimits.field) bytes are accepted for one line and \(headLimits.all) for all; "
          + "send the recording as the body, and fewer or shorter headers.",
        headers: [.connection: "close"])
    } else {
      self = .malformed(
        "The bytes received are not an HTTP/1.1 request; send one, with a body as its head announces it.")
    }
  }

  static func tooLarge(_ limit: Int) -> Problem {
    Problem(
      .tooLarge, .contentTooLarge, title: "The body is too large",
      detail: "At most \(limit) bytes are accepted; compress the recording (FLAC, Opus), cut it, or raise "
        + "--maximum-body.",
      headers: [.connection: "close"])
  }

  static func unsupported(_ detail: String) -> Problem {
    Problem(.notARecording, .unsupportedMediaType, title: "The body is not a recording", detail: detail)
  }

  static func busy(retryAfter seconds: Int, _ what: String) -> Problem {
    Problem(
      .busy, .serviceUnavailable, title: "The server is busy",
      detail: "\(what); try again in \(seconds) s.", headers: [.retryAfter: "\(seconds)"])
  }

  static let shuttingDown = ending("Requests that have begun are finished; send new ones to another server.")

  /// What a request gets that is cut off when the drain time is over.
  static let cutOff = ending("The request was not finished in time; send it to another server.")

  private static func ending(_ detail: String) -> Problem {
    Problem(.shuttingDown, .serviceUnavailable, title: "The server is shutting down", detail: detail)
  }

  static let `internal` = Problem(
    .internal, .internalServerError, title: "The server failed",
    detail: "This is a defect of the server, not of the request; its standard error says more.")

  /// The problem of a recording that cannot be used.
  ///
  /// - Parameter name: what the error calls the recording, which its message begins with.
  init(_ error: AudioError, name: String) {
    let message = error.description
    let plain = message.hasPrefix("\(name): ") ? String(message.dropFirst(name.count + 2)) : message
    let detail = plain.prefix(1).uppercased() + plain.dropFirst() + "."
    func unusable(_ kind: Kind, _ title: String) -> Problem {
      Problem(kind, .unprocessableContent, title: title, detail: detail)
    }
    switch error {
    case .notAudio, .notStreamable: self = .unsupported(detail)
    case .empty: self = unusable(.empty, "The body is empty")
    case .truncated: self = unusable(.truncated, "The recording is cut or damaged")
    case .noSamples: self = unusable(.noSamples, "The recording has no samples")
    case .notFinite: self = unusable(.notFinite, "Samples are not numbers")
    case .silent: self = unusable(.silent, "The recording is silent")
    case .tooShort: self = unusable(.tooShort, "The recording is too short")
    case .tooLong: self = unusable(.tooLong, "The recording is too long")
    case .tooLarge: self = unusable(.decompression, "The recording is too large when decoded")
    case .resampling: self = unusable(.sampleRate, "The sample rate cannot be used")
    case .missing, .directory, .noPermission, .unreadable, .notWritable: self = .internal
    }
  }
}

/// How many bytes a request's head may have: one line of it, and all of it.
let headLimits = (field: 16 << 10, all: 32 << 10)
