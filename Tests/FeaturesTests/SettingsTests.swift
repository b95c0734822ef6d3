import Foundation
import Storage
import Testing

@testable import Features

@Suite struct SettingsTests {
  /// The store of computed images relies on this name: it may only change together with the images.
  @Test func hashIsStable() {
    #expect(FeatureSettings().hash == "0fad1b66cd6073f0")
  }

  @Test func hashSeesWhatAltersImages() {
    let changed = Variant.allCases.map(\.settings.hash) + [FeatureSettings { $0.representation = .mfcc }.hash]
    #expect(Set(changed + [FeatureSettings().hash]).count == Variant.allCases.count + 2)
    #expect(FeatureSettings { $0.maximumDuration = 10 }.hash == FeatureSettings().hash)
    #expect(FeatureSettings { ($0.windows, $0.hops) = ($0.hops, $0.windows) }.hash != FeatureSettings().hash)
  }

  @Test func json() throws {
    let settings = FeatureSettings {
      ($0.fit, $0.whitening, $0.zcaEpsilon, $0.logOrder) = (.pad, .trainingSet, 0.125, .logFirst)
    }
    let data = try settings.json()
    #expect(try JSON.decode(FeatureSettings.self, from: data) == settings)
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains(#""log_order" : "log-first""#))
    #expect(try FeatureSettings().json() == FeatureSettings().json())
  }

  @Test func literalOrderSwapsWindowAndHop() {
    let literal = FeatureSettings { $0.windowHopOrder = .literal }.resolutions
    #expect(literal.map(\.window) == [256, 512, 1024])
    #expect(literal.map(\.hop) == [1024, 2048, 4096])
    #expect(FeatureSettings { $0.representation = .mfcc }.resolutions.map(\.window) == [1024])
  }

  @Test func theDefaultIsValid() throws { try FeatureSettings().validate() }

  @Test(arguments: Fault.all) func faults(_ fault: Fault) throws {
    let error = try #require(throws: FeatureError.self) { try fault.settings.validate() }
    #expect(error.flag == fault.flag)
    #expect(error.description.hasPrefix(fault.flag + ": expected "))
    #expect(error.description.contains("found \(fault.found)"))
    #expect(throws: FeatureError.self) { try FeatureExtractor(fault.settings) }
  }
}

/// Settings that cannot be, the flag that the error must name and the value it must show.
struct Fault {
  let flag: String
  let found: String
  let settings: FeatureSettings

  init(_ flag: String, _ found: String, _ change: (inout FeatureSettings) -> Void) {
    (self.flag, self.found, settings) = (flag, found, FeatureSettings(change))
  }

  static let all = [
    Fault("--sample-count", "10") { $0.sampleCount = 10 },
    Fault("--pad-rate", "0") { $0.padRate = 0 },
    Fault("--nominal-rate", "-1") { $0.nominalRate = -1 },
    Fault("--fft-size", "4000") { $0.fftSize = 4000 },
    Fault("--fft-size", "4096") { $0.sampleCount = 2048 },
    Fault("--windows", "[1024, 2048]") { $0.windows = [1024, 2048] },
    Fault("--windows", "8192") { $0.windows = [1024, 2048, 8192] },
    Fault("--hops", "[1]") { $0.hops = [1] },
    Fault("--hops", "0") { $0.hops = [0, 1, 2] },
    Fault("--hops", "5000") { ($0.hops, $0.windowHopOrder) = ([5000, 1, 2], .literal) },
    Fault("--mel-count", "1") { $0.melCount = 1 },
    Fault("--mel-count", "5000") { $0.melCount = 5000 },
    Fault("--frame-count", "0") { $0.frameCount = 0 },
    Fault("--log-floor", "0.0") { $0.logFloor = 0 },
    Fault("--log-floor", "nan") { $0.logFloor = .nan },
    Fault("--zca-epsilon", "-1.0") { $0.zcaEpsilon = -1 },
    Fault("--zca-epsilon", "2.0") { $0.zcaEpsilon = 2 },
    Fault("--minimum-duration", "-1.0") { $0.minimumDuration = -1 },
    Fault("--minimum-duration", "inf") { $0.minimumDuration = .infinity },
    Fault("--maximum-duration", "0.01") { $0.maximumDuration = 0.01 },
    Fault("--maximum-duration", "inf") { $0.maximumDuration = .infinity },
  ]
}
