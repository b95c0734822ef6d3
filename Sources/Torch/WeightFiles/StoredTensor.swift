import Foundation

/// A tensor in a weight file: its type and shape, and its values where the file has them, not yet read.
public struct StoredTensor: Sendable {
  /// The tensor's name, which is its key in the state dictionary.
  public let name: String
  /// The type of its elements.
  public let dtype: DType
  /// Its dimensions; empty for a scalar.
  public let shape: [Int]
  /// The distance between neighbours along each dimension, in elements; zero where a value is repeated.
  let strides: [Int]

  private let file: MappedFile
  private let range: Range<Int>

  /// A tensor whose element 0 is the first element of `storage`, a byte range of `file`.
  ///
  /// - throws: `WeightFileError` where an index would leave `storage`.
  init(
    name: String, dtype: DType, shape: [Int], strides: [Int]? = nil, offset: Int = 0,
    in storage: Range<Int>, of file: MappedFile
  ) throws(WeightFileError) {
    let available = storage.count / dtype.byteCount
    guard let strides = strides ?? Self.contiguousStrides(shape),
      let span = Self.span(shape, strides), Self.elementCount(shape) != nil,
      offset >= 0, offset <= available, span <= available - offset
    else {
      throw file.error(
        "tensor \"\(name)\" of shape \(shape) does not fit into the \(storage.count) bytes of \(dtype) it is given")
    }
    (self.name, self.dtype, self.shape, self.strides, self.file) = (name, dtype, shape, strides, file)
    let start = storage.lowerBound + offset * dtype.byteCount
    range = start..<start + span * dtype.byteCount
  }

  /// The number of elements, which is 1 for a scalar.
  public var count: Int { shape.reduce(1, *) }

  /// The size of the values in bytes when they are packed.
  public var byteCount: Int { count * dtype.byteCount }

  /// Whether the values lie packed in row-major order.
  var isContiguous: Bool {
    if count == 0 { return true }
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      if stride != expected { return false }
      expected *= size
    }
    return true
  }

  /// Lends the file's bytes from element 0 to the last element, little-endian, not copied and not always aligned.
  ///
  /// They hold the packed values only where `isContiguous`; otherwise `strides` says where each element is.
  func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(file) { try body(UnsafeRawBufferPointer(rebasing: file.bytes[range])) }
  }

  /// A copy of the values, packed in row-major order, little-endian.
  func contiguousBytes() -> Data {
    withUnsafeBytes { source in
      if isContiguous { return Data(source) }
      let size = dtype.byteCount
      var packed = Data(count: byteCount)
      packed.withUnsafeMutableBytes { target in
        var index = [Int](repeating: 0, count: shape.count)
        var element = 0
        for start in stride(from: 0, to: target.count, by: size) {
          let value = UnsafeRawBufferPointer(rebasing: source[element * size..<(element + 1) * size])
          UnsafeMutableRawBufferPointer(rebasing: target[start..<start + size]).copyMemory(from: value)
          // The next index in row-major order, as an odometer counts.
          for axis in shape.indices.reversed() where shape[axis] > 1 {
            index[axis] += 1
            element += strides[axis]
            if index[axis] < shape[axis] { break }
            element -= strides[axis] * shape[axis]
            index[axis] = 0
          }
        }
      }
      return packed
    }
  }

  /// The product of the dimensions, or nil where one is negative or the product overflows.
  static func elementCount(_ shape: [Int]) -> Int? {
    var product = 1
    for size in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { return nil }
      product = next
    }
    return product
  }

  private static func contiguousStrides(_ shape: [Int]) -> [Int]? {
    var strides: [Int] = []
    var next = 1
    for size in shape.reversed() {
      strides.append(next)
      let (product, overflow) = next.multipliedReportingOverflow(by: max(size, 1))
      if overflow { return nil }
      next = product
    }
    return strides.reversed()
  }

  /// The number of elements from the first to the last one that an index can reach, or nil on overflow.
  private static func span(_ shape: [Int], _ strides: [Int]) -> Int? {
    guard shape.count == strides.count, (shape + strides).allSatisfy({ $0 >= 0 }) else { return nil }
    if shape.contains(0) { return 0 }
    var span = 1
    for (size, stride) in zip(shape, strides) {
      let (reach, tooFar) = (size - 1).multipliedReportingOverflow(by: stride)
      let (next, overflow) = span.addingReportingOverflow(reach)
      if tooFar || overflow { return nil }
      span = next
    }
    return span
  }
}
