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

/// The parameters of a request's query, all of them known and none twice.
struct Query {
  private var values: [String: String] = [:]

  /// - throws: `Problem.parameter`.
  init(_ request: Request, known: [String]) throws {
    for (key, value) in request.uri.queryParameters where !key.isEmpty {
      guard known.contains(String(key)) else {
        throw Problem.parameter(
          "There is no parameter \"\(key.prefix(40))\" here; there is \(known.joined(separator: ", ")).")
      }
      guard values.updateValue(String(value), forKey: String(key)) == nil else {
        throw Problem.parameter("The parameter \(key) is given twice; give it once.")
      }
    }
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

  func flag(_ name: String) throws -> Bool {
    switch values[name] {
    case nil, "false": return false
    case "true": return true
    case .some(let text):
      throw Problem.parameter("The parameter \(name) is \"\(text.prefix(40))\"; expected true or false.")
    }
  }
}
