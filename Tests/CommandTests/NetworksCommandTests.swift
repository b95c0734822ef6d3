import Foundation
import Networks
import Testing
import Torch

/// `emotive fetch` and `emotive networks`, run as a user runs them.
struct NetworksCommandTests {
  private let sandbox: Sandbox
  private var folder: URL { sandbox.folder }

  init() throws { sandbox = try Sandbox() }

  private func path(_ name: String) -> String { sandbox.path(name) }

  private func emotive(_ arguments: String...) throws -> Sandbox.Outcome { try sandbox.emotive(arguments: arguments) }

  @MainActor @Test func runGivesTheNetworksLogits() throws {
    try Runtime.seed(1)
    let network = try Network(.squeezenet1_1, classCount: 5)
    try network.save(to: folder.appending(path: "w.safetensors"))
    let images = try Tensor.normal([3, 3, 64, 96])
    try WeightFile.write([.init("input", images)], to: path("x.safetensors"))
    let result = try emotive(
      "networks", "run", "--network", "squeezenet1_1", "--weights", path("w.safetensors"), "--input",
      path("x.safetensors"), "--output", path("y.safetensors"), "--batch-size", "2")
    #expect(result.status == 0, "\(result.errors)")
    let logits = try #require(try WeightFile(path: path("y.safetensors")).tensors["logits"]).loaded()
    #expect(logits.shape == [3, 5] && logits.dtype == .float32)
    let expected = try network.logits(of: images, batchSize: 3).floats()
    for (found, expected) in zip(try logits.floats(), expected) { #expect(abs(found - expected) < 1e-5) }

    let wrong = try emotive(
      "networks", "run", "--network", "squeezenet1_0", "--weights", path("w.safetensors"), "--input",
      path("x.safetensors"), "--output", path("z.safetensors"))
    #expect(wrong.status != 0 && wrong.errors.contains("of another shape: features.0.weight"))
    let noInput = try emotive(
      "networks", "run", "--network", "squeezenet1_1", "--weights", path("w.safetensors"), "--input",
      path("w.safetensors"), "--output", path("z.safetensors"))
    #expect(noInput.status != 0 && noInput.errors.contains("no tensor \"input\""))
    #expect(!FileManager.default.fileExists(atPath: path("z.safetensors")))
  }

  @Test func fetchedWeightsAreListed() throws {
    // The SHA-256 of "abc" begins with ba7816bf.
    try Data("abc".utf8).write(to: folder.appending(path: "resnet18-ba7816bf.pth"))
    let fetched = try emotive("fetch", "weights", "resnet18", "--from", path("resnet18-ba7816bf.pth"))
    #expect(fetched.status == 0 && fetched.output.contains("cache/weights/resnet18-ba7816bf.pth"), "\(fetched)")
    #expect(try emotive("networks", "list").output.contains("cache/weights/resnet18-ba7816bf.pth"))

    struct Row: Decodable {
      var name: String
      var parameters: Int
      var cached: Bool
    }
    let json = try emotive("networks", "list", "--json").output
    let rows = try JSONDecoder().decode([Row].self, from: Data(json.utf8))
    #expect(rows.map(\.name) == Architecture.allCases.map(\.rawValue))
    #expect(rows.filter(\.cached).map(\.name) == ["resnet18"])
    #expect(rows.first { $0.name == "densenet161" }?.parameters == 28_681_000)
    let crnn = try emotive("networks", "list").output.split(separator: "\n").first { $0.hasPrefix("crnn") }
    #expect(crnn?.split(separator: " ") == ["crnn", "none", "-", "1936904"])
  }

  @Test func whatCannotBeFetched() throws {
    try Data("abc".utf8).write(to: folder.appending(path: "resnet18-f37072fd.pth"))
    let damaged = try emotive("fetch", "weights", "resnet18", "--from", folder.path)
    #expect(damaged.status != 0 && damaged.errors.contains("SHA-256 ba7816bf..., expected SHA-256 f37072fd..."))
    let crnn = try emotive("fetch", "weights", "crnn")
    #expect(crnn.status == 64 && crnn.errors.contains("crnn has no published weights: train it with --weights none"))
    let savee = try emotive("fetch", "corpus", "savee")
    #expect(savee.status != 0 && savee.errors.contains("Register") && savee.errors.contains("savee=DIR"))
    #expect(try emotive("fetch", "corpus", "csv").errors.contains("nothing to download"))
  }
}
