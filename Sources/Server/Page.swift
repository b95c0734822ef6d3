import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// A file that is part of the program: the page, its scripts and the API's description.
struct Asset: Sendable {
  let path: String
  let contentType: String
  let bytes: ByteBuffer
  let entityTag: String
  let headers: HTTPFields

  init(_ path: String, _ contentType: String, _ bytes: [UInt8], headers: HTTPFields = [:]) {
    self.path = path
    self.contentType = contentType
    self.bytes = ByteBuffer(bytes: bytes)
    entityTag = "\"" + SHA256.hash(data: bytes).prefix(8).map { String(format: "%02x", $0) }.joined() + "\""
    self.headers = headers
  }

  func response(to request: Request) -> Response {
    var headers = headers
    headers[.eTag] = entityTag
    headers[.cacheControl] = "no-cache"  // asks each time, and is told 304
    let known = request.headers[.ifNoneMatch]?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    if known?.contains(where: { $0 == entityTag || $0 == "W/\(entityTag)" || $0 == "*" }) == true {
      return Response(status: .notModified, headers: headers)
    }
    headers[.contentType] = contentType
    return Response(status: .ok, headers: headers, body: .init(byteBuffer: bytes))
  }
}

extension Asset {
  /// The files of `Page/`, which the compiler puts into the program.
  static let page: [Asset] = [
    Asset("/", "text/html; charset=utf-8", PackageResources.index_html, headers: pageHeaders)
  ]

  /// The API's description.
  static let openAPI = Asset("/openapi.json", "application/json", PackageResources.openapi_json)

  private static let pageHeaders: HTTPFields = {
    var headers: HTTPFields = [
      .contentSecurityPolicy: """
      default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; \
      media-src 'self' blob:; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
      """
    ]
    for (name, value) in [
      ("Referrer-Policy", "no-referrer"), ("Permissions-Policy", "microphone=(self)"),
      ("Cross-Origin-Opener-Policy", "same-origin"),
    ] {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
    return headers
  }()
}
