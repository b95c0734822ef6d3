import Foundation
import Testing

@testable import Torch

/// Layers against PyTorch's.
struct LayerTests {
  private let golden: GoldenTorch

  init() throws { golden = try GoldenTorch() }

  /// A layer that holds the golden parameters named `name.`.
  private func layer<Kind: Layer>(_ name: String, _ make: (Scope) throws -> Kind) throws -> (Kind, ParameterStore) {
    let store = ParameterStore()
    let layer = try make(store.root)
    let stored = try golden.tensors("\(name).")
    for entry in store.entries where !entry.name.hasPrefix("running") {
      try entry.tensor.assign(#require(stored[entry.name]))
    }
    return (layer, store)
  }

  @Test func convolutions() throws {
    let image = try golden["image"]
    let (convolution, store) = try layer("conv") { try Conv2d($0, 3, 4, size: 3, stride: 2, padding: 1) }
    try golden.expect(convolution(image, training: false), "conv")
    try golden.expect(convolution(image.channelsLast(), training: true), "conv")
    #expect(store.entries.map(\.name) == ["weight", "bias"] && store.parameterCount == 112)
    let (wide, _) = try layer("wide") { try Conv2d($0, 3, 4, size: 5, hasBias: false) }
    try golden.expect(wide(image, training: false), "wide")
  }

  @Test func linear() throws {
    let (linear, _) = try layer("linear") { try Linear($0, 14, 5) }
    try golden.expect(linear(golden["image"], training: false), "linear")
  }

  @Test("Batch normalisation uses and learns the batch's statistics in training only")
  func normalisation() throws {
    let image = try golden["image"]
    let (norm, store) = try layer("norm") { try BatchNorm2d($0, 3) }
    #expect(store.entries.map(\.isTrainable) == [true, true, false, false])
    try golden.expect(norm(image, training: true), "norm_training", tolerance: 1e-5)
    try golden.expect(store.entries[2].tensor, "norm.running_mean")
    try golden.expect(store.entries[3].tensor, "norm.running_var")
    try golden.expect(norm(image, training: false), "norm_evaluation", tolerance: 1e-5)
    try golden.expect(store.entries[2].tensor, "norm.running_mean")
  }

  /// PyTorch refuses it, too; libtorch by itself learns a variance that is no number.
  @Test func oneValueHasNoStatistics() throws {
    let (norm, store) = try layer("norm") { try BatchNorm2d($0, 3) }
    let one = try Tensor.full([1, 3, 1, 1], 2)
    #expect { try norm(one, training: true) } throws: { "\($0)".contains("more than one value of each channel") }
    #expect(throws: TorchError.self) {
      try BatchNorm2d.$adaptation.withValue(0.5) { try norm(one, training: false) }
    }
    #expect(try store.entries[3].tensor.floats() == [1, 1, 1])
    #expect(try norm(one, training: false).floats().allSatisfy(\.isFinite))
    _ = try norm(.full([2, 3, 1, 1], 2), training: true)
  }

  @Test func pooling() throws {
    let image = try golden["image"]
    try golden.expect(MaxPool2d(3, stride: 2, padding: 1)(image, training: false), "max_pool")
    try golden.expect(MaxPool2d(3, stride: 2, ceilMode: true)(image, training: false), "max_pool_ceil")
    try golden.expect(AveragePool2d(2, stride: 2)(image, training: false), "average_pool")
    try golden.expect(AdaptiveAveragePool2d(6, 6)(image, training: false), "adaptive")
    // As it is computed on CUDA.
    let means = try image.meansOfWindows(6, dimension: 2).meansOfWindows(6, dimension: 3)
    try golden.expect(means, "adaptive", tolerance: 1e-6)
  }

