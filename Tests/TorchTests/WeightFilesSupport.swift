import Foundation
import Testing

@testable import Torch

/// A temporary folder that is removed when the test is done with it.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "emotive-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }

  func write(_ bytes: some Sequence<UInt8>, as name: String = "file") throws -> String {
    try Data(bytes).write(to: url.appending(path: name))
    return path(name)
  }
}

/// Files made by `tools/golden_weights.py`.
enum GoldenWeights {
  static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
      .appending(path: "WeightFiles/\(name)").path
  }

  static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path(name)))) }
}

/// A `.safetensors` file of this header and data.
func safetensors(_ header: String, data: [UInt8] = []) -> [UInt8] {
  let text = [UInt8](header.utf8)
  return withUnsafeBytes(of: UInt64(text.count).littleEndian) { [UInt8]($0) } + text + data
}

/// A legacy `.pth` file whose object is the pickle `object`, without storages.
func legacyFile(_ object: some Sequence<UInt8>) -> [UInt8] {
  let magic = [0x80, 2] + TorchArchive.legacyMagic
  let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 3, 0x2E]
  return magic + version + [0x80, 2, 0x7D, 0x2E] + object + [0x80, 2, 0x5D, 0x2E]
}

/// Opens the file and reads every value, as a caller would who trusts it; nil, or what was thrown.
func readAll(_ path: String) -> WeightFileError? {
  do throws(WeightFileError) {
    for tensor in try WeightFile(path: path).tensors.values { _ = tensor.contiguousBytes() }
    return nil
  } catch {
    return error
  }
}
