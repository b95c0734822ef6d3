import Foundation
import Testing
import Torch

/// Tensor operations against PyTorch.
struct OperationTests {
  private let golden: GoldenTorch

  init() throws { golden = try GoldenTorch() }

  @Test func shapes() throws {
    let (x, y) = (try golden["x"], try golden["y"])
    try golden.expect(x.permuted([2, 0, 1]), "permute")
    try golden.expect(x.narrowed(2, start: 1, length: 2), "narrow")
    try golden.expect(x.selecting([2, 0, 2], dimension: 1), "select")
    try golden.expect(.concatenate([x, y], dimension: 1), "concatenate")
    #expect(try x.reshaped([4, -1]).shape == [4, 6])
    #expect(try x.reshaped([-1]).floats() == x.floats())
    let image = try golden["image"]
    let inner = try image.channelsLast()
    #expect(inner.shape == image.shape)
    #expect(try inner.floats() == image.floats())
  }

  @Test func arithmetic() throws {
    let (x, y, row) = (try golden["x"], try golden["y"], try golden["row"])
    try golden.expect(x + row, "add")
    try golden.expect(x - y, "subtract")
    try golden.expect(x * row, "multiply")
    try golden.expect(x / y, "divide")
    try golden.expect(x.scaled(by: 2.5, shiftedBy: -0.75), "scale")
    try golden.expect(x.power(3), "power")
    try golden.expect(golden["left"].matmul(golden["right"]), "matmul")
  }

  @Test func reductions() throws {
    let x = try golden["x"]
    try golden.expect(x.sum(1), "sum")
    try golden.expect(x.mean(-1, keepingDimension: true), "mean")
    #expect(try x.argmax(2).integers() == golden["argmax"].integers())
    try golden.expect(x.softmax(1), "softmax")
  }

  @Test func types() throws {
    let x = try golden["x"]
    for dtype in [DType.float16, .bfloat16] {
      let converted = try x.to(dtype)
      #expect(converted.dtype == dtype)
      #expect(try converted.floats() == golden[dtype.rawValue].floats())
    }
    #expect(try x.scaled(by: 10).to(.int64).integers() == golden["int64"].integers())
    #expect(try x.to(.float64).dtype == .float64)
    #expect(x.device == .cpu && x.dtype == .float32 && x.count == 24)
  }

  @Test func signals() throws {
    let signal = try golden["signal"]
    let spectrum = try signal.realFourierTransform()
    #expect(spectrum.shape == [3, 26] && spectrum.dtype == nil)
    try golden.expect(spectrum.inverseRealFourierTransform(length: 50), "irfft")
    try golden.expect(spectrum.inverseRealFourierTransform(length: 30), "resampled")
    try golden.expect(spectrum.inverseRealFourierTransform(length: 50), "signal")
  }

  @Test func eigenvectors() throws {
    let matrix = try golden["symmetric"]
    let (values, vectors) = try matrix.symmetricEigen()
    try golden.expect(values, "eigenvalues", tolerance: 1e-12)
    let rebuilt = try (vectors * values.reshaped([2, 1, 6])).matmul(vectors.permuted([0, 2, 1]))
    try golden.expect(rebuilt, "symmetric", tolerance: 1e-12)
  }

  @Test func valuesInAndOut() throws {
    let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(try tensor.permuted([1, 0]).floats() == [1, 4, 2, 5, 3, 6])
    #expect(try tensor.data() == Data([1, 2, 3, 4, 5, 6].flatMap { withUnsafeBytes(of: Float($0)) { [UInt8]($0) } }))
    #expect(try Tensor([0.1, 0.2], shape: [2]).doubles() == [0.1, 0.2])
    #expect(try Tensor([-3, 1 << 40]).integers() == [-3, 1 << 40])
    #expect(try Tensor.full([], 2.5).item() == 2.5)
    #expect(try Tensor([Float](), shape: [0, 3]).floats().isEmpty)
    try tensor.withFloats { $0[4] = 50 }
    #expect(try tensor.floats() == [1, 2, 3, 4, 50, 6])
    let copy = try tensor.copy()
    try copy.assign(.full([2, 3], 7, dtype: .int32))
    #expect(try copy.floats() == [7, 7, 7, 7, 7, 7] && copy.dtype == .float32)
    #expect(try tensor.floats() == [1, 2, 3, 4, 50, 6])
  }
}
