extension WeightFile {
  /// All tensors of the file by name, copied out of the mapping; eight-bit weights as float32.
  ///
  /// - throws: `TorchError` where an eight-bit weight lacks its scales, and for want of memory.
  public func loaded() throws -> [String: Tensor] {
    try Dictionary(uniqueKeysWithValues: weightNames.map { ($0, try loaded($0)) })
  }
}

extension StoredTensor {
  /// The tensor, copied out of the mapping.
  ///
  /// - throws: `TorchError`, as for want of memory.
  public func loaded() throws -> Tensor {
    guard isContiguous else {
      return try contiguousBytes().withUnsafeBytes { try Tensor(bytes: $0, shape: shape, dtype: dtype) }
    }
    return try withUnsafeBytes { try Tensor(bytes: $0, shape: shape, dtype: dtype) }
  }
}

extension WeightFile.Entry {
  /// A tensor to be written, as `dtype` where that is given.
  ///
  /// - throws: `TorchError` for complex numbers, which no weight file holds, and for want of memory.
  public init(_ name: String, _ tensor: Tensor, as dtype: DType? = nil) throws {
    let tensor = try dtype.map { try tensor.to($0) } ?? tensor
    guard let stored = tensor.dtype else { throw TorchError("\(name): a complex tensor has no stored form") }
    self.init(name: name, dtype: stored, shape: tensor.shape, bytes: try tensor.data())
  }
}
