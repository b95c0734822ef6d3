import Downloads
import Foundation
import Networks
import Testing

/// Where ImageNet weights come from and where they are looked for.
struct PretrainedWeightsTests {
  private let folder: URL
  private var environment: [String: String] { ["EMOTIVE_CACHE": folder.appending(path: "cache").path] }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "emotive-\(UUID().uuidString)")
    for name in ["cache/weights", "own"] {
      try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
    }
  }

  private func add(_ path: String) throws { try Data().write(to: folder.appending(path: path)) }

  @Test func publishedNamesCarryTheirChecksums() throws {
    for weights in Architecture.allCases.compactMap(\.pretrainedWeights) {
      let download = try weights.download(environment: environment)
      let name = download.file.lastPathComponent
      #expect(download.source.absoluteString == "https://download.pytorch.org/models/\(name)")
      #expect(download.checksum == Checksum(inName: name) && download.checksum != nil)
      #expect(download.file.path == folder.appending(path: "cache/weights/\(name)").path)
    }
    #expect(Architecture.allCases.filter { $0.pretrainedWeights == nil } == [.crnn])
    try? FileManager.default.removeItem(at: folder)
  }

  @Test func mirrors() throws {
    let weights = try #require(Architecture.resnet50.pretrainedWeights)
    let folderMirror = try weights.download(from: "http://m.org/torch", environment: environment)
    #expect(folderMirror.source.absoluteString == "http://m.org/torch/resnet50-0676ba61.pth")
    let second = try weights.download(from: "http://m.org/resnet50-11ad3fa6.pth", environment: environment)
    #expect(second.checksum == .sha256(prefix: "11ad3fa6") && second.file.lastPathComponent == "resnet50-11ad3fa6.pth")
    // Another name, or another network's, is held to the published checksum.
    for name in ["weights.pth", "resnet18-11ad3fa6.pth"] {
      let other = try weights.download(from: "http://m.org/\(name)", environment: environment)
      #expect(other.checksum == .sha256(prefix: "0676ba61") && other.file.lastPathComponent == "resnet50-0676ba61.pth")
    }
    try? FileManager.default.removeItem(at: folder)
  }

  @Test func searchOrder() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let weights = try #require(Architecture.squeezenet1_1.pretrainedWeights)
    #expect(try weights.find(environment: environment) == nil)
    let error = #expect(throws: DownloadError.self) { try weights.file(environment: environment) }
    #expect(error?.advice.contains("emotive fetch weights squeezenet1_1") == true)

    try add("cache/weights/squeezenet1_1-b8a52dc0.pth.part")
    try add("cache/weights/squeezenet1_0-b66bff10.pth")
    #expect(try weights.find(environment: environment) == nil)
    try add("cache/weights/squeezenet1_1-b8a52dc0.pth")
    #expect(try weights.file(environment: environment).lastPathComponent == "squeezenet1_1-b8a52dc0.pth")

    var own = environment
    own["EMOTIVE_WEIGHTS"] = folder.appending(path: "own").path
    #expect(try weights.file(environment: own).path.contains("/cache/"))
    try add("own/squeezenet1_1_imagenet_fp16ir.safetensors")
    #expect(try weights.file(environment: own).lastPathComponent == "squeezenet1_1_imagenet_fp16ir.safetensors")
    try add("own/squeezenet1_1.pth")
    #expect(throws: DownloadError.self) { try weights.file(environment: own) }
    own["EMOTIVE_WEIGHTS"] = folder.appending(path: "absent").path
    #expect(throws: DownloadError.self) { try weights.file(environment: own) }
  }
}
