import Foundation
import Testing
import Torch

/// Whatever libtorch refuses arrives as an error with its message, and the program goes on.
struct FailureTests {
  private func message(_ body: () throws -> Void) throws -> String {
    try #require(#expect(throws: TorchError.self, performing: body)).message
  }

  @Test func wrongShapes() throws {
    let (a, b) = (try Tensor.zeros([2, 3]), try Tensor.zeros([4, 5]))
    #expect(try message { _ = try a.matmul(b) }.contains("shapes cannot be multiplied"))
    #expect(try message { _ = try a + b }.contains("must match"))
    #expect(try message { _ = try a.reshaped([4, 2]) }.contains("invalid for input of size 6"))
    #expect(try message { _ = try a.reshaped([-1, -1]) }.contains("only one dimension"))
    #expect(try message { _ = try a.permuted([0, 0]) }.isEmpty == false)
    #expect(try message { _ = try a.permuted([0]) }.isEmpty == false)
    #expect(try message { _ = try a.narrowed(1, start: 2, length: 2) }.isEmpty == false)
    #expect(try message { _ = try a.narrowed(5, start: 0, length: 1) }.contains("out of range"))
    #expect(try message { _ = try a.selecting([0, 7]) }.contains("out of range"))
    #expect(try message { _ = try Tensor.concatenate([a, b], dimension: 0) }.contains("Sizes of tensors must match"))
    #expect(try message { _ = try Tensor.concatenate([], dimension: 0) }.isEmpty == false)
    #expect(try message { _ = try a.sum(2) }.contains("out of range"))
    #expect(try message { _ = try a.channelsLast() }.contains("rank 4"))
    #expect(try message { try a.assign(b) }.contains("[4, 5]"))
    #expect(try message { _ = try a.item() }.isEmpty == false)
    #expect(try message { _ = try Tensor([1, 2] as [Float], shape: [3]) }.contains("needs 12 bytes, got 8"))
    #expect(try message { _ = try Tensor.zeros([2, -1]) }.contains("negative"))
    #expect(try message { _ = try a.symmetricEigen() }.contains("square"))
    #expect(try message { _ = try a.realFourierTransform().inverseRealFourierTransform(length: 0) }.isEmpty == false)
  }

  @Test func wrongTypes() throws {
    let (logits, whole) = (try Tensor.zeros([2, 3]), try Tensor([0, 1]))
    #expect(try message { _ = try logits.matmul(logits.to(.float64).permuted([1, 0])) }.contains("dtype"))
    #expect(try message { _ = try Loss.crossEntropy(logits, whole.to(.int32)) }.isEmpty == false)
    #expect(try message { _ = try Loss.crossEntropy(logits, Tensor([0, 9])) }.contains("out of bounds"))
    #expect(try message { _ = try Loss.crossEntropy(logits, Tensor([0, 1, 1])) }.contains("batch_size"))
    #expect(try message { _ = try Loss.multiMargin(logits, Tensor([0, 9])) }.isEmpty == false)
    #expect(try message { _ = try Loss.multiLabelMargin(logits, whole) }.isEmpty == false)
    #expect(try message { try whole.requireGradient() }.contains("floating"))
    #expect(try message { _ = try whole.mean(0) }.isEmpty == false)
    #expect(try message { try whole.withFloats { _ in } }.contains("float32"))
    #expect(try message { try logits.permuted([1, 0]).withFloats { _ in } }.contains("contiguous"))
    #expect(try message { _ = try logits.realFourierTransform().data() }.contains("complex"))
    #expect(try message { _ = try whole.realFourierTransform().symmetricEigen() }.isEmpty == false)
    #expect(try message { _ = try WeightFile.Entry("a", logits.realFourierTransform()) }.contains("complex"))
  }

  @Test func numbersThatCannotBeDecomposed() throws {
    let matrix = try Tensor.full([3, 3], .nan)
    #expect(try message { _ = try matrix.symmetricEigen() }.isEmpty == false)
  }

  @Test func theMessageIsFoundationsToo() {
    #expect((TorchError("no such place") as any Error).localizedDescription == "no such place")
    let store = ParameterStore()
    let error = #expect(throws: ParameterMismatch.self) { try store.load(["weight": .zeros([1])]) }
    #expect(error?.localizedDescription == "the weights do not fit the network: 1 surplus: weight")
  }

  @Test("Out of memory is an error, not the end")
  func outOfMemory() throws {
    #expect(try message { _ = try Tensor.zeros([1 << 30, 1 << 15]) }.contains("can't allocate memory"))
    #expect(try message { _ = try Tensor.zeros([1 << 40, 1 << 40]) }.isEmpty == false)
    let small = try Tensor.full([1], 1)
    #expect(try small.floats() == [1])
  }

  @Test(.enabled(if: !Device.cuda.isAvailable && !Device.mps.isAvailable, "this machine has the devices"))
  func devicesThatAreNotThere() throws {
    for device in [Device.cuda, .mps] {
      #expect(throws: TorchError.self) { try Tensor.zeros([2], device: device) }
      #expect(throws: TorchError.self) { try Tensor.zeros([2]).to(device) }
    }
  }

  @Test func brokenWeightFiles() throws {
    let folder = try TemporaryFolder()
    for bytes in [[0x50, 0x4B, 3, 4, 0, 0], [8, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], [1, 2, 3]] as [[UInt8]] {
      let path = try folder.write(bytes)
      #expect(throws: WeightFileError.self) { try WeightFile(path: path) }
    }
  }

  @Test func emptyShapesOfImpossibleSize() throws {
    #expect(throws: TorchError.self) { try Tensor.zeros([1 << 62, 1 << 62, 0]) }
  }
}
