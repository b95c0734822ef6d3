import Audio
import Foundation

/// Sound that is read block by block: a file, or standard input while it still comes.
enum SoundSource {
  case file(SoundFile)
  case live(LiveInput)

  /// Opens a file, or standard input for "-".
  ///
  /// - parameter raw: what comes through standard input where that has no header. WAV and raw PCM are decoded as they
  ///   come; other formats have to be there as a whole first.
  init(_ input: String, raw: PCMFormat?) throws {
    guard input == "-" else {
      do { self = .file(try SoundFile(path: input)) } catch { throw readable(error, recording: input) }
      return
    }
    let (input, bytes) = try LiveInput.open(raw)
    self = if let input { .live(input) } else { .file(try SoundFile(bytes, name: LiveInput.name)) }
  }

  /// Frames a second.
  var sampleRate: Int {
    switch self {
    case .file(let file): file.sampleRate
    case .live(let input): input.format.sampleRate
    }
  }

  /// The length in seconds, where it is known.
  var duration: Double? {
    guard case .file(let file) = self else { return nil }
    return file.duration
  }

  /// Hands over the sound, block by block, as mono samples; a wish to stop ends it with `Interrupted`, and what is cut with
  /// `AudioError.truncated`.
  func forEachBlock(_ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
    switch self {
    case .file(let file):
      try file.forEachBlock {
        try Interruption.check()
        try body($0)
      }
    case .live(let input): try input.forEachBlock(body)
    }
  }
}

/// WAV or raw PCM out of standard input, decoded as it comes.
final class LiveInput {
  static let name = "standard input"
  /// How much is read of formats that have to be there as a whole, in bytes.
  static let largest = 1 << 31

  /// What the samples are.
  let format: PCMFormat
  private let isRaw: Bool
  private var stream: PCMStream
  private var samples: [Float] = []

  /// Waits for the beginning of the sound.
  ///
  /// - Parameters:
  ///   - raw: what the sound is, where it has no header.
  ///   - limit: how much is read of formats that have to be there as a whole, in bytes.
  ///   - isWhole: whether the sound is one recording, so that nothing is lost by waiting for all of it.
  /// - returns: no input, but all that has come, where that is of a format that has to be there as a whole.
  /// - throws: `AudioError`, also for what begins like no format; `Failure` for more than the limit; `Interrupted`.
  static func open(
    _ raw: PCMFormat?, limit: Int = LiveInput.largest, isWhole: Bool = false
  ) throws -> (input: LiveInput?, bytes: Data) {
    var bytes = Data()
    if let raw { return (try LiveInput(PCMStream(raw, name: name), &bytes, limit: limit, isRaw: true), Data()) }
    while bytes.count < 12 {
      let more = try read()
      guard !more.isEmpty else { break }
      bytes += more
    }
    if PCMStream.isWAV(bytes) {
      do {
        return (try LiveInput(PCMStream(name: name), &bytes, limit: limit, isRaw: false), Data())
      } catch AudioError.notStreamable {
        // Of an encoding that is not PCM, such as A-law, it has to be there as a whole too.
      } catch AudioError.notAudio where isWhole {
        // libsndfile may make something of a header that we do not understand.
      }
    }
    return (nil, try rest(after: bytes, limit: limit))
  }

  /// Waits until the format is known.
  ///
  /// - parameter bytes: what has been read already, and then all that has, or more than the limit.
  private init(_ stream: PCMStream, _ bytes: inout Data, limit: Int, isRaw: Bool) throws {
    self.stream = stream
    self.isRaw = isRaw
    samples = try self.stream.add(bytes)
    while self.stream.format == nil {
      let more = try Self.read()
      if more.isEmpty { try self.stream.finish() }
      if bytes.count <= limit { bytes += more }
      samples = try self.stream.add(more)
    }
    guard let format = self.stream.format else { throw AudioError.empty(Self.name) }
    self.format = format
  }

  func forEachBlock(_ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
    var isEmpty = true
    while true {
      if !samples.isEmpty { try samples.withUnsafeBufferPointer(body) }
      isEmpty = isEmpty && samples.isEmpty
      let more = try Self.read()
      guard !more.isEmpty else { break }
      samples = try stream.add(more)
    }
    if isEmpty, isRaw {
      throw Failure("\(Self.name): no sound came before its end; check what is piped in")
    }
    try stream.finish()
  }

  private static func read() throws -> Data { try Interruption.read(STDIN_FILENO, name: name) }

  /// All bytes to the end, behind those that have been read already.
  private static func rest(after bytes: Data, limit: Int) throws -> Data {
    var all = bytes
    var isJudged = false
    while all.count <= limit {
      if !isJudged, all.count >= AudioFile.beginningSize {
        try AudioFile.checkBeginning(all, name: name)
        isJudged = true
      }
      let more = try read()
      guard !more.isEmpty else { return all }
      all += more
    }
    throw Failure(
      "\(name): more than \(limit / 1_000_000) MB came of a format that has to be there as a whole to be decoded; cut it into "
        + "parts, or pipe in WAV of PCM, which is decoded as it comes")
  }
}
