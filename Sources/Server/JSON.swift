import Foundation
import Hummingbird

/// JSON with sorted keys, so that the same answer is the same bytes.
enum JSON {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return try encoder.encode(value)
  }

  static func response(_ value: some Encodable) throws -> Response {
    try Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: .init(byteBuffer: ByteBuffer(bytes: encode(value))))
  }
}

/// Seconds without decimals that are zero.
func format(_ seconds: Double) -> String { String(format: "%g", seconds) }
