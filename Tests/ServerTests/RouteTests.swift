import Audio
import Evaluation
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Recognition
import Storage
import Testing

@testable import Server

@Suite struct RouteTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.shared.get() }

  @Test func aRecordingIsClassifiedAsTheLibraryDoes() async throws {
    let expected = try fixture.recognizer().predict(data: recording(), name: "x")
    try await fixture.server().application().test(.router) { client in
      let response = try await client.post("/v1/classify", recording())
      #expect(response.status == .ok && response.headers[.contentType] == "application/json")
      #expect(response.headers[.cacheControl] == "no-store" && response.headers[.xContentTypeOptions] == "nosniff")
      let answer = try Answer(response)
      #expect(answer.bundle == "test" && answer.label == expected.label && answer.duration == 0.75)
      for (index, label) in ["a", "b", "c"].enumerated() {
        let probability = try #require(answer.probabilities?[label])
        #expect(abs(probability - expected.probabilities[index]) < 1e-6)
        // Each network's probabilities are at the same temperature: softmax(logits / 1.5).
        for (member, logits) in zip(try #require(answer.members), expected.logits) {
          let powers = logits.map { exp($0 / 1.5) }
          #expect(abs(try #require(member[label]) - powers[index] / powers.reduce(0, +)) < 1e-6)
        }
      }
      #expect(response.text.contains("\"predictive_entropy\":"))
    }
  }

  @Test func topKeepsTheMostProbableClasses() async throws {
    try await fixture.server().application().test(.router) { client in
      let all = try #require(try Answer(await client.post("/v1/classify", recording())).probabilities)
      for top in 1...4 {
        let answer = try Answer(await client.post("/v1/classify?top=\(top)", recording()))
        let expected = all.sorted { $0.value > $1.value }.prefix(top).map(\.key)
        #expect(Set(try #require(answer.probabilities).keys) == Set(expected))
        #expect(try #require(answer.members).allSatisfy { Set($0.keys) == Set(expected) })
      }
    }
  }

  @Test func aTimelineIsAddedWhenAsked() async throws {
    let sound = recording(seconds: 5)
    let expected = try fixture.recognizer().timeline(data: sound, name: "x")
    try await fixture.server().application().test(.router) { client in
      let answer = try Answer(await client.post("/v1/classify?timeline=true&top=1", sound))
      let timeline = try #require(answer.timeline)
      #expect(answer.summary == timeline.summary && answer.summary?.label != nil)
      #expect(timeline.windows.map(\.start) == expected.windows.map(\.start) && timeline.duration == 5)
      #expect(timeline.windows.count == 5 && timeline.segments.map(\.label) == expected.segments.map(\.label))
      for (window, other) in zip(timeline.windows, expected.windows) {
        #expect(zip(window.probabilities ?? [], other.probabilities ?? []).allSatisfy { abs($0 - $1) < 1e-4 })
      }
      #expect(try Answer(await client.post("/v1/classify?timeline=false", sound)).timeline == nil)
      #expect(try await client.post("/v1/classify?timeline=true", Data("x".utf8)).status.code == 415)
    }
  }

  @Test func aTimelineIsDenseWhenAskedOrLong() async throws {
    let folder = fixture.folder.appending(path: "padded-\(UUID().uuidString)")
    try await Fixture.writeBundle(to: folder, name: "padded", seed: 6) { features in
      (features.fit, features.padRate, features.sampleCount, features.whitening) = (.pad, 8_000, 25_000, .none)
    }
    let bundles = try BundleRegistry([(name: nil, directory: folder)])
    let sound = recording(seconds: 9)
    let expected = try bundles.entry(named: nil).recognizer.timeline(
      data: sound, name: "x", settings: TimelineSettings(dense: true))
    try await RecognitionServer(bundles, settings: .init()).application().test(.router) { client in
      #expect(try await client.get("/v1/bundles").text.contains("\"dense\":true"))
      for (isDense, query) in [(true, "&dense=true"), (false, "&dense=false"), (false, "")] {
        let answer = try Answer(await client.post("/v1/classify?timeline=true\(query)", sound))
        let windows = try #require(answer.timeline).windows
        #expect(windows.map(\.start) == expected.windows.map(\.start))
        let isSame = zip(windows, expected.windows).allSatisfy { window, other in
          zip(window.probabilities ?? [], other.probabilities ?? []).allSatisfy { abs($0 - $1) < 1e-6 }
        }
        #expect(isSame == isDense)
      }
      let long = try Answer(await client.post("/v1/classify?timeline=true", recording(seconds: 60)))
      #expect(try #require(long.timeline).settings.dense)
    }
  }

  @Test func silenceInTheMiddleIsNoReasonForNoTimeline() async throws {
    // Networks that see the middle 3.125 s of a longer recording.
    let folder = fixture.folder.appending(path: "middle-\(UUID().uuidString)")
    try await Fixture.writeBundle(to: folder, name: "middle", seed: 6) { features in
      (features.fit, features.padRate, features.sampleCount) = (.pad, 8_000, 25_000)
    }
    let bundles = try BundleRegistry([(name: nil, directory: folder)])
    let server = RecognitionServer(bundles, settings: .init())
    let quiet = (0..<16_000).map { Int16(4_000 * sin(Double($0 * $0 % 997) / 50)) }
    let sound = wav(quiet + Array(repeating: 0, count: 48_000) + quiet.map { 2 * $0 })
    try await server.application().test(.router) { client in
      #expect(try Answer(await client.post("/v1/classify", sound)).problem == "silent")
      let answer = try Answer(await client.post("/v1/classify?timeline=true", sound))
      let windows = try #require(answer.timeline).windows
      #expect(answer.duration == 10 && windows.contains { $0.isSilent })
      // The fields of the whole are those of the loudest window, as it is without smoothing.
      let loudest = try #require(windows.filter { !$0.isSilent }.max { $0.level < $1.level })
      #expect(loudest.start >= 7)
      let samples = try AudioFile.read(sound, name: "x").samples[Int(loudest.start * 8_000)..<Int(loudest.end * 8_000)]
      let expected = try bundles.entry(named: nil).recognizer.predict(
        waveform: Waveform(samples: Array(samples), sampleRate: 8_000))
      #expect(answer.label == expected.label && answer.members?.count == 2)
      for (label, probability) in zip(["a", "b", "c"], expected.probabilities) {
        #expect(abs(try #require(answer.probabilities?[label]) - probability) < 1e-6)
      }
      let silence = wav(Array(repeating: 0, count: 80_000))
      #expect(try Answer(await client.post("/v1/classify?timeline=true", silence)).problem == "silent")
    }
    #expect(server.routes.engine.places.taken == 0)
  }

  /// A bundle's own longest duration is for files; a server has its flag.
  @Test func theServersLongestDurationCounts() async throws {
    let folder = fixture.folder.appending(path: "short-\(UUID().uuidString)")
    try await Fixture.writeBundle(to: folder, name: "short", seed: 6) { $0.maximumDuration = 1 }
    let bundles = try BundleRegistry([(name: nil, directory: folder)])
    try await RecognitionServer(bundles, settings: .init()).application().test(.router) { client in
      let answer = try Answer(await client.post("/v1/classify", recording(seconds: 1.5)))
      #expect(answer.duration == 1.5 && answer.label != nil, "\(answer)")
    }
    let waveform = try AudioFile.read(recording(seconds: 1.5), name: "x")
    #expect(throws: AudioError.tooLong("x", duration: 1.5, maximum: 1)) {
      try bundles.entry(named: nil).recognizer.predict(waveform: waveform, name: "x")
    }
  }

  @Test func aNameMayHoldAnything() async throws {
    let bundles = try BundleRegistry(["other, adapted", "a+b", "é%"].map { ($0, fixture.bundle) })
    let server = RecognitionServer(bundles, settings: .init())
    try await server.application().test(.router) { client in
      for (query, name) in [
        ("other%2C+adapted", "other, adapted"), ("other,%20adapted", "other, adapted"), ("a%2Bb", "a+b"),
        ("%C3%A9%25", "é%"),
      ] {
        let answer = try Answer(await client.post("/v1/classify?top=1&bundle=\(query)&", recording()))
        #expect(answer.bundle == name, "\(query): \(answer)")
      }
      #expect(try Answer(await client.post("/v1/classify?b%75ndle=a%2Bb", recording())).bundle == "a+b")
      #expect(try Answer(await client.post("/v1/classify?bundle=a+b", recording())).problem == "unknown-bundle")
    }
  }

  @Test func bundlesAreChosenByName() async throws {
    try await fixture.server(["bundle", "other"]).application().test(.router) { client in
      let first = try Answer(await client.post("/v1/classify", recording()))
      let named = try Answer(await client.post("/v1/classify?bundle=test", recording()))
      let other = try Answer(await client.post("/v1/classify?bundle=other", recording()))
      #expect(first.bundle == "test" && first.probabilities == named.probabilities)
      #expect(other.bundle == "other" && other.probabilities != first.probabilities)
      let list = try await client.get("/v1/bundles").text
      #expect(
        list.hasPrefix("{\"bundles\":[{\"dense\":false,\"figures\":[],\"image\":{")
          && list.contains("\"default\":\"test\""))
      #expect(
        list.contains("\"seconds\":null")
          && list.contains("\"limits\":{\"maximum_body\":26214400,\"maximum_duration\":600"))
    }
    #expect { try fixture.server(["bundle", "bundle"]) } throws: { "\($0)".contains("two bundles are called test") }
  }

  @Test func anIntervalOfTooFewSpeakersIsNull() throws {
    struct Provenance: Decodable { let figures: [EvaluationResult] }
    struct Manifest: Decodable { let provenance: Provenance }
    let file = URL(filePath: #filePath).appending(path: "../../../Bundles/emotive/bundle.json").standardized
    let text = try String(contentsOf: file, encoding: .utf8)
    func answer(_ text: String) throws -> String {
      let manifest = try JSON.decode(Manifest.self, from: Data(text.utf8))
      let result = try #require(manifest.provenance.figures.first)
      return try JSON.text(BundlesAnswer.Figures(result))
    }
    #expect(try answer(text).contains(/"uar":0\.\d+,"uar_high":0\.\d+,"uar_low":0\.\d+/))
    let few = text.replacing(/"clusters" ?: ?\d+/, with: "\"clusters\": 3")
    #expect(try answer(few).contains(/"uar":0\.\d+,"uar_high":null,"uar_low":null/))
  }

  /// Path, method, headers, body; then the status and the last part of the problem's type.
  static let errors: [(String, HTTPRequest.Method, HTTPFields, Data, Int, String)] = [
    ("/v1/nothing", .get, [:], Data(), 404, "not-found"),
    ("/v1/classify", .get, [:], Data(), 405, "method"),
    ("/v1/classify", .options, [.origin: "http://a.test"], Data(), 405, "method"),
    ("/healthz", .post, [:], Data(), 405, "method"),
    ("//healthz/", .post, [:], Data(), 405, "method"),
    ("/v1/classify?bundle=x", .post, [:], recording(), 404, "unknown-bundle"),
    ("/v1/classify?bundle=", .post, [:], recording(), 400, "parameter"),
    ("/v1/classify?tops=1", .post, [:], recording(), 400, "parameter"),
    ("/v1/classify?top=0", .post, [:], recording(), 400, "parameter"),
    ("/v1/classify?top=1&top=2", .post, [:], recording(), 400, "parameter"),
    ("/v1/classify?top=99999999999999999999", .post, [:], recording(), 400, "parameter"),
    ("/v1/classify?timeline=yes", .post, [:], recording(), 400, "parameter"),
    ("/v1/classify?timeline=true&dense=true", .post, [:], recording(), 422, "timeline"),
    ("/v1/classify?dense=yes", .post, [:], recording(), 400, "parameter"),
    ("/v1/classify?bundle=%zz", .post, [:], recording(), 400, "parameter"),
    ("/v1/spectrogram?top=1", .post, [:], recording(), 400, "parameter"),
    ("/v1/classify", .post, [:], Data("no sound".utf8), 415, "not-a-recording"),
    ("/v1/classify", .post, [.contentType: "multipart/form-data; boundary=x"], recording(), 415, "not-a-recording"),
    ("/v1/classify", .post, [.contentEncoding: "gzip"], recording(), 415, "not-a-recording"),
    ("/v1/classify", .post, [:], Data(), 422, "empty"),
    ("/v1/classify", .post, [:], recording().prefix(2_000), 422, "truncated"),
    ("/v1/classify", .post, [:], wav([]), 422, "no-samples"),
    ("/v1/classify", .post, [:], wav(Array(repeating: 0, count: 8_000)), 422, "silent"),
    ("/v1/classify", .post, [:], recording(seconds: 0.01), 422, "too-short"),
    ("/v1/classify", .post, [:], recording(seconds: 3), 422, "too-long"),
    ("/v1/classify", .post, [:], recording(seconds: 1.5), 422, "decompression"),
    ("/v1/classify", .post, [:], recording(seconds: 10), 413, "too-large"),
    ("/v1/spectrogram", .post, [:], Data("no sound".utf8), 415, "not-a-recording"),
  ]

  @Test(arguments: errors.indices) func errorsSayWhatToDo(_ index: Int) async throws {
    let (uri, method, headers, body, status, type) = Self.errors[index]
    let server = try fixture.server {
      $0.maximumDuration = 2
      $0.maximumBody = 100_000
      if type == "decompression" { $0.maximumDecompression = 1.5 }
    }
    try await server.application().test(.router) { client in
      let response = try await client.execute(
        uri: uri, method: method, headers: headers, body: body.isEmpty && method == .get ? nil : ByteBuffer(bytes: body)
      )
      let answer = try Answer(response)
      #expect(response.status.code == status && answer.status == status && answer.problem == type, "\(answer)")
      #expect(response.headers[.contentType] == "application/problem+json")
      #expect(response.headers[.xContentTypeOptions] == "nosniff")
      let detail = try #require(answer.detail)
      #expect(detail.hasSuffix(".") && detail.first?.isUppercase == true && detail.count > 20, "\(detail)")
      #expect((response.headers[.allow] != nil) == (status == 405))
    }
  }

  @Test func headIsAnsweredWithoutABody() async throws {
    let server = try fixture.server()
    server.routes.lifecycle.drain()
    try await server.application().test(.router) { client in
      for (path, status) in [
        ("/healthz", 200), ("/openapi.json", 200), ("/v1/nothing", 404), ("/v1/classify", 405), ("/readyz", 503),
      ] {
        let response = try await client.execute(uri: path, method: .head)
        #expect(response.status.code == status && response.body.readableBytes == 0, "\(path)")
        #expect(response.headers[.contentLength].flatMap { Int($0) } ?? 0 > 10, "\(path)")
      }
    }
  }

  @Test func aTokenIsAskedForWhereThereIsOne() async throws {
    try await fixture.server { $0.token = "correct-horse" }.application().test(.router) { client in
      for path in ["/v1/bundles", "/metrics"] {
        for header in [
          nil, "Bearer ", "Bearer correct-hors", "Bearer correct-horse2", "Basic correct-horse", "correct-horse",
        ] {
          var headers = HTTPFields()
          headers[.authorization] = header
          let response = try await client.get(path, headers: headers)
          #expect(response.status == .unauthorized && response.headers[.wwwAuthenticate] == "Bearer")
          #expect(try Answer(response).problem == "token")
        }
        for header in ["Bearer correct-horse", "bearer correct-horse"] {
          #expect(try await client.get(path, headers: [.authorization: header]).status == .ok)
        }
      }
      #expect(try await client.post("/v1/classify", recording()).status == .unauthorized)
      for path in ["/", "/healthz", "/readyz", "/openapi.json"] { #expect(try await client.get(path).status == .ok) }
    }
  }

  @Test func otherOriginsAreLetInOnlyWhenAsked() async throws {
    let origin: HTTPFields = [.origin: "https://a.test"]
    try await fixture.server().application().test(.router) { client in
      let response = try await client.get("/v1/bundles", headers: origin)
      #expect(response.status == .ok && response.headers[.accessControlAllowOrigin] == nil)
    }
    try await fixture.server {
      $0.corsOrigin = "https://a.test"
      $0.token = "correct-horse"
    }.application().test(.router) { client in
      let preflight = try await client.execute(uri: "/v1/classify", method: .options, headers: origin)
      #expect(preflight.status == .noContent && preflight.headers[.accessControlAllowOrigin] == "https://a.test")
      #expect(preflight.headers[.accessControlAllowHeaders] == "authorization, content-type, x-request-id")
      let refused = try await client.get("/v1/bundles", headers: origin)
      #expect(refused.status == .unauthorized && refused.headers[.accessControlAllowOrigin] == "https://a.test")
      #expect(refused.headers[.accessControlExposeHeaders] == "Retry-After, X-Request-ID")
    }
  }

  @Test func theStateIsTold() async throws {
    let server = try fixture.server()
    try await server.application().test(.router) { client in
      #expect(try await client.get("/healthz").text == "{\"status\":\"ok\"}")
      #expect(try await client.execute(uri: "/healthz/", method: .head).status == .ok)
      #expect(try await client.get("/readyz").text == "{\"status\":\"ready\"}")
      _ = try await client.post("/v1/classify", recording())
      _ = try await client.post("/v1/classify", Data("x".utf8))
      _ = try await client.get("/secret/\(UUID().uuidString)")
      let metrics = try await client.get("/metrics")
      #expect(metrics.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
      for line in [
        "emotive_requests_total{path=\"/v1/classify\",status=\"200\"} 1",
        "emotive_requests_total{path=\"/v1/classify\",status=\"415\"} 1",
        "emotive_requests_total{path=\"other\",status=\"404\"} 1",
        "emotive_requests_total{path=\"/healthz\",status=\"200\"} 2",
        "emotive_request_duration_seconds_bucket{path=\"/v1/classify\",le=\"+Inf\"} 2",
        "emotive_request_duration_seconds_count{path=\"/v1/classify\"} 2",
        "emotive_batch_size_bucket{le=\"1\"} 1", "emotive_batch_size_count 1", "emotive_queue_length 0",
        "emotive_queue_capacity 64", "emotive_body_bytes 0", "# TYPE process_resident_memory_bytes gauge",
      ] {
        #expect(metrics.text.contains(line + "\n"), "\(line)")
      }
      #expect(!metrics.text.contains("secret"))
      server.routes.lifecycle.drain()
      let response = try await client.get("/readyz")
      let problem = try Answer(response).problem
      #expect(response.status == .serviceUnavailable && problem == "shutting-down")
    }
  }

  @Test func theSpectrogramIsAPicture() async throws {
    let image = try fixture.recognizer().image(
      of: .init(samples: [1, 0, -1, 0.5] + Array(repeating: 0, count: 900), sampleRate: 8_000))
    #expect(SpectrogramPicture.png(image) == SpectrogramPicture.png(image))
    try await fixture.server().application().test(.router) { client in
      let response = try await client.post("/v1/spectrogram", recording())
      #expect(response.status == .ok && response.headers[.contentType] == "image/png")
      let bytes = [UInt8](buffer: response.body)
      #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
      #expect(bytes[16..<24] == [0, 0, 0, 48, 0, 0, 0, 96])  // 48 frames wide, 3 times 32 mel bins high
      // The last chunk is the same in every PNG file, its checksum included.
      #expect(bytes.suffix(12) == [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82])
    }
  }

  @Test func thePageIsPartOfTheProgram() async throws {
    try await fixture.server().application().test(.router) { client in
      let page = try await client.get("/")
      #expect(page.status == .ok && page.headers[.contentType] == "text/html; charset=utf-8")
      #expect(page.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'; script-src 'self'") == true)
      #expect(page.headers[.xContentTypeOptions] == "nosniff" && page.headers[.cacheControl] == "no-cache")
      let tag = try #require(page.headers[.eTag])
      let again = try await client.get("/", headers: [.ifNoneMatch: "\"x\", \(tag)"])
      #expect(again.status == .notModified && again.body.readableBytes == 0 && again.headers[.eTag] == tag)
      #expect(try await client.get("/", headers: [.ifNoneMatch: "\"x\""]).status == .ok)
      // Every file of the folder is served, and what the page refers to is among them.
      let folder = URL(filePath: #filePath).appending(path: "../../../Sources/Server/Page").standardized
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name != "index.html" {
        let file = try await client.get("/\(name)")
        let expected = try Data(contentsOf: folder.appending(path: name))
        #expect(Data(buffer: file.body) == expected, "\(name)")
      }
      for match in page.text.matches(of: #/(?:src|href)="([\w.-]+)"/#) {
        #expect(try await client.get("/\(match.1)").status == .ok, "\(match.1)")
      }
      #expect(try await client.get("/app.js").headers[.contentType] == "text/javascript; charset=utf-8")
      #expect(try await client.get("/example.mp3").headers[.contentType] == "audio/mpeg")
      let head = try await client.execute(uri: "/", method: .head)
      #expect(head.status == .ok && head.body.readableBytes == 0)
    }
  }

  @Test func theDescriptionNamesEveryRoute() async throws {
    let server = try fixture.server()
    try await server.application().test(.router) { client in
      let document = try #require(
        try JSONSerialization.jsonObject(with: Data(buffer: await client.get("/openapi.json").body)) as? [String: Any])
      #expect(document["openapi"] as? String == "3.1.0")
      let paths = try #require(document["paths"] as? [String: [String: Any]])
      let pages = Set(Asset.page.map(\.path))
      for route in server.routes.all where !pages.contains(route.path) {
        let operation = try #require(paths[route.path]?[route.method.rawValue.lowercased()] as? [String: Any])
        #expect((operation["security"] != nil) == route.isProtected, "\(route.path)")
      }
      #expect(paths.count == Set(server.routes.all.map(\.path)).subtracting(pages).count)
      // Every type of problem is documented with the answer that it comes in, and nothing else is.
      let components = try #require(document["components"] as? [String: Any])
      let types = try Set(Self.types(in: try #require(components["responses"])))
      #expect(types == Set(Problem.Kind.allCases.map(\.urn)))
      let schema = try #require((components["schemas"] as? [String: Any])?["Problem"])
      #expect(try Set(Self.types(in: schema)) == types)
      for kind in Set(Self.errors.map(\.5)) { #expect(Problem.Kind(rawValue: kind) != nil, "\(kind)") }
    }
  }

  /// The problem types that stand anywhere in a part of the description.
  private static func types(in part: Any) throws -> [String] {
    let text = String(decoding: try JSONSerialization.data(withJSONObject: part), as: UTF8.self)
    return text.matches(of: #/"(urn:problem-type:emotive:[a-z-]+)"/#).map { String($0.1) }
  }
}
