import CTorch
import Foundation

/// A libtorch tensor; the handle is freed when the last reference goes.
///
/// Every throwing member throws `TorchError` with libtorch's message.
///
/// `@unchecked Sendable`: libtorch counts references atomically and reading from several threads is safe. Whoever
/// writes to a tensor (`assign`, an optimizer step) must be its only user at that moment.
public final class Tensor: @unchecked Sendable {
  let handle: ct_tensor

  init(owning handle: ct_tensor) { self.handle = handle }

  deinit { ct_free(handle) }

  /// The size of each dimension.
  public var shape: [Int] { (0..<ct_rank(handle)).map { Int(ct_size(handle, $0)) } }

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// The element type; nil for the complex types, which no weight file holds.
  public var dtype: DType? { DType(ct_get_dtype(handle)) }

  /// Where the tensor lives.
  public var device: Device { Device(ct_get_device(handle)) }
}

// MARK: - Making tensors

extension Tensor {
  /// A tensor of `shape` holding `values` in row-major order.
  ///
  /// - throws: `TorchError` where the count does not fit the shape.
  public convenience init(_ values: [Float], shape: [Int]) throws {
    try self.init(copying: values, shape: shape, dtype: .float32)
  }

  /// A float64 tensor of `shape` holding `values` in row-major order.
  public convenience init(_ values: [Double], shape: [Int]) throws {
    try self.init(copying: values, shape: shape, dtype: .float64)
  }

  /// A one-dimensional int64 tensor, as class targets are given.
  public convenience init(_ values: [Int]) throws {
    try self.init(copying: values.map(Int64.init), shape: [values.count], dtype: .int64)
  }

  private convenience init<T>(copying values: [T], shape: [Int], dtype: DType) throws {
    let handle = try values.withUnsafeBytes { try Tensor.handle(copying: $0, shape: shape, dtype: dtype) }
    self.init(owning: handle)
  }

  /// A tensor of `shape` and `dtype` from raw little-endian elements in row-major order, copied.
  public convenience init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) throws {
    self.init(owning: try Tensor.handle(copying: bytes, shape: shape, dtype: dtype))
  }

  private static func handle(copying bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) throws -> ct_tensor {
    var handle: ct_tensor?
    try check {
      ct_from_bytes(bytes.baseAddress, bytes.count, shape.map(Int64.init), Int32(shape.count), dtype.code, &handle, $0)
    }
    guard let handle else { throw TorchError("libtorch returned no tensor") }
    return handle
  }

  /// A tensor filled with one value.
  public static func full(
    _ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .cpu
  ) throws -> Tensor {
    try tensor {
      ct_full(shape.map(Int64.init), Int32(shape.count), value, dtype.code, device.code, $0, $1)
    }
  }

  /// A tensor of zeros.
  public static func zeros(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) throws -> Tensor {
    try full(shape, 0, dtype: dtype, device: device)
  }

  /// A float32 tensor drawn evenly from `low..<high` by libtorch's generator.
  public static func uniform(_ shape: [Int], low: Double, high: Double) throws -> Tensor {
    try tensor { ct_uniform(shape.map(Int64.init), Int32(shape.count), low, high, $0, $1) }
  }

  /// A float32 tensor drawn from a normal distribution around 0 by libtorch's generator.
  public static func normal(_ shape: [Int], standardDeviation: Double = 1) throws -> Tensor {
    try tensor { ct_normal(shape.map(Int64.init), Int32(shape.count), standardDeviation, $0, $1) }
  }

  /// Joins tensors along an existing dimension.
  public static func concatenate(_ tensors: [Tensor], dimension: Int) throws -> Tensor {
    try tensors.withHandles { handles in
      try tensor { ct_concatenate(handles, tensors.count, Int32(dimension), $0, $1) }
    }
  }
}

// MARK: - Reading tensors

extension Tensor {
  /// The elements as float32 in row-major order, whatever the dtype and device.
  public func floats() throws -> [Float] { try elements(of: to(.float32), as: Float.self) }

