/// The type of a tensor's elements, as far as weight files and this library's tensors use it.
public enum DType: String, Sendable, CaseIterable {
  case float16, bfloat16, float32, float64
  case int8, uint8, int16, int32, int64
  case bool

  /// The size of one element in bytes.
  public var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16: 2
    case .float32, .int32: 4
    case .float64, .int64: 8
    }
  }

  /// The type's name in a `.safetensors` header, for example `F32`.
  var safetensorsName: String {
    switch self {
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .float32: "F32"
    case .float64: "F64"
    case .int8: "I8"
    case .uint8: "U8"
    case .int16: "I16"
    case .int32: "I32"
    case .int64: "I64"
    case .bool: "BOOL"
    }
  }

  /// The type with this name in a `.safetensors` header, or nil where this library has none.
  init?(safetensorsName: String) {
    guard let type = Self.allCases.first(where: { $0.safetensorsName == safetensorsName }) else { return nil }
    self = type
  }
}
