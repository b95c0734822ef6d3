import Foundation

/// Decodes WAV or raw PCM as it comes, out of a pipe or a socket, to mono samples.
///
/// `AudioFile` needs whole files, of any format; a stream needs none, so that it may be endless: writers to a pipe cannot
/// know the length and put 0, 0xFFFFFFFF or some 2 GiB into a WAV header. One that does give the length is held to it.
///
///     let stream = PCMStream(name: "standard input")
///     let samples = try stream.add(bytes)  // empty until the header has come
public struct PCMStream {
  /// What the samples are; nil until a WAV header has come.
  public private(set) var format: PCMFormat?
  private let name: String
  private var header: WAVHeader?
  /// Bytes of a header or a frame that is not whole yet.
  private var pending = Data()
  /// The bytes of sound that the header promises; nil where it does not know.
  private var promised: Int?
  /// Those of them that are to come.
  private var remaining: Int?

  /// A stream that begins with a WAV header.
  ///
  /// - parameter name: what errors call the stream.
  public init(name: String) {
    self.name = name
    header = WAVHeader(name: name)
  }

  /// A stream of samples only.
  ///
  /// - throws: `AudioError.notAudio` for a number of channels or a rate that cannot be.
  public init(_ format: PCMFormat, name: String) throws {
    self.name = name
    self.format = try format.checked(name)
  }

  /// Takes the next bytes and returns the samples of the frames that they complete.
  ///
  /// - throws: `AudioError.notAudio` for a header that is none of WAV, `AudioError.notStreamable` for an encoding that is not
  ///   PCM.
  public mutating func add(_ bytes: Data) throws -> [Float] {
    pending.append(bytes)
    if var header {
      let found = try header.read(&pending)
      self.header = found == nil ? header : nil
      guard let found else { return [] }
      format = found.format
      promised = found.length
      remaining = found.length
    }
    guard let format else { return [] }
    let width = format.encoding.size * format.channels
    let sound = min(pending.count, remaining ?? .max)
    let whole = sound - sound % width
    let samples = pending.prefix(whole).withUnsafeBytes { format.encoding.mono($0, channels: format.channels) }
    remaining = remaining.map { $0 - whole }
    // What comes behind the last frame of a known length is no sound, and a torn frame at the end none either.
    pending = remaining.map { $0 < width } == true ? Data() : Data(pending.dropFirst(whole))
    return samples
  }

  /// Ends the stream; part of a frame at its end is dropped.
  ///
  /// - throws: `AudioError.truncated` where not even the header has come, or less sound than it promises.
  public func finish() throws {
    guard let format else {
      throw pending.isEmpty && header?.isAtStart == true
        ? AudioError.empty(name) : AudioError.truncated(name, detail: "it ends within its WAV header")
    }
    guard let promised, let remaining, remaining >= format.encoding.size * format.channels else { return }
    let found = promised - remaining + pending.count
    throw AudioError.truncated(name, detail: "its header promises \(promised) bytes, \(found) are there")
  }

  /// Whether bytes, the first 12 of a stream or more, begin a WAV file.
  public static func isWAV(_ bytes: Data) -> Bool {
    let bytes = [UInt8](bytes.prefix(12))
    return bytes.count == 12 && (bytes.starts(with: "RIFF".utf8) || bytes.starts(with: "RF64".utf8))
      && bytes[8...].elementsEqual("WAVE".utf8)
  }
}

extension PCMFormat {
  func checked(_ name: String) throws -> PCMFormat {
    guard (1...1_024).contains(channels) else {
      throw AudioError.notAudio(name, reason: "expected 1 to 1,024 channels, found \(channels)")
    }
    guard (1...1_000_000).contains(sampleRate) else {
      throw AudioError.notAudio(name, reason: "expected 1 to 1,000,000 frames a second, found \(sampleRate)")
    }
    return self
  }
}
