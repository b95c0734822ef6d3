import Foundation
import Testing

@testable import Torch

struct WeightFilesSafetensorsTests {
  private func entries() throws -> [WeightFile.Entry] {
    let weights = try WeightFile(path: GoldenWeights.path("state.pth"))
    return weights.tensors.values.map { tensor in
      WeightFile.Entry(name: tensor.name, dtype: tensor.dtype, shape: tensor.shape, bytes: tensor.contiguousBytes())
    }
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("out.safetensors")
    let metadata = ["b": "2", "a": "line\n\"quoted\" \\ \u{1}\u{1F} ü"]
    try WeightFile.write(entries(), metadata: metadata, to: path)
    let written = try WeightFile(path: path)
    let source = try WeightFile(path: GoldenWeights.path("state.pth"))
    #expect(written.metadata == metadata)
    #expect(Set(written.names) == Set(source.names))
    for (name, tensor) in source.tensors {
      #expect(written.tensors[name]?.contiguousBytes() == tensor.contiguousBytes(), "\(name)")
    }
  }

  @Test("The same tensors give the same bytes in any order; the data begins at a multiple of eight")
  func deterministic() throws {
    let folder = try TemporaryFolder()
    try WeightFile.write(entries(), metadata: ["a": "1", "b": "2"], to: folder.path("1"))
    try WeightFile.write(entries().reversed(), metadata: ["b": "2", "a": "1"], to: folder.path("2"))
    let first = try Data(contentsOf: folder.url.appending(path: "1"))
    #expect(first == (try Data(contentsOf: folder.url.appending(path: "2"))))
    #expect(first[0] % 8 == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")).sorted() == ["1", "2"])
  }

