import Corpora
import Downloads
import Evaluation
import Features
import Foundation
import Reporting
import Training

/// The images of a run's recordings, from the feature store.
struct RunImages {
  /// The recordings that have an image.
  let recordings: [Recording]
  private let settings: FeatureSettings
  private let directory: URL
  private let copies: ImageCopies
  private let images: [String: StoredImage]

  /// Computes what is not in the store yet; recordings that give no image are reported and left out.
  init(_ run: RunSettings, store directory: URL, _ recordings: [Recording], _ leftOut: inout LeftOut) throws {
    settings = run.features
    copies = ImageCopies(for: run.training.augmentation)
    self.directory = directory
    var extractor = try FeatureExtractor(settings)
    // A whitening that is fitted on a training side has to wait for the split.
    if settings.whitening == .trainingSet { extractor = extractor.unwhitened() }
    let store = try FeatureStore(directory: directory, extractor: extractor)
    let failures: [(path: String, error: any Error)]
    // Then, only what is whitened is drawn from.
    (images, failures) = try Self.compute(
      recordings.map(\.path), store, settings.whitening == .trainingSet ? ImageCopies() : copies)
    for (path, error) in failures { leftOut.add(path, error) }
    self.recordings = recordings.filter { [images] in images[$0.path] != nil }
  }

  /// The images where recordings of these indices are trained on.
  func images(trainingOn indices: [Int]) throws -> (images: [String: StoredImage], whitening: TrainingSetWhitening?) {
    guard settings.whitening == .trainingSet else { return (images, nil) }
    let training = try indices.map { index in
      guard let image = images[recordings[index].path] else {
        throw TrainingError("\(recordings[index].path) has no image")
      }
      return try image.image(melCount: settings.melCount, frameCount: settings.frameCount)
    }
    let whitening = try TrainingSetWhitening.fit(training, settings: settings)
    let store = try FeatureStore(
      directory: directory, extractor: FeatureExtractor(settings, whitening: whitening),
      whitening: whitening.fingerprint)
    let (whitened, failures) = try Self.compute(recordings.map(\.path), store, copies)
    if let failure = failures.first { throw failure.error }
    return (whitened, whitening)
  }

  private static func compute(
    _ paths: [String], _ store: FeatureStore, _ copies: ImageCopies
  ) throws -> (images: [String: StoredImage], failures: [(path: String, error: any Error)]) {
    let progress = ProgressBar("features", total: paths.count * copies.imageCount, unit: "images")
    defer { progress.finish() }
    return try store.images(of: paths, copies: copies) { progress.advance() }
  }
}

/// Where computed features are kept: `features` in the cache folder.
func defaultFeatureStore() -> String { CacheFolder.url().appending(path: "features").path }
