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

  init(_ path: String, _ contentType: String?, _ bytes: [UInt8], headers: HTTPFields = [:]) {
    self.path = path
    self.contentType = contentType ?? "application/octet-stream"
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
    Asset("/", types["html"], PackageResources.index_html, headers: pageHeaders),
    file("api.js", PackageResources.api_js),
    file("app.js", PackageResources.app_js),
    file("capture.js", PackageResources.capture_js),
    file("dom.js", PackageResources.dom_js),
    file("download.js", PackageResources.download_js),
    file("example.mp3", PackageResources.example_mp3),
    file("icon.svg", PackageResources.icon_svg),
    file("live.js", PackageResources.live_js),
    file("microphone-worklet.js", PackageResources.microphone_worklet_js),
    file("microphone.js", PackageResources.microphone_js),
    file("model.js", PackageResources.model_js),
    file("notices.js", PackageResources.notices_js),
    file("player.js", PackageResources.player_js),
    file("plots.js", PackageResources.plots_js),
    file("recordings.js", PackageResources.recordings_js),
    file("result.js", PackageResources.result_js),
    file("row.js", PackageResources.row_js),
    file("sound.js", PackageResources.sound_js),
    file("spectrum.js", PackageResources.spectrum_js),
    file("style.css", PackageResources.style_css),
    file("timeline.js", PackageResources.timeline_js),
    file("view.js", PackageResources.view_js),
  ]

  /// The API's description.
  static let openAPI = Asset("/openapi.json", "application/json", PackageResources.openapi_json)

  private static let types = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml", "mp3": "audio/mpeg",
  ]

  private static func file(_ name: String, _ bytes: [UInt8]) -> Asset {
    Asset("/\(name)", types[String(name.drop { $0 != "." }.dropFirst())], bytes, headers: pageHeaders)
  }

  private static let pageHeaders: HTTPFields = {
    var headers: HTTPFields = [
      .contentSecurityPolicy: """
      default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
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
