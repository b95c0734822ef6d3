import Foundation

/// Why a recording cannot be used, and what to do about it; the first value of each case is the file's name.
public enum AudioError: Error, CustomStringConvertible, LocalizedError, Equatable {
  /// No file has this name.
  case missing(String)
  /// The name is a folder's.
  case directory(String)
  /// The system does not let this user read the file.
  case noPermission(String)
  /// The system cannot read the file, for the reason given.
  case unreadable(String, reason: String)
  /// The file has no bytes.
  case empty(String)
  /// The bytes are no sound that libsndfile can read; `reason` is its message.
  case notAudio(String, reason: String)
  /// The samples of a stream are stored as only a whole file can be decoded; `reason` says how.
  case notStreamable(String, reason: String)
  /// The file ends, or is damaged, before all that its header promises; `detail` says how much there is.
  case truncated(String, detail: String)
  /// The header is sound but no sample follows it.
  case noSamples(String)
  /// A sample is NaN or infinite.
  case notFinite(String)
  /// All samples are the same: the standard deviation is below `Waveform.silenceLevel`.
  case silent(String)
  /// The recording lasts `duration` seconds, less than `minimum`.
  case tooShort(String, duration: Double, minimum: Double)
  /// The recording lasts `duration` seconds or more, beyond `maximum`.
  case tooLong(String, duration: Double, maximum: Double)
  /// Decoding would give more samples than the limits allow; `detail` says how many.
  case tooLarge(String, detail: String)
  /// The file cannot be written, for the reason given.
  case notWritable(String, reason: String)
  /// A waveform cannot be brought from one sample rate to another, for the reason given.
  case resampling(from: Int, to: Int, reason: String)

  /// What was wrong, with which file, and what to do.
  public var description: String {
    switch self {
    case .missing(let file):
      "\(file): there is no such file; check the path"
    case .directory(let file):
      "\(file): this is a folder, not a recording; name a file in it"
    case .noPermission(let file):
      "\(file): no permission to read it; change its mode (chmod) or ask its owner"
    case .unreadable(let file, let reason):
      "\(file): the system cannot read it (\(reason)); check the path and the disk"
    case .empty(let file):
      "\(file): the file is empty (0 bytes); copy or record it again"
    case .notAudio(let file, let reason):
      "\(file): not a sound file that libsndfile can read (\(reason)); "
        + "use WAV, FLAC, OGG Vorbis or Opus, MP3 or AIFF"
    case .notStreamable(let file, let reason):
      "\(file): \(reason) cannot be decoded as it comes; expected WAV of integer or float PCM, or use a file"
    case .truncated(let file, let detail):
      "\(file): the file is truncated or damaged (\(detail)); copy or download it again"
    case .noSamples(let file):
      "\(file): the file has a header but no samples; record it again"
    case .notFinite(let file):
      "\(file): some samples are NaN or infinite; export the recording again, best as 16-bit PCM"
    case .silent(let file):
      "\(file): the recording is silent (standard deviation below \(Waveform.silenceLevel)); "
        + "check the microphone or leave the file out"
    case .tooShort(let file, let duration, let minimum):
      "\(file): the recording lasts \(seconds(duration)), at least \(seconds(minimum)) are needed; use a longer one"
    case .tooLong(let file, let duration, let maximum):
      "\(file): the recording lasts \(seconds(duration)), at most \(seconds(maximum)) are allowed; "
        + "cut it into parts; `emotive predict --timeline` takes any length, `emotive serve --maximum-duration` raises a "
        + "server's limit"
    case .tooLarge(let file, let detail):
      "\(file): too large when decoded (\(detail)); cut it into parts or export it as 16-bit PCM at 48 kHz or less"
    case .notWritable(let file, let reason):
      "\(file): cannot be written (\(reason)); check the folder, its permissions and the space left"
    case .resampling(let from, let to, let reason):
      "cannot resample from \(from) Hz to \(to) Hz (\(reason)); use rates between 1 Hz and 1,000,000 Hz"
    }
  }

  /// The description, for Foundation.
  public var errorDescription: String? { description }

  /// The error that stands for the C library's `code` after a failed open or read of `file`.
  init(reading file: String, code: Int32) {
    self =
      switch code {
      case ENOENT, ENOTDIR: .missing(file)
      case EISDIR: .directory(file)
      case EACCES, EPERM: .noPermission(file)
      default: .unreadable(file, reason: String(cString: strerror(code)))
      }
  }
}

private func seconds(_ value: Double) -> String { String(format: "%.4g s", value) }
