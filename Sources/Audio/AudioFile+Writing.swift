import CSndfile
import Foundation

extension AudioFile {
  /// How samples are stored in a WAV file.
  public enum SampleFormat: Sendable {
    /// 16-bit integers; samples beyond [-1, 1) are clipped.
    case int16
    /// 32-bit floats, exactly as they are.
    case float32
  }

  /// Writes a waveform as a mono WAV file, beside its final place and then renamed, so that no half file is ever seen.
  ///
  /// A decoded 16-bit recording written as `.int16` has the samples that it was decoded from.
  ///
  /// - throws: `AudioError.notWritable`, and `AudioError.notFinite` for a waveform with a NaN or infinite sample.
  public static func write(_ waveform: Waveform, to path: String, as format: SampleFormat = .int16) throws {
    var statistics = SignalStatistics()
    waveform.samples.withUnsafeBufferPointer { statistics.add($0) }
    guard statistics.isFinite else { throw AudioError.notFinite(path) }

    let temporary = "\(path).\(UUID().uuidString).part"
    do {
      try encode(waveform, as: SF_FORMAT_WAV | (format == .int16 ? SF_FORMAT_PCM_16 : SF_FORMAT_FLOAT), to: temporary)
      guard rename(temporary, path) == 0 else { throw Failure(reason: String(cString: strerror(errno))) }
    } catch let failure as Failure {
      unlink(temporary)
      throw AudioError.notWritable(path, reason: failure.reason)
    }
  }

  struct Failure: Error {
    let reason: String
  }

  /// Writes a mono file of any format that libsndfile writes.
  ///
  /// - parameter format: libsndfile's container and encoding.
  /// - parameter compression: from 0 to 1, for formats that have it.
  /// - throws: `Failure`
  static func encode(_ waveform: Waveform, as format: Int, compression: Double? = nil, to path: String) throws {
    var info = SF_INFO()
    (info.samplerate, info.channels, info.format) = (Int32(clamping: waveform.sampleRate), 1, Int32(format))
    guard let file = sf_open(path, Int32(SFM_WRITE), &info) else {
      throw Failure(reason: String(cString: sf_strerror(nil)))
    }
    if var compression {
      sf_command(file, Int32(SFC_SET_COMPRESSION_LEVEL), &compression, Int32(MemoryLayout<Double>.size))
    }
    // In blocks: libvorbis takes room on the stack for all that one call brings, and a thread has little of it.
    let blockSize = 65_536
    let count = waveform.samples.count
    var written = 0
    for start in stride(from: 0, to: count, by: blockSize) {
      let block = Array(waveform.samples[start..<min(start + blockSize, count)])
      let frames = sf_count_t(block.count)
      written += Int(
        format & SF_FORMAT_SUBMASK == SF_FORMAT_PCM_16
          ? sf_writef_short(file, block.map(int16), frames) : sf_writef_float(file, block, frames))
    }
    let status = sf_close(file)
    guard written == count, status == 0 else { throw Failure(reason: "not all samples could be written") }
  }

  /// The inverse of decoding, which divides by 32,768; libsndfile's own writing multiplies by 32,767.
  private static func int16(_ sample: Float) -> Int16 {
    Int16(max(-32_768, min(32_767, (sample * 32_768).rounded())))
  }
}
