import CTorch

/// Where tensors live and are computed.
public enum Device: String, Codable, Sendable, CaseIterable {
  case cpu, cuda, mps

  init(_ code: ct_device) {
    switch code {
    case CT_CUDA: self = .cuda
    case CT_MPS: self = .mps
    default: self = .cpu
    }
  }

  var code: ct_device {
    switch self {
    case .cpu: CT_CPU
    case .cuda: CT_CUDA
    case .mps: CT_MPS
    }
  }

  /// Whether this machine and this libtorch have the device.
  public var isAvailable: Bool {
    switch self {
    case .cpu: true
    case .cuda: ct_cuda_available()
    case .mps: ct_mps_available()
    }
  }
}

/// The number format in which a network computes; parameters stay float32.
public enum Precision: String, Codable, Sendable, CaseIterable {
  /// Float32 throughout.
  case float32
  /// libtorch's bfloat16 autocast: convolutions and products in bfloat16, losses and norms in float32.
  case bfloat16
  /// For evaluation on the CPU alone: convolutions of weights quantized by output channel and inputs quantized by image, with
  /// exact sums; the first convolution, the head and all else in float32.
  case int8

  /// Whether this machine and this libtorch can compute so on a device.
  public func isAvailable(on device: Device) -> Bool {
    self != .int8 || device == .cpu && ct_int8_available()
  }

  /// bfloat16 where the hardware has it, float32 elsewhere.
  public static func preferred(on device: Device) -> Precision {
    switch device {
    case .cpu: ct_bfloat16_is_fast() ? .bfloat16 : .float32
    case .cuda: .bfloat16
    case .mps: .float32
    }
  }
}

/// Process-wide and thread-wide state of libtorch.
///
/// Every throwing member throws `TorchError` with libtorch's message, or what its `body` throws.
public enum Runtime {
  /// The libtorch version that this program was compiled against.
  public static var version: String { String(cString: ct_version()) }

  /// The number of threads that libtorch chose when the program started; `OMP_NUM_THREADS` decides where it is set.
  public static var defaultThreads: Int { Int(ct_default_threads()) }

  /// The number of threads that operations of the calling thread may use.
  package static var threads: Int { Int(ct_threads()) }

  /// Sets the number of threads that operations of the calling thread may use.
  ///
  /// A thread that never does so computes with whatever number any thread has set last: sums are then split otherwise
  /// and results differ in their last bits. So every thread that computes says what it wants.
  public static func useThreads(_ count: Int) { ct_set_threads(Int32(max(count, 1))) }

  /// Seeds libtorch's generators.
  public static func seed(_ seed: UInt64) throws { try check { ct_seed(seed, $0) } }

  /// The state of libtorch's generator for a device, a uint8 tensor.
  public static func randomState(of device: Device = .cpu) throws -> Tensor {
    try tensor { ct_random_state(device.code, $0, $1) }
  }

  /// Puts libtorch's generator for a device back into a state.
  public static func setRandomState(_ state: Tensor, of device: Device = .cpu) throws {
    try check { ct_set_random_state(state.handle, device.code, $0) }
  }

  /// Makes every operation give the same bits for the same input, or throw where it cannot.
  public static func setDeterministic(_ deterministic: Bool) { ct_set_deterministic(deterministic) }

  /// Lets the C allocator keep what libtorch frees.
  ///
  /// Training frees and asks again for the same tens of megabytes at each step. glibc by default hands such blocks back
  /// to the kernel and gets them again by page faults: 7,000 to 35,000 in a step of SqueezeNet 1.1 at batch 24, which
  /// has none with this. What they cost in time, `Benchmarks/run.sh training` measures.
  public static func keepFreedMemory() { ct_keep_freed_memory() }

  /// Runs `body` without recording gradients.
  public static func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
    let previous = ct_set_grad_enabled(false)
    defer { _ = ct_set_grad_enabled(previous) }
    return try body()
  }

  /// Runs `body` with autocast to bfloat16 where that is the precision, else as it is.
  public static func withPrecision<Result>(
    _ precision: Precision, on device: Device = .cpu, _ body: () throws -> Result
  ) throws -> Result {
    guard precision == .bfloat16 else { return try body() }
    try check { ct_set_autocast(device.code, CT_BFLOAT16, true, $0) }
    let result = Swift.Result { try body() }
    try check { ct_set_autocast(device.code, CT_BFLOAT16, false, $0) }
    return try result.get()
  }
}
