import CSndfile
import Foundation

/// A sound file opened with libsndfile: its header, and its samples block by block, averaged to mono.
///
/// For recordings too long for memory; ``AudioFile`` reads whole ones.
public final class SoundFile {
  /// What libsndfile says of bytes that begin like no format that it knows.
  static let unknownFormat = "Format not recognised"

  /// What errors call the file.
  public var name: String { source.name }
  private let source: ByteSource
  private let handle: OpaquePointer
  private let info: SF_INFO

  /// Opens a file and reads its header.
  ///
  /// - throws: `AudioError` for a file that cannot be read, is no sound or is cut.
  public convenience init(path: String) throws { try self.init(ByteSource(path: path)) }

  /// Takes a file's bytes and reads the header.
  ///
  /// - parameter name: what errors call it.
  /// - throws: `AudioError` for what is no sound or is cut.
  public convenience init(_ data: Data, name: String) throws { try self.init(ByteSource(data, name: name)) }

  /// Reads the header; throws for what is no sound file and for one that is cut.
  init(_ source: ByteSource) throws {
    source.completeHeader()
    var info = SF_INFO()
    var callbacks = ByteSource.callbacks
    let handle = sf_open_virtual(&callbacks, Int32(SFM_READ), &info, Unmanaged.passUnretained(source).toOpaque())
    guard let handle else {
      // Without a handle the message is libsndfile's global one, which an open on another thread may have cleared.
      let message = String(cString: sf_strerror(nil)).trimmingCharacters(in: .init(charactersIn: " ."))
      if let detail = source.truncation() { throw AudioError.truncated(source.name, detail: detail) }
      // The usual message is the same then, letter for letter.
      throw AudioError.notAudio(source.name, reason: message == "No Error" ? Self.unknownFormat : message)
    }
    self.source = source
    self.handle = handle
    self.info = info
    if let detail = source.truncation() { throw AudioError.truncated(source.name, detail: detail) }
  }

  deinit { sf_close(handle) }

  /// Frames a second.
  public var sampleRate: Int { Int(info.samplerate) }
  /// The number of channels, of which blocks hold the mean.
  public var channels: Int { Int(info.channels) }

  /// The number of frames that the header promises; nil for a stream whose writer did not know it.
  public var frames: Int? { info.frames < Int64.max ? max(0, Int(info.frames)) : nil }
  /// The length in seconds that the header promises; nil for a stream whose writer did not know it.
  public var duration: Double? { frames.map { Double($0) / Double(sampleRate) } }

  /// libsndfile's names of the container and the encoding.
  public var format: String {
    [Int32(SF_FORMAT_TYPEMASK), Int32(SF_FORMAT_SUBMASK)]
      .compactMap { mask in
        var format = SF_FORMAT_INFO()
        format.format = info.format & mask
        let status = sf_command(
          handle, Int32(SFC_GET_FORMAT_INFO), &format, Int32(MemoryLayout<SF_FORMAT_INFO>.size))
        return status == 0 ? format.name.map { String(cString: $0) } : nil
      }.joined(separator: ", ")
  }

  private var isMPEG: Bool { info.format & Int32(SF_FORMAT_TYPEMASK) == Int32(SF_FORMAT_MPEG) }

  /// Decodes to the end and hands over each block of mono samples; returns the number of frames.
  ///
  /// - throws: `AudioError.truncated` where the samples end before the header's promise; what `body` throws.
  @discardableResult
  public func forEachBlock(_ body: (UnsafeBufferPointer<Float>) throws -> Void) throws -> Int {
    // One MPEG frame at a time, so that `checkEnd` sees how far libsndfile has read.
    let capacity = isMPEG ? 1_152 : max(1, 32_768 / channels)
    let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: capacity * channels)
    defer { block.deallocate() }
    guard let samples = block.baseAddress else { return 0 }
    var total = 0
    while true {
      let got = Int(sf_readf_float(handle, samples, sf_count_t(capacity)))
      guard got > 0 else { break }
      if channels > 1 { average(samples, frames: got) }
      try body(UnsafeBufferPointer(start: samples, count: got))
      total += got
    }
    try checkEnd(after: total)
    return total
  }

  /// Compares what was decoded with what the header promised.
  private func checkEnd(after total: Int) throws {
    guard sf_error(handle) == 0 else {
      let message = String(cString: sf_strerror(handle))
      throw AudioError.truncated(source.name, detail: "\(total) frames could be decoded; \(message)")
    }
    guard let frames else { return }
    if !isMPEG {
      guard total >= frames else { throw shortfall(frames, total) }
    } else if source.hasMPEGLength {
      // The encoder's tag may count its padding otherwise than the decoder does, by less than one MPEG frame.
      guard total + 1_151 >= frames else { throw shortfall(frames, total) }
    } else if total == frames, source.remaining > 2_048 {
      // Without a tag the length is a guess from the first bit rate, and libsndfile stops there.
      throw AudioError.notAudio(
        source.name, reason: "an MP3 of variable bit rate that does not give its length would lose its end")
    }
  }

  private func shortfall(_ promised: Int, _ found: Int) -> AudioError {
    .truncated(source.name, detail: "its header promises \(promised) frames, \(found) could be decoded")
  }

  /// Averages interleaved channels in place; the mono frame never overtakes the frames still to be read.
  private func average(_ samples: UnsafeMutablePointer<Float>, frames: Int) {
    let channels = channels
    // Rounded once, as `PCMEncoding.mono` does.
    if channels == 2 {
      for frame in 0..<frames { samples[frame] = (samples[2 * frame] + samples[2 * frame + 1]) * 0.5 }
    } else {
      for frame in 0..<frames {
        var sum = 0.0
        for channel in 0..<channels { sum += Double(samples[frame &* channels &+ channel]) }
        samples[frame] = Float(sum / Double(channels))
      }
    }
  }
}
