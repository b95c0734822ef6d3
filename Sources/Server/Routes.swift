import Foundation
import HTTPTypes
import Hummingbird
import Recognition
import Storage

/// One path of the server and what answers there.
struct Route: Sendable {
  let method: HTTPRequest.Method
  let path: String
  /// Whether the token is asked for, where there is one.
  let isProtected: Bool
  let answer: @Sendable (Request, ServerContext) async throws -> Response

  /// A request's path as routes write it: the router takes no notice of a slash at the end, nor of several in a row.
  static func path(of request: Request) -> String {
    "/" + request.uri.path.split(separator: "/").joined(separator: "/")
  }
}

/// What the routes answer with.
struct Routes: Sendable {
  let settings: ServerSettings
  let bundles: BundleRegistry
  let engine: RecognitionEngine
  let reader: RecordingReader
  let metrics: ServerMetrics
  let lifecycle: Lifecycle

  var metricsText: String {
    metrics.text(queue: engine.places, timelines: engine.timelinePlaces, bodies: reader.memory)
  }

  var all: [Route] {
    let api = [
      Route(method: .post, path: "/v1/classify", isProtected: true, answer: classify),
      Route(method: .post, path: "/v1/spectrogram", isProtected: true, answer: spectrogram),
      Route(method: .get, path: "/v1/bundles", isProtected: true) { _, _ in
        try JSON.response(BundlesAnswer(bundles.all, settings: settings))
      },
      Route(method: .get, path: "/healthz", isProtected: false) { _, _ in try JSON.response(["status": "ok"]) },
      Route(method: .get, path: "/readyz", isProtected: false) { _, _ in
        if lifecycle.isDraining { throw Problem.shuttingDown }
        return try JSON.response(["status": "ready"])
      },
      Route(method: .get, path: "/metrics", isProtected: true) { _, _ in
        Response(
          status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
          body: .init(byteBuffer: ByteBuffer(string: metricsText)))
      },
    ]
    let assets = (Asset.page + [Asset.openAPI]).map { asset in
      Route(method: .get, path: asset.path, isProtected: false) { request, _ in asset.response(to: request) }
    }
    return api + assets
  }

  @Sendable private func classify(_ request: Request, _ context: ServerContext) async throws -> Response {
    let query = try Query(request, known: ["bundle", "top", "timeline", "dense"])
    let top = try query.integer("top", in: 1...1_000)
    let (timeline, dense) = (try query.flag("timeline") ?? false, try query.flag("dense"))
    let entry = try bundles.entry(named: query.text("bundle"))
    if timeline, dense == true, let obstacle = entry.manifest.obstacleToDense {
      throw Problem(
        .timeline, .unprocessableContent, title: "No timeline can be made",
        detail:
          "A dense timeline needs a bundle with \(BundleManifest.denseNeeds); \(entry.name) has \(obstacle). Ask without "
          + "dense.")
    }
    try engine.checkRoom(timeline: timeline)
    return try await context.whileClientStays(lifecycle) {
      try await reader.withRecording(of: request) { data in
        let classification = try await engine.classify(
          data, with: entry.recognizer, timeline: timeline, dense: dense)
        return try JSON.response(ClassifyAnswer(classification, entry, top: top))
      }
    }
  }

  @Sendable private func spectrogram(_ request: Request, _ context: ServerContext) async throws -> Response {
    let query = try Query(request, known: ["bundle"])
    let entry = try bundles.entry(named: query.text("bundle"))
    try engine.checkRoom()
    return try await context.whileClientStays(lifecycle) {
      try await reader.withRecording(of: request) { data in
        let image = try await engine.image(of: data, for: entry.recognizer)
        return Response(
          status: .ok, headers: [.contentType: "image/png"],
          body: .init(byteBuffer: ByteBuffer(bytes: SpectrogramPicture.png(image))))
      }
    }
  }
}
