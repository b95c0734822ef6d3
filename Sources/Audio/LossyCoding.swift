import CSndfile
import Foundation

/// A lossy way of keeping or sending speech, as recordings in the wild have been through.
public enum LossyCoding: String, CaseIterable, Sendable {
  /// MP3, some 34 kbit/s for RAVDESS's sentences.
  case mp3
  /// Opus, some 20 kbit/s.
  case opus
  /// Ogg Vorbis at quality 0, some 40 kbit/s.
  case vorbis
  /// Nothing above 8 kHz.
  case wideband
  /// Nothing above 4 kHz, as a telephone has it.
  case narrowband

  /// The rate that the coding works at, in Hz; nil for the recording's own.
  fileprivate var rate: Int? {
    switch self {
    case .mp3: 32_000
    case .opus: 48_000
    case .vorbis: nil
    case .wideband: 16_000
    case .narrowband: 8_000
    }
  }

  /// libsndfile's format, and its compression from 0 to 1; nil where a lower rate is all.
  fileprivate var format: (code: Int, compression: Double)? {
    switch self {
    case .mp3: (SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 0.95)
    case .opus: (SF_FORMAT_OGG | SF_FORMAT_OPUS, 0.93)
    case .vorbis: (SF_FORMAT_OGG | SF_FORMAT_VORBIS, 1)
    case .wideband, .narrowband: nil
    }
  }
}

extension Waveform {
  /// What a lossy coding leaves of the waveform, at the coding's rate.
  ///
  /// - throws: `AudioError` where libsndfile cannot write the format, or the temporary file cannot be written.
  func coded(by coding: LossyCoding) throws -> Waveform {
    let waveform = try coding.rate.map { try resampled(to: $0) } ?? self
    guard let format = coding.format else { return waveform }
    let path = FileManager.default.temporaryDirectory.appending(path: "emotive-\(UUID().uuidString)").path
    defer { unlink(path) }
    do {
      try AudioFile.encode(waveform, as: format.code, compression: format.compression, to: path)
    } catch let failure as AudioFile.Failure {
      throw AudioError.notWritable(path, reason: failure.reason)
    }
    return try AudioFile.read(path, limits: DecodingLimits(minimumDuration: 0, maximumDuration: .infinity))
  }
}
