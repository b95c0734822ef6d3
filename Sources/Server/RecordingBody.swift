import Foundation
import HTTPTypes
import Hummingbird

/// Reads the recordings that requests bring: never more than allowed, and never to disk.
struct RecordingReader: Sendable {
  let maximumBody: Int
  /// The bytes that all bodies together may have.
  let memory: Places

  /// Reads the body and hands it over; its bytes count as held until `body` returns.
  ///
  /// - throws: `Problem` for a body that is too large, comes too slowly, is encoded or finds no memory.
  func withRecording<Result: Sendable>(
    of request: Request, _ body: (Data) async throws -> Result
  ) async throws -> Result {
    try checkHead(of: request)
    var held = 0
    let start = ContinuousClock.now
    defer { memory.giveBack(held, after: (ContinuousClock.now - start).seconds) }
    var data = Data()
    for try await buffer in request.body {
      let count = buffer.readableBytes
      guard data.count + count <= maximumBody else { throw Problem.tooLarge(maximumBody) }
      try memory.take(count)
      held += count
      data.append(contentsOf: buffer.readableBytesView)
    }
    // A body ends early without an error where whoever reads it is cancelled.
    try Task.checkCancellation()
    return try await body(data)
  }

  private func checkHead(of request: Request) throws {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maximumBody {
      throw Problem.tooLarge(maximumBody)
    }
    if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
      throw Problem.unsupported(
        "The body has the Content-Encoding \(encoding.prefix(40)); send the recording's own bytes, without one.")
    }
    if request.headers[.contentType]?.lowercased().hasPrefix("multipart/") == true {
      throw Problem.unsupported(
        "The body is a form; send the recording's bytes as they are, as `curl --data-binary @speech.wav` does.")
    }
  }
}

/// The parameters of a request's query, written as browsers write forms (a space as + or %20), all of them known and none
/// twice.
struct Query {
  private var values: [String: String] = [:]

  /// - throws: `Problem.parameter`.
  init(_ request: Request, known: [String]) throws {
    for pair in (request.uri.query ?? "").split(separator: "&") {
      let parts = try pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(Self.decoded)
      let (key, value) = (parts[0], parts.count > 1 ? parts[1] : "")
      if key.isEmpty { continue }
      guard known.contains(key) else {
        throw Problem.parameter(
          "There is no parameter \"\(key.prefix(40))\" here; there is \(known.joined(separator: ", ")).")
      }
      guard values.updateValue(value, forKey: key) == nil else {
        throw Problem.parameter("The parameter \(key) is given twice; give it once.")
      }
    }
  }

  /// Undoes form encoding, in which URI.queryParameters would leave a plus as it is.
  private static func decoded(_ text: Substring) throws -> String {
    guard let value = text.replacing("+", with: " ").removingPercentEncoding else {
      throw Problem.parameter(
        "The query has \"\(text.prefix(40))\", which is not percent-encoded UTF-8; write each byte of a letter as %XX.")
    }
    return value
  }

  func text(_ name: String) throws -> String? {
    guard let value = values[name] else { return nil }
    guard !value.isEmpty else {
      throw Problem.parameter("The parameter \(name) is empty; give a value or leave it out.")
    }
    return value
  }

  func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = values[name] else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw Problem.parameter(
        "The parameter \(name) is \"\(text.prefix(40))\"; expected a whole number from \(range.lowerBound) to \(range.upperBound)."
      )
    }
    return value
  }

  /// nil where it is not given.
  func flag(_ name: String) throws -> Bool? {
    switch values[name] {
    case nil: return nil
    case "false": return false
    case "true": return true
    case .some(let text):
      throw Problem.parameter("The parameter \(name) is \"\(text.prefix(40))\"; expected true or false.")
    }
  }
}
