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
  private let window: [Double]
  private let windowLength: Int
  private let hop: Int

  /// - parameter window: the length of the Hann window; it stands in the middle of each frame of `fftSize` samples.
  /// - parameter hop: the samples from one frame to the next.
  init(fftSize: Int, window: Int, hop: Int, bank: MelBank) throws {
    guard let tables = cf_fourier_create(fftSize) else {
      throw FeatureError(flag: "fft-size", "no tables could be made for transforms of \(fftSize) points")
    }
    self.tables = tables
    self.fftSize = fftSize
    self.bank = bank
    self.hop = hop
    windowLength = window
    // Rounded to float32 as torchaudio's is, since that rounding decides what leaks between far frequencies.
    let values = try Tensor.hannWindow(window).doubles()
    self.window = values + [Double](repeating: 0, count: cf_frame_length(tables, window) - window)
  }

  deinit { cf_fourier_free(tables) }

  /// The mel powers (frame, mel) of a signal.
  ///
  /// - parameter width: leaves frames that no image of this many frames shows at 0; nil computes all.
  func powers(of signal: Signal, shownIn width: Int? = nil) throws -> [Double] {
    let frames = 1 + signal.count / hop
    let wanted =
      width.map { width in
        [Int](unsafeUninitializedCapacity: frames) { wanted, count in
          count = cf_resized_frames(frames, width, wanted.baseAddress)
        }
      } ?? Array(0..<frames)
    let size = frames * bank.melCount
    // Where in a frame the window stands alters only phases, so a frame is read from the window's start on.
    let start = (fftSize - windowLength) / 2
    var status: Int32 = 0
    let powers = [Double](unsafeUninitializedCapacity: size) { powers, count in
      powers.initialize(repeating: 0)
      status = bank.withTriangles { triangles in
        signal.extended.withUnsafeBufferPointer { extended in
          cf_triangle_powers(
            tables, extended.baseAddress.map { $0 + start }, hop, wanted, wanted.count, window, windowLength, triangles,
            powers.baseAddress)
        }
      }
      count = size
    }
    guard status == 0 else { throw FeatureError("memory is short for a spectrogram of \(frames) frames") }
    return powers
  }
}

extension MelBank {
  fileprivate func withTriangles<Result>(_ body: (UnsafePointer<cf_triangles>) -> Result) -> Result {
    first.withUnsafeBufferPointer { first in
      length.withUnsafeBufferPointer { length in
        weights.withUnsafeBufferPointer { weights in
          var triangles = cf_triangles(
            count: melCount, first: first.baseAddress, length: length.baseAddress, weights: weights.baseAddress)
          return body(&triangles)
        }
      }
    }
  }
}
