import ArgumentParser
import Features

/// All settings of the spectrogram images; what is not given comes from the recipe.
///
/// Numbers are parsed unconditionally, as negative ones look like options: their ranges are checked behind.
struct FeatureOptions: ParsableArguments {
  @Option(help: "How lengths are made equal: resample (Fourier, the paper's way) or pad (one rate, then pad or crop).")
  var fit: FeatureSettings.Fit?
  @Option(parsing: .unconditional, help: "The number of samples that every recording is brought to.")
  var sampleCount: Int?
  @Option(parsing: .unconditional, help: "With --fit pad, the rate that recordings are resampled to, in Hz.")
  var padRate: Int?
  @Option(parsing: .unconditional, help: "With --fit resample, the rate that the mel scale supposes, in Hz.")
  var nominalRate: Int?
  @Option(help: "The channels: spectrograms (of three windows) or mfcc (one spectrogram, MFCC, delta).")
  var representation: FeatureSettings.Representation?
  @Option(parsing: .unconditional, help: ArgumentHelp("The three windows' lengths in samples.", valueName: "N,N,N"))
  var windows: IntegerList?
  @Option(parsing: .unconditional, help: ArgumentHelp("The three hops in samples.", valueName: "N,N,N"))
  var hops: IntegerList?
  @Option(
    help: "standard, or literal: the paper's pairs read as they are printed, windows as hops and hops as windows.")
  var windowHopOrder: FeatureSettings.WindowHopOrder?
  @Option(parsing: .unconditional, help: "The size of the Fourier transforms, a power of two.") var fftSize: Int?
  @Option(parsing: .unconditional, help: "The number of mel bins, the image's height.") var melCount: Int?
  @Option(parsing: .unconditional, help: "The number of time frames, the image's width.") var frameCount: Int?
  @Option(help: "Whether the logarithm is taken after resizing (resize-first, the paper's way) or before (log-first).")
  var logOrder: FeatureSettings.LogOrder?
  @Option(parsing: .unconditional, help: "What is added to power before its logarithm.") var logFloor: Double?
  @Option(help: "ZCA-Mahalanobis whitening: none, per-spectrogram (the paper's way) or training-set.")
  var whitening: FeatureSettings.Whitening?
  @Option(
    parsing: .unconditional, help: "The smallest eigenvalue that whitening divides by, as a share of the largest.")
  var zcaEpsilon: Double?
  @Flag(inversion: .prefixedNo, help: "Take --zca-epsilon as the value itself.") var zcaEpsilonIsAbsolute: Bool?
  @Option(help: "How images are brought to the networks' range: none, standardized or imagenet.")
  var inputScale: FeatureSettings.InputScale?
  @Option(parsing: .unconditional, help: "The shortest recording that is accepted, in seconds.")
  var minimumDuration: Double?
  @Option(parsing: .unconditional, help: "The longest recording that is accepted, in seconds.")
  var maximumDuration: Double?

  /// The recipe's settings with what was given put in.
  func settings(_ recipe: FeatureSettings = FeatureSettings()) -> FeatureSettings {
    var settings = recipe
    func put<Value>(_ value: Value?, _ path: WritableKeyPath<FeatureSettings, Value>) {
      if let value { settings[keyPath: path] = value }
    }
    put(fit, \.fit)
    put(sampleCount, \.sampleCount)
    put(padRate, \.padRate)
    put(nominalRate, \.nominalRate)
    put(representation, \.representation)
    put(windows?.values, \.windows)
    put(hops?.values, \.hops)
    put(windowHopOrder, \.windowHopOrder)
    put(fftSize, \.fftSize)
    put(melCount, \.melCount)
    put(frameCount, \.frameCount)
    put(logOrder, \.logOrder)
    put(logFloor, \.logFloor)
    put(whitening, \.whitening)
    put(zcaEpsilon, \.zcaEpsilon)
    put(zcaEpsilonIsAbsolute, \.zcaEpsilonIsAbsolute)
    put(inputScale, \.inputScale)
    put(minimumDuration, \.minimumDuration)
    put(maximumDuration, \.maximumDuration)
    return settings
  }
}

/// Whole numbers with commas between them.
struct IntegerList: ExpressibleByArgument {
  let values: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    values = parts.compactMap { Int($0) }
    if values.count != parts.count { return nil }
  }
}

extension FeatureSettings.Fit: ExpressibleByArgument {}
extension FeatureSettings.Representation: ExpressibleByArgument {}
extension FeatureSettings.WindowHopOrder: ExpressibleByArgument {}
extension FeatureSettings.LogOrder: ExpressibleByArgument {}
extension FeatureSettings.Whitening: ExpressibleByArgument {}
extension FeatureSettings.InputScale: ExpressibleByArgument {}
