/// How samples without a container are stored, by the names that ffmpeg uses.
public enum PCMEncoding: String, CaseIterable, Sendable, Codable {
  case u8, s8, s16le, s16be, s24le, s24be, s32le, s32be, f32le, f32be, f64le, f64be

  /// The bytes of a sample.
  var size: Int {
    switch self {
    case .u8, .s8: 1
    case .s16le, .s16be: 2
    case .s24le, .s24be: 3
    case .s32le, .s32be, .f32le, .f32be: 4
    case .f64le, .f64be: 8
    }
  }

  /// Decodes whole frames to mono: channels averaged, integers scaled to [-1, 1] as libsndfile does.
  func mono(_ bytes: UnsafeRawBufferPointer, channels: Int) -> [Float] {
    func load<Number: FixedWidthInteger>(_ type: Number.Type, _ offset: Int) -> Number {
      bytes.loadUnaligned(fromByteOffset: offset, as: Number.self)
    }
    func frames(_ sample: (Int) -> Double) -> [Float] {
      let width = size * channels
      return (0..<bytes.count / width).map { frame in
        var sum = 0.0
        for channel in 0..<channels { sum += sample(frame * width + channel * size) }
        return Float(sum / Double(channels))
      }
    }
    // Three bytes are read one by one: the word that holds them may reach beyond the end.
    func int24(_ low: Int, _ middle: Int, _ high: Int) -> Double {
      Double(Int(bytes[low]) | Int(bytes[middle]) << 8 | Int(Int8(bitPattern: bytes[high])) << 16)
    }
    return switch self {
    case .u8: frames { (Double(bytes[$0]) - 128) / 128 }
    case .s8: frames { Double(load(Int8.self, $0)) / 128 }
    case .s16le: frames { Double(Int16(littleEndian: load(Int16.self, $0))) / 32_768 }
    case .s16be: frames { Double(Int16(bigEndian: load(Int16.self, $0))) / 32_768 }
    case .s24le: frames { int24($0, $0 + 1, $0 + 2) / 8_388_608 }
    case .s24be: frames { int24($0 + 2, $0 + 1, $0) / 8_388_608 }
    case .s32le: frames { Double(Int32(littleEndian: load(Int32.self, $0))) / 2_147_483_648 }
    case .s32be: frames { Double(Int32(bigEndian: load(Int32.self, $0))) / 2_147_483_648 }
    case .f32le: frames { Double(Float(bitPattern: UInt32(littleEndian: load(UInt32.self, $0)))) }
    case .f32be: frames { Double(Float(bitPattern: UInt32(bigEndian: load(UInt32.self, $0)))) }
    case .f64le: frames { Double(bitPattern: UInt64(littleEndian: load(UInt64.self, $0))) }
    case .f64be: frames { Double(bitPattern: UInt64(bigEndian: load(UInt64.self, $0))) }
    }
  }
}

/// What has to be known of sound that comes without a header.
public struct PCMFormat: Sendable, Equatable {
  /// Frames a second.
  public var sampleRate: Int
  /// The number of channels, which are averaged.
  public var channels: Int
  /// How a sample is stored.
  public var encoding: PCMEncoding

  /// A format.
  public init(sampleRate: Int, channels: Int = 1, encoding: PCMEncoding = .s16le) {
    self.sampleRate = sampleRate
    self.channels = channels
    self.encoding = encoding
  }
}
