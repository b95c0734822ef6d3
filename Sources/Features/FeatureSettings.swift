import Audio
import Foundation
import Storage

/// Everything that decides what image a recording becomes.
///
/// Two equal settings give equal images. They are stored with each model as JSON.
public struct FeatureSettings: Codable, Sendable, Hashable {
  /// How recordings of different lengths are brought to one number of samples.
  public enum Fit: String, Codable, Sendable, CaseIterable {
    /// Resampling by the Fourier method, as `scipy.signal.resample` does: the paper's way, which alters pitch and tempo.
    case resample
    /// Resampling to one rate, then padding with zeros or cropping, both around the centre.
    case pad
  }

  /// What the three channels of an image are.
  public enum Representation: String, Codable, Sendable, CaseIterable {
    /// Three mel spectrograms of different windows.
    case spectrograms
    /// The first of the mel spectrograms, its MFCC, and their delta.
    case mfcc
  }

  /// How the paper's pairs of numbers are read, which it calls "(hop length, window length)".
  public enum WindowHopOrder: String, Codable, Sendable, CaseIterable {
    /// The larger number is the window: overlapping frames, the hop a quarter of the window.
    case standard
    /// As printed: the hop is four times the window and most of the signal is never looked at.
    case literal
  }

  /// When the logarithm of a spectrogram is taken.
  public enum LogOrder: String, Codable, Sendable, CaseIterable {
    /// After resizing, the paper's order.
    case resizeFirst = "resize-first"
    /// Before resizing.
    case logFirst = "log-first"
  }

  /// Whether and on what the ZCA-Mahalanobis whitening is fitted.
  public enum Whitening: String, Codable, Sendable, CaseIterable {
    /// No whitening.
    case none
    /// On each spectrogram by itself, its frames being the observations: the paper's way.
    case perSpectrogram = "per-spectrogram"
    /// On all spectrograms of the training recordings, see `TrainingSetWhitening`.
    case trainingSet = "training-set"
  }

  /// How images are brought to the range that ImageNet weights expect.
  public enum InputScale: String, Codable, Sendable, CaseIterable {
    /// As they are.
    case none
    /// Each channel to mean 0 and standard deviation 1 over the image.
    case standardized
    /// Each channel to 0...1 over the image, then less ImageNet's mean and divided by its standard deviation, as
    /// torchvision prepares photographs.
    case imageNet = "imagenet"
  }

  /// How the length is made equal.
  public var fit = Fit.resample
  /// The number of samples that every recording is brought to.
  public var sampleCount = 100_000
  /// With `fit == .pad`, the samples a second that recordings are resampled to.
  public var padRate = 32_000
  /// With `fit == .resample`, the samples a second that the mel scale supposes.
  public var nominalRate = 32_000

  /// What the channels are.
  public var representation = Representation.spectrograms
  /// The windows' lengths in samples (torchaudio's `win_length`), one for each channel.
  public var windows = [1024, 2048, 4096]
  /// The steps from frame to frame in samples (torchaudio's `hop_length`), one for each channel.
  public var hops = [256, 512, 1024]
  /// Which of the two numbers is which.
  public var windowHopOrder = WindowHopOrder.standard
  /// The size of the Fourier transforms (torchaudio's `n_fft`), a power of two.
  public var fftSize = 4096
  /// The number of mel bins (torchaudio's `n_mels`), the image's height, and of cepstral coefficients (`n_mfcc`).
  public var melCount = 128
  /// The number of time frames of an image, its width.
  public var frameCount = 256
  /// When the logarithm is taken.
  public var logOrder = LogOrder.resizeFirst
  /// What is added to power before its logarithm.
  public var logFloor = 1e-6

  /// The whitening.
  public var whitening = Whitening.perSpectrogram
  /// The smallest eigenvalue of the covariance that whitening divides by; smaller ones count as this one.
  public var zcaEpsilon = 1e-2
  /// False: `zcaEpsilon` is a share of the largest eigenvalue. True: it is the value itself.
  public var zcaEpsilonIsAbsolute = false
  /// The range of the finished image.
  public var inputScale = InputScale.standardized

  /// The shortest recording that is accepted, in seconds.
  public var minimumDuration = 0.05
  /// The longest recording that is accepted, in seconds.
  public var maximumDuration = 600.0

  /// The paper's settings, as made exact in the method.
  public init() {}

  /// The samples a second on which the mel scale is laid.
  public var melRate: Int { fit == .resample ? nominalRate : padRate }

  /// How many seconds of sound an image shows: a recording fills it where it is stretched, else it has its samples.
  ///
  /// - Parameter duration: the recording's length in seconds.
  public func shownSeconds(ofDuration duration: Double) -> Double {
    fit == .resample ? duration : Double(sampleCount) / Double(padRate)
  }

  /// The window and hop of each spectrogram that is computed, in samples.
  public var resolutions: [(window: Int, hop: Int)] {
    let pairs = zip(windows, hops).map { windowHopOrder == .standard ? (window: $0, hop: $1) : (window: $1, hop: $0) }
    return representation == .mfcc ? Array(pairs.prefix(1)) : pairs
  }

  /// How long a recording may be.
  public var limits: DecodingLimits {
    DecodingLimits(minimumDuration: minimumDuration, maximumDuration: maximumDuration)
  }

  /// The settings as JSON.
  ///
  /// - throws: `EncodingError` where a number is not finite.
  public func json() throws -> Data { try JSON.encode(self, pretty: true) }

  /// Sixteen hexadecimal digits that stand for the settings, the same in every run and on every machine.
  ///
  /// The limits of duration are left out, as they do not alter any image.
  public var hash: String {
    let values: [any CustomStringConvertible] = [
      fit.rawValue, sampleCount, melRate, representation.rawValue, windows, hops, windowHopOrder.rawValue, fftSize,
      melCount, frameCount, logOrder.rawValue, logFloor, whitening.rawValue, zcaEpsilon, zcaEpsilonIsAbsolute,
      inputScale.rawValue,
    ]
    return StableHash.hex(of: values.map(\.description).joined(separator: "\n").utf8)
  }
}
