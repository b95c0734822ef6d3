import Audio
import Evaluation
import Features
import Foundation
import Hummingbird
import HummingbirdTesting
import Networks
import Recognition
import Storage
import Testing
import Torch
import Training

@testable import Server

/// A folder with bundles of random weights whose images are so small that a debug build classifies at once.
final class Fixture: Sendable {
  // libtorch's generator is the whole process's, and tests that draw from it run on the main actor.
  static let shared = Result {
    try Thread.isMainThread
      ? MainActor.assumeIsolated { try Fixture() } : DispatchQueue.main.sync { try Fixture() }
  }

  let folder: URL
  var bundle: URL { folder.appending(path: "bundle") }
  var other: URL { folder.appending(path: "other") }

  @MainActor private init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "emotive-server-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Self.writeBundle(to: bundle, name: "test", seed: 4)
    try Self.writeBundle(to: other, name: "other", seed: 5)
  }

  @MainActor static func writeBundle(
    to directory: URL, name: String, seed: UInt64, figures: [EvaluationResult] = [],
    change: @Sendable (inout FeatureSettings) -> Void = { _ in }
  ) throws {
    var features = FeatureSettings()
    features.sampleCount = 8_000
    (features.fftSize, features.windows, features.hops) = (512, [128, 256, 512], [32, 64, 128])
    (features.melCount, features.frameCount) = (32, 48)
    change(&features)
    try Runtime.seed(seed)
    try ModelBundle.write(
      to: directory, name: name, labels: ["a", "b", "c"], features: features, whitening: nil,
      members: [Network(.squeezenet1_1, classCount: 3), Network(.squeezenet1_1, classCount: 3)], temperature: 1.5,
      temperatureSource: "a test",
      provenance: .init(
        run: RunRecord(
          command: [], settings: RunSettings(networks: [.squeezenet1_1], weights: "none"), corpora: [], sources: []),
        trainedOn: "nothing", speakers: [], figures: figures, licences: ["none"]),
      recordings: [])
  }

  /// A server of the first bundle, or of both.
  func server(
    _ names: [String] = ["bundle"], change: (inout ServerSettings) -> Void = { _ in }
  ) throws -> RecognitionServer {
    var settings = ServerSettings()
    settings.port = 0
    change(&settings)
    let bundles = try BundleRegistry(names.map { (name: nil, directory: folder.appending(path: $0)) })
    return RecognitionServer(bundles, settings: settings)
  }

  /// Runs a test of a server that listens, with its port.
  func serve(
    _ change: (inout ServerSettings) -> Void = { _ in },
    _ test: @escaping @Sendable (RecognitionServer, Int) async throws -> Void
  ) async throws {
    let server = try self.server(change: change)
    try await server.application().test(.live) { client in try await test(server, try #require(client.port)) }
  }

  func recognizer() throws -> Recognizer { try Recognizer(ModelBundle(directory: bundle)) }
}

/// A WAV file of a tone with overtones, 16 bits.
func recording(_ number: Int = 1, seconds: Double = 0.75, sampleRate: Int = 8_000) -> Data {
  let samples = (0..<Int(seconds * Double(sampleRate))).map { Int16(8_000 * sin(Double($0 * $0 % 997 * number) / 50)) }
  return wav(samples, sampleRate: sampleRate)
}

func wav(_ samples: [Int16], sampleRate: Int = 8_000) -> Data {
  func bytes<Number: FixedWidthInteger>(_ number: Number) -> Data {
    withUnsafeBytes(of: number.littleEndian) { Data($0) }
  }
  let sound = samples.withUnsafeBytes { Data($0) }
  var file = Data("RIFF".utf8) + bytes(UInt32(36 + sound.count)) + Data("WAVEfmt ".utf8) + bytes(UInt32(16))
  file += bytes(UInt16(1)) + bytes(UInt16(1)) + bytes(UInt32(sampleRate)) + bytes(UInt32(2 * sampleRate))
  file += bytes(UInt16(2)) + bytes(UInt16(16)) + Data("data".utf8) + bytes(UInt32(sound.count))
  return file + sound
}

/// The parts of an answer that tests look at.
struct Answer: Decodable {
  var bundle: String?
  var label: String?
  var duration: Double?
  var probabilities: [String: Double]?
  var members: [[String: Double]]?
  var timeline: Timeline?
  var summary: Timeline.Summary?
  var type: String?
  var status: Int?
  var detail: String?

  init(_ response: TestResponse) throws {
    self = try JSON.decode(Answer.self, from: Data(buffer: response.body))
  }

  /// The last part of a problem's type.
  var problem: String? { type?.split(separator: ":").last.map(String.init) }
}

extension TestClientProtocol {
  func post(_ uri: String, _ body: Data, headers: HTTPFields = [:]) async throws -> TestResponse {
    try await execute(uri: uri, method: .post, headers: headers, body: ByteBuffer(bytes: body))
  }

  func get(_ uri: String, headers: HTTPFields = [:]) async throws -> TestResponse {
    try await execute(uri: uri, method: .get, headers: headers)
  }
}

extension TestResponse {
  var text: String { String(buffer: body) }
}

/// Waits until something holds.
func eventually(_ what: String, within seconds: Double = 20, _ holds: () throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while try !holds() {
    try #require(ContinuousClock.now < deadline, "\(what): not within \(seconds) s")
    try await Task.sleep(for: .milliseconds(10))
  }
}
