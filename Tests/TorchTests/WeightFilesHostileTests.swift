import Foundation
import Testing

@testable import Torch

/// Files that were made to do harm, or that are not what they say.
struct WeightFilesHostileTests {
  @Test(
    "Anything but tensors is refused by name and not carried out",
    arguments: [
      ("hostile-system.pth", "posix.system"), ("hostile-system-4.pth", "posix.system"),
      ("hostile-eval.pth", "builtin"), ("hostile-inst.pth", "instruction 0x53"), ("hostile-obj.pth", "os.system"),
      ("hostile-module.pth", "torch.nn.modules.linear.Linear"), ("hostile-legacy.pth", "posix.system"),
      ("hostile-whole-module.pth", "torch.nn.modules.container.Sequential"),
      ("hostile-arguments.pth", "tuple"), ("hostile-storage.pth", "calls torch.FloatStorage"),
      ("hostile-cycle.pth", "no state dictionary"), ("hostile-text.pth", "ends too early"),
      ("hostile-compressed.pth", "compressed"), ("hostile-big-endian.pth", "little-endian"),
      ("no-dictionary.pth", "no state dictionary"), ("no-tensors.pth", "no tensors"),
      ("tensor-beyond.pth", "does not fit"), ("tensor-offset.pth", "does not fit"),
      ("tensor-negative-offset.pth", "does not fit"), ("tensor-negative-shape.pth", "does not fit"),
      ("tensor-negative-stride.pth", "does not fit"), ("tensor-overflow.pth", "does not fit"),
      ("tensor-overflow-stride.pth", "does not fit"), ("tensor-repeat.pth", "unpack"),
      ("tensor-repeat-some.pth", "unpack"), ("tensor-rank.pth", "65 dimensions"),
      ("tensor-storage-count.pth", "bytes for storage"), ("tensor-ranks.pth", "does not fit"),
    ])
  func refused(file: String, word: String) throws {
    let error = try #require(readAll(GoldenWeights.path(file)), "\(file) was taken")
    #expect(error.problem.contains(word), "\(error)")
    #expect(!FileManager.default.fileExists(atPath: "/tmp/emotive-was-here"))
  }

  @Test func oddButSound() throws {
    #expect(try WeightFile(path: GoldenWeights.path("good-memo.pth")).tensors.isEmpty)
    #expect(try WeightFile(path: GoldenWeights.path("good-tensor.pth")).tensors["w"]?.contiguousBytes().count == 8)
    #expect(
      try WeightFile(path: GoldenWeights.path("tensor-unit-stride.pth")).tensors["w"]?.contiguousBytes().count == 8)
    #expect(try WeightFile(path: GoldenWeights.path("tensor-empty-huge.pth")).tensors["w"]?.isContiguous == true)
  }

  @Test("Nesting, self-reference and repetition exhaust neither stack nor memory")
  func bombs() throws {
    let folder = try TemporaryFolder()
    let nest = [UInt8](repeating: UInt8(ascii: "]"), count: 400_000)
    let fold = [UInt8](repeating: UInt8(ascii: "a"), count: 399_999)
    #expect(
      readAll(try folder.write(legacyFile([0x80, 2] + nest + fold + [0x2E])))?.problem.contains("dictionary") == true)
    let tuples = [UInt8](repeating: 0x85, count: 900_000)
    #expect(
      readAll(try folder.write(legacyFile([0x80, 2, 0x4E] + tuples + [0x2E])))?.problem.contains("dictionary") == true)
    let endless = [UInt8](repeating: UInt8(ascii: "N"), count: 2_000_000)
    #expect(readAll(try folder.write(legacyFile([0x80, 2] + endless)))?.problem.contains("instructions") == true)
    // A list of 1,000 pairs, made into a dictionary over and over.
    let pair: [UInt8] = [0x4E, 0x4E, 0x86]
    let list: [UInt8] = [0x5D, 0x71, 0, 0x28] + repeatElement(pair, count: 1_000).joined() + [0x65]
    let call = [UInt8]("ccollections\nOrderedDict\n".utf8) + [0x68, 0, 0x85, 0x52]
    let bomb = legacyFile([0x80, 2] + list + repeatElement(call, count: 5_000).joined() + [0x2E])
    #expect(readAll(try folder.write(bomb))?.problem.contains("instructions") == true)
  }

  @Test func pickleNumbers() throws {
    let folder = try TemporaryFolder()
    let file = try MappedFile(
      path: folder.write([
        0x8A, 0, 0x2E, 0x8A, 1, 0xFF, 0x2E, 0x8A, 2, 0, 0x80, 0x2E, 0x4A, 0xFE, 0xFF, 0xFF, 0xFF, 0x2E,
      ]))
    var reader = ByteReader(file, 0..<file.bytes.count)
    var machine = PickleMachine(file)
    for expected in [0, -1, -32768, -2] { #expect(try machine.run(&reader) == .integer(expected)) }
    #expect(reader.isAtEnd)
  }

  @Test func whatIsNoWeightFile() throws {
    let folder = try TemporaryFolder()
    #expect(readAll(folder.path("absent"))?.problem.contains("No such file") == true)
    #expect(readAll(folder.url.path)?.problem.contains("regular file") == true)
    #expect(readAll(try folder.write([]))?.problem.contains("empty") == true)
    #expect(readAll(try folder.write([0x1F, 0x8B, 8, 0]))?.advice.contains("gunzip") == true)
    #expect(readAll(try folder.write("<html>not found</html>".utf8))?.problem.contains("neither") == true)
    let pipe = folder.path("pipe")
    mkfifo(pipe, 0o600)
    #expect(readAll(pipe)?.problem.contains("regular file") == true)
  }

  @Test(arguments: ["state.pth", "state-legacy.pth", "state.safetensors", "state-old.pth", "hostile-system.pth"])
  func everyTruncationIsAnError(name: String) throws {
    let folder = try TemporaryFolder()
    let bytes = try GoldenWeights.bytes(name)
    let path = try folder.write(bytes)
    for length in (0..<bytes.count).reversed() {
      #expect(truncate(path, off_t(length)) == 0)
      #expect(readAll(path) != nil, "\(name) cut to \(length) bytes was taken")
    }
  }

  @Test(
    "No damage crashes the reader",
    arguments: ["state.pth", "state-legacy.pth", "state.safetensors", "state-old.pth", "tensor-beyond.pth"])
  func randomDamage(name: String) throws {
    let folder = try TemporaryFolder()
    let bytes = try GoldenWeights.bytes(name)
    var random = Xorshift(state: 0x9E37_79B9_7F4A_7C15)
    for _ in 0..<500 {
      var damaged = bytes
      for _ in 0...Int(random.next() % 3) {
        let position = Int(random.next() % UInt64(bytes.count))
        damaged[position] = [0, 0xFF, 0x7F, 0x80, UInt8(truncatingIfNeeded: random.next())][Int(random.next() % 5)]
      }
      _ = readAll(try folder.write(damaged))
    }
  }

  /// A small generator whose sequence is the same everywhere.
  private struct Xorshift: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
  }
}
