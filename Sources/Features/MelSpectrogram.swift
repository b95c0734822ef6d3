import CFeatures
import Torch

/// Power mel spectrograms with the conventions of torchaudio's `MelSpectrogram`: periodic Hann windows, centred frames,
/// reflected ends, power 2, HTK mel filters.
///
/// Computed in float64: a loud tone beside silence spans more than float32's digits, and the logarithm shows it.
final class MelSpectrogram: @unchecked Sendable {
  // Unchecked: the tables are never written after `init`.
  private let tables: OpaquePointer
  private let fftSize: Int
  private let bank: MelBank

  init(fftSize: Int, melCount: Int, rate: Int) throws {
    guard let tables = cf_fourier_create(fftSize) else {
      throw FeatureError(flag: "fft-size", "no tables could be made for transforms of \(fftSize) points")
    }
    self.tables = tables
    self.fftSize = fftSize
    bank = MelBank(melCount: melCount, fftSize: fftSize, rate: rate)
  }

  deinit { cf_fourier_free(tables) }

  /// The number of frames of a signal.
  func frameCount(sampleCount: Int, hop: Int) -> Int { 1 + sampleCount / hop }

  /// The mel powers (frame, mel) of a signal that `extended` has prepared.
  ///
  /// - parameter window: the length of the Hann window; it stands in the middle of each frame of `fftSize` samples.
  /// - parameter hop: the samples from one frame to the next.
  func powers(ofExtended signal: [Double], sampleCount: Int, window: Int, hop: Int) throws -> [Double] {
    let frames = frameCount(sampleCount: sampleCount, hop: hop)
    // Rounded to float32 as torchaudio's is, since that rounding decides what leaks between far frequencies.
    let values =
      try Tensor.hannWindow(window).doubles()
      + [Double](repeating: 0, count: cf_frame_length(tables, window) - window)
    // Where in a frame the window stands alters only phases, so a frame is read from the window's start on.
    let start = (fftSize - window) / 2
    var status: Int32 = 0
    let powers = [Double](unsafeUninitializedCapacity: frames * bank.melCount) { powers, count in
      bank.first.withUnsafeBufferPointer { first in
        bank.length.withUnsafeBufferPointer { length in
          bank.weights.withUnsafeBufferPointer { weights in
            signal.withUnsafeBufferPointer { signal in
              var triangles = cf_triangles(
                count: bank.melCount, first: first.baseAddress, length: length.baseAddress,
                weights: weights.baseAddress)
              status = cf_triangle_powers(
                tables, signal.baseAddress.map { $0 + start }, hop, frames, values, window, &triangles,
                powers.baseAddress)
            }
          }
        }
      }
      count = frames * bank.melCount
    }
    guard status == 0 else { throw FeatureError("memory is short for a spectrogram of \(frames) frames") }
    return powers
  }

  /// The signal with `fftSize / 2` samples reflected at each end, and zeros beyond as far as frames are read.
  func extended(_ signal: [Double]) -> [Double] {
    let pad = fftSize / 2
    return [Double](unsafeUninitializedCapacity: signal.count + 3 * fftSize) { extended, count in
      for index in 0..<pad {
        extended.initializeElement(at: index, to: signal[pad - index])
        extended.initializeElement(at: pad + signal.count + index, to: signal[signal.count - 2 - index])
      }
      _ = extended[pad...].initialize(from: signal)
      extended[(signal.count + 2 * pad)...].initialize(repeating: 0)
      count = extended.count
    }
  }
}