  @Test func activations() throws {
    let values = try Tensor([-1, 0, 2] as [Float], shape: [3])
    #expect(try ReLU()(values, training: false).floats() == [0, 0, 2])
    #expect(try values.floats() == [0, 0, 2])
    #expect(try Dropout(0.5)(values, training: false).floats() == [0, 0, 2])
    #expect(try Flatten()(golden["image"], training: false).shape == [2, 378])
    let both = Sequential([ReLU(), Flatten()])
    #expect(try both(golden["image"], training: false).shape == [2, 378])
  }

  @Test("bfloat16 inside autocast only, also after an error")
  func autocast() throws {
    let image = try golden["image"]
    let (convolution, store) = try layer("conv") { try Conv2d($0, 3, 4, size: 3, stride: 2, padding: 1) }
    let output = try Runtime.withPrecision(.bfloat16) { try convolution(image, training: false) }
    #expect(output.dtype == .bfloat16 && store.entries.allSatisfy { $0.tensor.dtype == .float32 })
    try golden.expect(output, "autocast", tolerance: 1e-2)
    #expect(throws: TorchError.self) { try Runtime.withPrecision(.bfloat16) { try image.matmul(image) } }
    try golden.expect(convolution(image, training: false), "conv")
    let plain = try Runtime.withPrecision(.float32) { try convolution(image, training: false) }
    #expect(plain.dtype == .float32)
    #expect(Device.cpu.isAvailable && Precision.preferred(on: .mps) == .float32)
  }

  /// Sums are exact, so that only the rounding of float32 is left; a value within that of the middle between two integers
  /// may go to the other one in PyTorch, which divides where we multiply.
  @Test(.enabled(if: Precision.int8.isAvailable(on: .cpu), "int8 needs an x86 processor with AVX2"))
  func quantizedConvolution() throws {
    let (convolution, _) = try layer("quantized") { try Conv2d($0, 6, 5, size: 3, stride: 2, padding: 1) }
    let images = try golden["quantized_input"]
    let quantized = try convolution.forEvaluation(in: .int8)
    try golden.expect(quantized(images, training: false), "quantized", tolerance: 1e-5)
    try golden.expect(quantized(images.channelsLast(), training: false), "quantized", tolerance: 1e-5)
    // What an image gives does not depend on its batch, where another may be far louder, or blank.
    let together = try quantized(images, training: false)
    for image in 0..<3 {
      let alone = try quantized(images.narrowed(0, start: image, length: 1), training: false)
      #expect(try alone.floats() == together.narrowed(0, start: image, length: 1).floats())
    }
    let plain = try convolution.forEvaluation(in: .float32)
    let difference = try zip(plain(images, training: false).floats(), together.floats()).map { abs($0 - $1) }.max()
    #expect(try #require(difference) > 1e-3)
    // Of images, which have negative values, it stays in float32.
    let (first, _) = try layer("conv") { try Conv2d($0, 3, 4, size: 3, stride: 2, padding: 1) }
    let prepared = try first.forEvaluation(in: .int8)
    try golden.expect(prepared(golden["image"], training: false), "conv")
  }

  @Test func storesLoadStrictly() throws {
    let store = ParameterStore()
    _ = try Linear(store.root("classifier")(6), 2, 3)
    #expect(store.entries.map(\.name) == ["classifier.6.weight", "classifier.6.bias"])
    let weight = try Tensor.zeros([3, 2])
    let error = #expect(throws: ParameterMismatch.self) {
      try store.load(["classifier.6.weight": .zeros([2, 3]), "classifier.6.scale": weight])
    }
    #expect(error?.missing == ["classifier.6.bias"] && error?.surplus == ["classifier.6.scale"])
    #expect(error?.misshapen == ["classifier.6.weight is [2, 3], expected [3, 2]"])
    try store.load(["classifier.6.weight": weight, "classifier.6.bias": .full([3], 2, dtype: .float64)])
    #expect(try store.entries[1].tensor.floats() == [2, 2, 2])
    try store.move(to: .cpu)
    #expect(store.trainable.count == 2)
  }
}
