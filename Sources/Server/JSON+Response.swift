import Foundation
import Hummingbird
import Storage

extension JSON {
  static func response(_ value: some Encodable) throws -> Response {
    try Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: .init(byteBuffer: ByteBuffer(bytes: encode(value))))
  }
}
