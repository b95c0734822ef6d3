import Foundation

/// How long a recording may be, and how much it may grow by decoding.
public struct DecodingLimits: Codable, Sendable, Hashable {
  /// The shortest recording that is accepted, in seconds.
  public var minimumDuration: Double
  /// The longest recording that is accepted, in seconds.
  public var maximumDuration: Double
  /// How many times the file's size its samples, of all channels and 4 bytes each, may have; nil for any.
  ///
  /// A few bytes of FLAC or Opus can stand for hours of sound: whoever decodes what strangers send sets it.
  public var maximumDecompression: Double?
  /// The number of frames that are accepted, whatever their rate; nil for any.
  public var maximumFrames: Int?

  /// Makes limits in seconds.
  public init(minimumDuration: Double = 0.05, maximumDuration: Double = 600) {
    self.minimumDuration = minimumDuration
    self.maximumDuration = maximumDuration
  }

  /// Sees that a waveform with samples is neither too short nor too long; one without is empty, and not short.
  ///
  /// - throws: `AudioError.tooShort`, `AudioError.tooLong`.
  package func check(_ waveform: Waveform, name: String) throws {
    guard !waveform.samples.isEmpty else { return }
    try check(duration: waveform.duration, name: name)
  }

  /// Sees that a recording of so many seconds is neither too short nor too long.
  ///
  /// - throws: `AudioError.tooShort`, `AudioError.tooLong`.
  package func check(duration: Double, name: String) throws {
    try checkMaximum(duration: duration, name: name)
    try checkMinimum(duration: duration, name: name)
  }

  /// Sees that a recording, or what has been decoded of one, is not too long.
  func checkMaximum(duration: Double, name: String) throws {
    guard duration <= maximumDuration else {
      throw AudioError.tooLong(name, duration: duration, maximum: maximumDuration)
    }
  }

  /// Sees that a whole recording is not too short.
  func checkMinimum(duration: Double, name: String) throws {
    guard duration >= minimumDuration else {
      throw AudioError.tooShort(name, duration: duration, minimum: minimumDuration)
    }
  }
}

/// What a sound file's header says.
public struct AudioInformation: Sendable, Equatable {
  /// The number of frames (one sample of each channel).
  public var frames: Int
  /// Frames a second.
  public var sampleRate: Int
  /// The number of channels.
  public var channels: Int
  /// libsndfile's names of the container and the encoding, such as "WAV (Microsoft), Signed 16 bit PCM".
  public var format: String
  /// The length in seconds.
  public var duration: Double { Double(frames) / Double(sampleRate) }
}

/// Sound files, read and written through libsndfile.
///
/// ```swift
/// let waveform = try AudioFile.read("speech.flac")
/// print(waveform.duration, waveform.sampleRate)
/// ```
public enum AudioFile {
  /// The file name extensions, in lower case, that a search through a folder takes.
  public static let extensions: Set<String> = [
    "wav", "wave", "flac", "ogg", "oga", "opus", "mp3", "aif", "aiff", "aifc", "au", "caf", "rf64", "w64",
  ]

  /// Decodes a file to mono: channels averaged, integers scaled to [-1, 1] as libsndfile does.
  ///
  /// - parameter path: a file of any format that libsndfile reads, or a pipe.
  /// - parameter limits: how short and how long the recording may be.
  /// - throws: `AudioError`, also for a recording that is silent or has a NaN or infinite sample.
  public static func read(_ path: String, limits: DecodingLimits = .init()) throws -> Waveform {
    try read(ByteSource(path: path), limits)
  }

  /// Decodes a file's bytes, such as standard input or an upload, as the reading of a path does.
  ///
  /// - parameter data: the whole file.
  /// - parameter name: what errors call it.
  /// - throws: `AudioError`
  public static func read(_ data: Data, name: String, limits: DecodingLimits = .init()) throws -> Waveform {
    try read(ByteSource(data, name: name), limits)
  }

  /// Reads a file's header only; a stream whose header does not give its length is decoded to count its frames.
  ///
  /// - throws: `AudioError` for a file that cannot be read, is cut or is no sound; lengths and samples are not judged.
  public static func information(_ path: String) throws -> AudioInformation {
    let file = try SoundFile(ByteSource(path: path))
    return AudioInformation(
      frames: try file.frames ?? file.forEachBlock { _ in },
      sampleRate: file.sampleRate, channels: file.channels, format: file.format)
  }

  private static func read(_ source: ByteSource, _ limits: DecodingLimits) throws -> Waveform {
    let name = source.name
    let file = try SoundFile(source)
    let rate = Double(file.sampleRate)
    func checkLength(_ frames: Int) throws {
      try limits.checkMaximum(duration: Double(frames) / rate, name: name)
      if let maximum = limits.maximumFrames, frames > maximum {
        throw AudioError.tooLarge(
          name, detail: "\(frames) frames at \(file.sampleRate) Hz, at most \(maximum) are allowed")
      }
      let ratio = Double(frames) * Double(file.channels) * 4 / Double(source.count)
      if let maximum = limits.maximumDecompression, ratio > maximum {
        throw AudioError.tooLarge(name, detail: "more than \(Int(maximum)) times the size of the file")
      }
    }
    try checkLength(file.frames ?? 0)

    var samples: [Float] = []
    // A lying header must not reserve more than 16 MiB; longer recordings grow as they are read.
    samples.reserveCapacity(min(file.frames ?? 0, 1 << 22))
    var statistics = SignalStatistics()
    try file.forEachBlock { block in
      samples.append(contentsOf: block)
      statistics.add(block)
      try checkLength(samples.count)
    }

    let waveform = Waveform(samples: samples, sampleRate: file.sampleRate)
    guard !samples.isEmpty else { throw AudioError.noSamples(name) }
    guard statistics.isFinite else { throw AudioError.notFinite(name) }
    try limits.checkMinimum(duration: waveform.duration, name: name)
    guard statistics.standardDeviation >= Waveform.silenceLevel else { throw AudioError.silent(name) }
    return waveform
  }
}