  @Test func whatIsReplacedKeepsItsPermissions() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("out")
    try Data("old".utf8).write(to: URL(filePath: path))
    try #require(chmod(path, 0o640) == 0)
    try WeightFile.write(entries(), to: path)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
    #expect(try WeightFile(path: path).tensors.count == entries().count)
  }

  @Test func tensorsAreWrittenInTheirOwnOrAnotherType() throws {
    let folder = try TemporaryFolder()
    let tensor = try Tensor([1, 2, 3, 4, 5, 6.5] as [Float], shape: [2, 3])
    let entries: [WeightFile.Entry] = [
      try .init("own", tensor), try .init("half", tensor.permuted([1, 0]), as: .float16),
      try .init("whole", Tensor([7, -8])), try .init("scalar", .full([], 0.5, dtype: .float64)),
    ]
    try WeightFile.write(entries, to: folder.path("out"))
    let loaded = try WeightFile(path: folder.path("out")).loaded()
    #expect(try loaded["own"]?.floats() == [1, 2, 3, 4, 5, 6.5])
    #expect(try loaded["half"]?.floats() == [1, 4, 2, 5, 3, 6.5] && loaded["half"]?.dtype == .float16)
    #expect(try loaded["whole"]?.integers() == [7, -8] && loaded["whole"]?.dtype == .int64)
    #expect(try loaded["scalar"]?.item() == 0.5 && loaded["scalar"]?.shape == [])
  }

  @Test("Eight-bit weights come back to within half a step of their output channel's scale")
  func quantizedWeights() throws {
    let folder = try TemporaryFolder()
    // As torch.quantize_per_channel has them with scales max|w|/127 and zero points 0.
    let weight = try Tensor([-1.27, 0.634, 0.006, 127, -64.4, 0.4, 0, 0, 0] as [Float], shape: [3, 3, 1, 1])
    let bias = try Tensor([1.5] as [Float], shape: [1])
    let entries = try WeightFile.quantizedEntries("w", weight) + WeightFile.quantizedEntries("b", bias)
    try WeightFile.write(entries, metadata: WeightFile.quantizedMetadata, to: folder.path("out"))
    let file = try WeightFile(path: folder.path("out"))
    #expect(try file.tensors["w"]?.loaded().integers() == [-127, 63, 1, 127, -64, 0, 0, 0, 0])
    let loaded = try file.loaded()
    #expect(Set(loaded.keys) == ["w", "b"] && loaded["w"]?.shape == [3, 3, 1, 1])
    let expected: [Float] = [-1.27, 0.63, 0.01, 127, -64, 0, 0, 0, 0]
    #expect(try zip(#require(loaded["w"]).floats(), expected).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(try loaded["b"]?.floats() == [1.5])

    try WeightFile.write(
      entries.filter { $0.name != "w.scale" }, metadata: WeightFile.quantizedMetadata, to: folder.path("torn"))
    let torn = try WeightFile(path: folder.path("torn"))
    #expect(throws: TorchError.self) { try torn.loaded() }
  }

  @Test func emptyFile() throws {
    let folder = try TemporaryFolder()
    try WeightFile.write([], to: folder.path("empty"))
    #expect(try WeightFile(path: folder.path("empty")).tensors.isEmpty)
  }

  @Test("A failed write leaves the old file and nothing else")
  func failedWrite() throws {
    struct Failure: Error {}
    let folder = try TemporaryFolder()
    let path = try folder.write([1, 2, 3], as: "weights")
    let four = Data(count: 4)
    let one = WeightFile.Entry(name: "a", dtype: .float32, shape: [1], bytes: four)
    for bad: WeightFile.Entry in [
      .init(name: "b", dtype: .float32, shape: [2], bytes: four),
      .init(name: "a", dtype: .float32, shape: [1], bytes: four),
      .init(name: "__metadata__", dtype: .float32, shape: [1], bytes: four),
      .init(name: "b", dtype: .float32, shape: [-1], bytes: four),
      .init(name: "b", dtype: .float32, shape: [1 << 40, 1 << 40], bytes: four),
    ] {
      #expect(throws: WeightFileError.self) { try WeightFile.write([one, bad], to: path) }
    }
    let failing = WeightFile.Entry(name: "b", dtype: .float32, shape: [1], bytes: try { throw Failure() }())
    #expect(throws: Failure.self) { try WeightFile.write([one, failing], to: path) }
    #expect(throws: WeightFileError.self) { try WeightFile.write([one], to: folder.path("no/such/folder")) }
    #expect(try Data(contentsOf: URL(filePath: path)) == Data([1, 2, 3]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")) == ["weights"])
  }

  /// Headers that lie, each with the data that a correct reader would give them, and a word of the error.
  static let lies: [(String, Int, String)] = [
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7, "7 bytes of data"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9, "9 bytes of data"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12, "expected at 0"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, "proper"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, 8, "proper"),
    (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8, "wrong number"),
    (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8, "whole number"),
    (#"{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#, 8, "missing"),
    (#"{"a":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}"#, 8, "begins with 0"),
    (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#, 8, "too large"),
    (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, 0, "wrong number"),
    (#"{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}"#, 0, "wrong number"),
    (#"{"a":{"dtype":"F9","shape":[2],"data_offsets":[0,8]}}"#, 8, "F9"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}"#, 8, "unknown key"),
    (#"{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}"#, 8, "repeated"),
    (
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2,
      "two"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, 3,
      "at 2"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#, 3,
      "at 1"
    ),
    (#"{"__metadata__":{"a":"1","a":"2"}}"#, 0, "twice"),
    (#"{"__metadata__":{},"__metadata__":{}}"#, 0, "twice"),
    (#"{"__metadata__":{"a":1}}"#, 0, "missing"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#, 8, "missing"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}}"#, 8, "after its end"),
    (#"{"a"#, 0, "inside a string"),
    (#"{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 8, "surrogate"),
    (#"{"\x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 8, "escape"),
    (#"{"\u12g4":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 8, "hexadecimal"),
    ("{\"a\nb\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "control"),
    (#"{"a":null}"#, 0, "missing"),
    (#"{"a":"# + String(repeating: #"{"a":"#, count: 200_000), 0, "unknown key"),
    (#"{"a":"# + String(repeating: "[", count: 200_000), 0, "missing"),
    (#"{"a":{"dtype":"F32","shape":"# + String(repeating: "[", count: 200_000), 0, "whole number"),
    (
      #"{"a":{"dtype":"U8","shape":[\#((0..<65).map { _ in "1" }.joined(separator: ","))],"data_offsets":[0,1]}}"#, 1,
      "64"
    ),
  ]

  @Test(arguments: lies.indices)
  func liesAreErrors(index: Int) throws {
    let (header, byteCount, word) = Self.lies[index]
    let folder = try TemporaryFolder()
    let path = try folder.write(safetensors(header, data: [UInt8](repeating: 0, count: byteCount)))
    let error = try #require(readAll(path), "\(header.prefix(100)) was taken")
    #expect(error.problem.contains(word), "\(error)")
    #expect(error.description.hasPrefix(path))
  }

  @Test func lengthsThatLie() throws {
    let folder = try TemporaryFolder()
    for length in [3, 100_000_001, UInt64(Int64.max), .max] {
      var bytes = safetensors("{}")
      bytes.replaceSubrange(0..<8, with: withUnsafeBytes(of: length.littleEndian) { [UInt8]($0) })
      #expect(readAll(try folder.write(bytes)) != nil)
    }
  }

  @Test func whatTheFormatAllows() throws {
    let folder = try TemporaryFolder()
    let header =
      " { \"\\u00fc\\ud83d\\ude00\\/\" : { \"data_offsets\" : [ 0 , 1 ] ,\t\"shape\" : [ ] ,\n\"dtype\" : \"U8\" } }   "
    let path = try folder.write(safetensors(String(header.dropFirst()), data: [7]))
    let weights = try WeightFile(path: path)
    #expect(weights.tensors["ü😀/"]?.contiguousBytes() == Data([7]))
  }

  @Test func notUTF8() throws {
    let folder = try TemporaryFolder()
    var bytes = safetensors(#"{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}"#, data: [1])
    bytes[10] = 0xFF
    #expect(readAll(try folder.write(bytes))?.problem.contains("UTF-8") == true)
  }
}
