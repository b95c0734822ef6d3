import Audio
import Evaluation
import Features
import Foundation
import Networks
import Torch

/// What a model bundle says about one recording.
public struct Prediction: Codable, Sendable, Equatable {
  /// The most probable class.
  public let label: String
  /// Probabilities in the order of the bundle's labels (``BundleManifest/labels``).
  public let probabilities: [Double]
  /// Each member's logits (member, class).
  public let logits: [[Double]]
  /// What the members' agreement says about how far the answer can be trusted.
  public let uncertainty: Uncertainty
}

/// Predicts classes with a model bundle.
///
///     let recognizer = try Recognizer(ModelBundle(directory: folder))
///     print(try recognizer.predict(file: "speech.wav").label)
public final class Recognizer: Sendable {
  /// The bundle.
  public let bundle: ModelBundle
  /// The number of images that go through the networks at once.
  public let batchSize: Int
  /// The networks' number format.
  public let precision: Precision
  private let extractor: FeatureExtractor
  private let networks: [Network]
  private let device: Device

  /// A recognizer with a bundle's networks loaded.
  ///
  /// - Parameters:
  ///   - bundle: the bundle.
  ///   - batchSize: the number of images that go through the networks at once.
  ///   - device: where they are computed.
  ///   - precision: the networks' number format; nil for ``ModelBundle/storedPrecision(on:)``.
  /// - throws: `BundleError` and `WeightFileError`, naming the file; `TorchError` for damaged weights, for a device or a
  ///   precision that is not available, and for want of memory.
  public convenience init(
    _ bundle: ModelBundle, batchSize: Int = 8, device: Device = .cpu, precision: Precision? = nil
  ) throws {
    try self.init(
      bundle, adaptedTo: [], batchSize: batchSize, device: device,
      precision: precision ?? bundle.storedPrecision(on: device))
  }

  init(
    _ bundle: ModelBundle, adaptedTo images: [SpectrogramImage], batchSize: Int, device: Device, precision: Precision
  ) throws {
    self.bundle = bundle
    self.batchSize = max(1, batchSize)
    self.device = device
    self.precision = precision
    do {
      extractor = try FeatureExtractor(bundle.manifest.features, whitening: bundle.manifest.whitening)
    } catch let error as FeatureError {
      throw BundleError(
        "\(bundle.directory.path): \(error); it was edited or damaged, take the bundle as it was written")
    }
    networks = try bundle.networks(adaptedTo: images, on: device)
    for network in networks { try network.prepareForEvaluation(in: precision) }
  }

  /// A recognizer whose networks have got used to a voice or a room, see ``ModelBundle/write(adaptedTo:name:to:)``.
  ///
  /// - parameter images: what ``imagesToAdapt(toFile:)`` or ``image(of:name:)`` made of recordings of that voice, of
  ///   emotions as various as they will be later.
  /// - throws: `BundleError` where there are no images or no network of the bundle can adapt, `TorchError` where the
  ///   networks fail at the images, and as the initializer, as the weights are read anew.
  public func adapted(to images: [SpectrogramImage]) throws -> Recognizer {
    try Recognizer(
      bundle, adaptedTo: ModelBundle.checked(images), batchSize: batchSize, device: device, precision: precision)
  }

  /// Predicts the class of one recording in a file of any format that libsndfile reads.
  ///
  /// - throws: `AudioError` naming the file; `FeatureError` for want of memory, `TorchError` where the networks fail.
  public func predict(file: String) throws -> Prediction {
    try predict(waveform: AudioFile.read(file, limits: bundle.manifest.features.limits), name: file)
  }

  /// Predicts the class of one recording from a file's bytes.
  ///
  /// - Parameters:
  ///   - data: the whole file, of any format that libsndfile reads.
  ///   - name: what errors call it.
  /// - throws: `AudioError`; `FeatureError` for want of memory, `TorchError` where the networks fail.
  public func predict(data: Data, name: String) throws -> Prediction {
    try predict(waveform: AudioFile.read(data, name: name, limits: bundle.manifest.features.limits), name: name)
  }

  /// Predicts the class of one recording in memory.
  ///
  /// - Parameters:
  ///   - waveform: the samples, mono.
  ///   - name: what errors call it.
  /// - throws: `AudioError` where it gives no image, or is shorter or longer than the bundle's settings allow;
  ///   `FeatureError` for want of memory, `TorchError` where the networks fail.
  public func predict(waveform: Waveform, name: String = "the recording") throws -> Prediction {
    try bundle.manifest.features.limits.check(waveform, name: name)
    let results = try predict(images: [image(of: waveform, name: name)])
    return results[0]
  }

  /// The image (3, mel, time) that the networks see of a recording; any number of threads may make images at once.
  ///
  /// - Parameters:
  ///   - waveform: the samples, mono.
  ///   - name: what errors call it.
  /// - throws: `AudioError` for a waveform that gives no image: empty, silent, not finite. How long it is does not matter, as
  ///   it may be a window of a recording. `FeatureError` and `TorchError` for want of memory.
  public func image(of waveform: Waveform, name: String = "the recording") throws -> SpectrogramImage {
    try extractor.image(of: waveform, name: name)
  }

