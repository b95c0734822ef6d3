import Foundation

/// The mel scale of HTK, as torchaudio has it by default.
package enum MelScale {
  /// Where a frequency in Hz lies on the scale.
  package static func mel(_ hertz: Double) -> Double { 2595 * log10(1 + hertz / 700) }

  /// The frequency in Hz of a place on the scale.
  package static func hertz(_ mel: Double) -> Double { 700 * (pow(10, mel / 2595) - 1) }
}