  /// The elements as float64 in row-major order.
  public func doubles() throws -> [Double] { try elements(of: to(.float64), as: Double.self) }

  /// The elements as integers in row-major order.
  public func integers() throws -> [Int] { try elements(of: to(.int64), as: Int64.self).map(Int.init) }

  private func elements<T>(of source: Tensor, as type: T.Type) throws -> [T] {
    let count = source.count
    return try [T](unsafeUninitializedCapacity: count) { buffer, initialized in
      try check {
        ct_copy_bytes(source.handle, buffer.baseAddress, count * MemoryLayout<T>.stride, $0)
      }
      initialized = count
    }
  }

  /// The raw elements in row-major order.
  public func data() throws -> Data {
    guard let dtype else { throw TorchError("a complex tensor has no stored form") }
    var data = Data(count: count * dtype.byteCount)
    try data.withUnsafeMutableBytes { buffer in
      try check { ct_copy_bytes(handle, buffer.baseAddress, buffer.count, $0) }
    }
    return data
  }

  /// The only element of a tensor of one element.
  public func item() throws -> Double {
    var value = 0.0
    try check { ct_item(handle, &value, $0) }
    return value
  }

  /// The largest absolute value, NaN where an element is; 0 of no elements.
  ///
  /// - throws: `TorchError`, as for want of memory.
  package func largestMagnitude() throws -> Double {
    var value = 0.0
    try check { ct_largest(handle, &value, $0) }
    return value
  }

  /// Lends the memory of a contiguous float32 CPU tensor for reading and writing in place.
  ///
  /// - throws: `TorchError` where the tensor is of another dtype, layout or device.
  public func withFloats<Result>(_ body: (UnsafeMutableBufferPointer<Float>) throws -> Result) throws -> Result {
    guard dtype == .float32 else { throw TorchError("float32 elements asked of a tensor of another dtype") }
    var pointer: UnsafeMutableRawPointer?
    try check { ct_data(handle, &pointer, $0) }
    let floats = UnsafeMutableBufferPointer(start: pointer?.assumingMemoryBound(to: Float.self), count: count)
    defer { withExtendedLifetime(self) {} }
    return try body(floats)
  }

  /// Copies `source`'s elements into this tensor, converting dtype and device as needed.
  ///
  /// - throws: `TorchError` where the shapes differ.
  public func assign(_ source: Tensor) throws { try check { ct_assign(handle, source.handle, $0) } }
}

extension [Tensor] {
  /// Lends the handles as a C array, keeping the tensors alive meanwhile.
  func withHandles<Result>(_ body: (UnsafePointer<ct_tensor?>?) throws -> Result) rethrows -> Result {
    let handles: [ct_tensor?] = map(\.handle)
    defer { withExtendedLifetime(self) {} }
    return try handles.withUnsafeBufferPointer { try body($0.baseAddress) }
  }
}

extension DType {
  init?(_ code: ct_dtype) {
    switch code {
    case CT_FLOAT16: self = .float16
    case CT_BFLOAT16: self = .bfloat16
    case CT_FLOAT32: self = .float32
    case CT_FLOAT64: self = .float64
    case CT_INT8: self = .int8
    case CT_UINT8: self = .uint8
    case CT_INT16: self = .int16
    case CT_INT32: self = .int32
    case CT_INT64: self = .int64
    case CT_BOOL: self = .bool
    default: return nil
    }
  }

  var code: ct_dtype {
    switch self {
    case .float16: CT_FLOAT16
    case .bfloat16: CT_BFLOAT16
    case .float32: CT_FLOAT32
    case .float64: CT_FLOAT64
    case .int8: CT_INT8
    case .uint8: CT_UINT8
    case .int16: CT_INT16
    case .int32: CT_INT32
    case .int64: CT_INT64
    case .bool: CT_BOOL
    }
  }
}