  /// The images of many files in their order, see ``image(of:name:)``; a file that cannot be used is a failure of its own.
  ///
  /// - Parameters:
  ///   - files: the recordings.
  ///   - workers: the number of threads that decode and make images.
  ///   - deliver: called for each file in order, by its place among them, on the calling thread.
  /// - throws: what `deliver` throws.
  public func images(
    ofFiles files: [String], workers: Int = ProcessInfo.processInfo.activeProcessorCount,
    deliver: (Int, Result<SpectrogramImage, any Error>) throws -> Void
  ) throws {
    try extractor.images(ofFiles: files, workers: workers, deliver: deliver)
  }

  /// Predicts the class of many files; a file that cannot be used is a failure of its own and never ends the others.
  ///
  /// - Parameters:
  ///   - files: asked for one after the other, as they are needed, so that there may be any number of them.
  ///   - isNextReady: whether the next of them can be had without waiting; where it cannot, as when a person or another
  ///     program names them one by one, those before it are predicted first.
  ///   - workers: the number of threads that decode and make images.
  ///   - deliver: called for each file in order, by its place among them, on the calling thread.
  /// - throws: what `deliver` throws, and failures of the networks.
  public func predict(
    files: some Sequence<String>, isNextReady: () -> Bool = { true },
    workers: Int = ProcessInfo.processInfo.activeProcessorCount,
    deliver: (Int, Result<Prediction, any Error>) throws -> Void
  ) throws {
    var waiting: [(index: Int, image: Result<SpectrogramImage, any Error>)] = []
    func flush() throws {
      var results = try predict(images: waiting.compactMap { try? $0.image.get() }).makeIterator()
      for (index, image) in waiting {
        switch image {
        case .success: if let result = results.next() { try deliver(index, .success(result)) }
        case .failure(let error): try deliver(index, .failure(error))
        }
      }
      waiting = []
    }
    // The workers make features on every core: one more set of threads would only be in their way.
    Runtime.useThreads(files.underestimatedCount == 1 ? Runtime.defaultThreads : 1)
    defer { Runtime.useThreads(Runtime.defaultThreads) }
    try extractor.images(ofFiles: files, isNextReady: isNextReady, workers: workers) { index, image in
      waiting.append((index, image))
      if waiting.count >= batchSize || !isNextReady() { try flush() }
    }
    try flush()
  }

  /// Predicts the classes of images in one batch: the one door to the networks.
  ///
  /// - Parameter images: images that `image(of:)` made, as many as go through the networks at once.
  /// - throws: `TorchError` where the networks fail, as for want of memory.
  public func predict(images: [SpectrogramImage]) throws -> [Prediction] {
    guard !images.isEmpty else { return [] }
    return try predictions(images.count) {
      let batch = try Tensor.batch(of: images).to(device)
      return try networks.map { try $0.logits(of: batch, in: precision).doubles() }
    }
  }

  /// Predicts the classes of parts of a wide image, which goes through the networks once.
  ///
  /// - Parameter spans: the parts, as shares of the image's width.
  /// - throws: `TorchError` where the networks fail, as for want of memory.
  func predict(spans: [Range<Double>], of image: SpectrogramImage) throws -> [Prediction] {
    try predictions(spans.count) {
      let batch = try Tensor.batch(of: [image]).to(device)
      return try networks.map { try $0.logits(of: batch, spans: spans, in: precision).doubles() }
    }
  }

  /// An image as many times as wide as others as it takes to show a waveform of the images' rate, and the number of samples
  /// that it shows.
  ///
  /// - throws: as `image(of:name:)`.
  func wideImage(of waveform: Waveform, name: String) throws -> (image: SpectrogramImage, sampleCount: Int) {
    let count = bundle.manifest.features.sampleCount
    let wide = extractor.widened(by: max(1, (waveform.samples.count + count - 1) / count))
    return (try wide.image(of: waveform, name: name), wide.settings.sampleCount)
  }

  /// What the networks' logits, each (prediction, class), say.
  private func predictions(_ count: Int, _ compute: () throws -> [[Double]]) throws -> [Prediction] {
    let logits = try Runtime.withoutGradients(compute)
    let manifest = bundle.manifest
    guard logits.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw BundleError(
        "\(bundle.directory.path): its networks give answers that are not numbers, so their weights are damaged; take "
          + "another copy of the bundle, or train it again")
    }
    return try (0..<count).map { image in
      let range = (image * manifest.labels.count)..<((image + 1) * manifest.labels.count)
      let members = logits.map { Array($0[range]) }
      let probabilities = calibrated(meanProbabilities(members), temperature: manifest.temperature)
      return Prediction(
        label: manifest.labels[probabilities.indexOfMaximum], probabilities: probabilities, logits: members,
        uncertainty: try Uncertainty(
          members: members.map { calibrated(softmax($0), temperature: manifest.temperature) }, ensemble: probabilities))
    }
  }
}

extension Tensor {
  /// Images of one size as a batch (image, 3, mel, time), channels innermost in memory.
  static func batch(of images: [SpectrogramImage]) throws -> Tensor {
    let (melCount, frameCount) = (images[0].melCount, images[0].frameCount)
    return try Tensor(images.flatMap(\.values), shape: [images.count, 3, melCount, frameCount]).channelsLast()
  }
}
