import Audio
import Corpora
import Features
import Foundation
import Torch

/// Spectrogram images on disk, each computed once.
///
/// An image is a file of float16 values (channel, mel, time), named by the SHA-256 of the recording's bytes in a folder
/// named by the feature settings. Once it is stored, neither a moved recording nor a second corpus with the same file
/// costs anything, and an interrupted run goes on where it was.
public struct FeatureStore: Sendable {
  /// The number of values in one image.
  let imageSize: Int
  private let folder: URL
  private let extractor: FeatureExtractor

  /// A store of the images that `extractor` makes, below `directory`.
  ///
  /// - parameter fingerprint: stands for the fitted whitening of an extractor that has one.
  /// - throws: the file system's error where the folder cannot be made or written to.
  public init(directory: URL, extractor: FeatureExtractor, whitening fingerprint: String? = nil) throws {
    let name = [extractor.settings.hash, fingerprint].compactMap(\.self).joined(separator: "-")
    folder = directory.appending(path: name)
    self.extractor = extractor
    imageSize = 3 * extractor.settings.melCount * extractor.settings.frameCount
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try extractor.settings.json().write(to: folder.appending(path: "features.json"), options: .atomic)
  }

  /// Computes what is not there yet.
  ///
  /// - Parameters:
  ///   - copies: which copies each image gets besides.
  ///   - progress: called after each image.
  /// - Returns: the images by recording, and the recordings that have none with the reason, such as a length beyond the
  ///   settings' limits, whatever another run has stored. A recording of which an alteration leaves nothing lacks that
  ///   copy.
  /// - throws: the file system's error where an image cannot be written, `TrainingError` where a copy cannot be made.
  public func images(
    of paths: [String], copies: ImageCopies = ImageCopies(), progress: () -> Void = {}
  ) throws -> (images: [String: StoredImage], failures: [(path: String, error: any Error)]) {
    var digests: [String: String] = [:]
    var (images, failures) = try compute(paths, alteration: { _ in nil }, progress) { path in
      let digest = try ContentHash.sha256(path)
      digests[path] = digest
      return digest
    }
    let usable = paths.filter { images[$0] != nil }
    if copies.areLossy {
      // The recording's content says which coding it is, so that it is the same wherever the recording lies.
      let codings = digests.mapValues { Self.coding(of: $0) }
      let coding: @Sendable (String) -> Alteration? = { codings[$0].map(Alteration.coding) }
      let (made, failures) = try compute(usable, alteration: coding, progress) { path in
        "\(digests[path] ?? "")-\(codings[path]?.rawValue ?? "")"
      }
      try Self.check(failures) { "\(codings[$0]?.rawValue ?? "lossy") copy" }
      for (path, copy) in made { images[path]?.lossyCopy = copy.file }
    }
    for speed in copies.speeds {
      let (made, failures) = try compute(usable, alteration: { _ in .speed(speed) }, progress) { path in
        "\(digests[path] ?? "")-speed-\(speed)"
      }
      try Self.check(failures) { _ in "copy at \(speed) times its speed" }
      for (path, copy) in made { images[path]?.speedCopies.append(copy.file) }
    }
    return (images, failures.sorted { $0.path < $1.path })
  }

  /// The images of recordings, each of them after the alteration that `alteration` gives for its path, in the files that
  /// `name` names.
  private func compute(
    _ paths: [String], alteration: @escaping @Sendable (String) -> Alteration?, _ progress: () -> Void,
    name: (String) throws -> String
  ) throws -> (images: [String: StoredImage], failures: [(path: String, error: any Error)]) {
    var images: [String: StoredImage] = [:]
    var failures: [(path: String, error: any Error)] = []
    var missing: [(path: String, image: StoredImage)] = []
    for path in paths {
      do {
        let image = StoredImage(file: folder.appending(path: try name(path)), size: imageSize)
        guard image.isComplete else {
          missing.append((path, image))
          continue
        }
        // The limits of duration alter no image: a run with other ones may have stored it. Only recordings that are
        // within them have copies.
        if alteration(path) == nil {
          try extractor.settings.limits.check(duration: AudioFile.information(path).duration, name: path)
        }
        images[path] = image
      } catch {
        failures.append((path, error))
      }
      progress()
    }
    try extractor.images(ofFiles: missing.map(\.path), alteration: alteration) { index, result in
      let (path, image) = missing[index]
      switch result {
      case .success(let made):
        // A full disk is no fault of the recording's.
        try image.write(made)
        images[path] = image
      case .failure(let error): failures.append((path, error))
      }
      progress()
    }
    return (images, failures)
  }

  /// Lets pass that an alteration leaves nothing of a recording, which then has no such copy.
  ///
  /// - throws: `TrainingError` for any other failure: training would silently go on without the copies.
  private static func check(_ failures: [(path: String, error: any Error)], copy: (String) -> String) throws {
    for (path, error) in failures {
      switch error as? AudioError {
      case .silent, .tooShort, .tooLong, .noSamples: continue
      default: throw TrainingError("\(path): the image of its \(copy(path)) cannot be made: \(error)")
      }
    }
  }

  private static func coding(of digest: String) -> LossyCoding {
    let codings = LossyCoding.allCases
    return codings[(Int(digest.prefix(4), radix: 16) ?? 0) % codings.count]
  }
}

/// The copies of recordings, altered but for the emotion, that a `FeatureStore` makes images of besides.
public struct ImageCopies: Sendable, Hashable {
  /// Whether each recording has a copy after a lossy coding, one of `LossyCoding`'s.
  public var areLossy = false
  /// The speeds of each recording's faster and slower copies.
  public var speeds: [Double] = []

  /// No copies.
  public init() {}

  /// The copies that `augmentation` draws from.
  public init(for augmentation: Augmentation) {
    areLossy = augmentation.lossyCoding > 0
    let change = augmentation.speed
    speeds = change > 0 ? [1 - change, 1 - change / 2, 1 + change / 2, 1 + change] : []
  }

  /// The number of images of each recording, its own among them.
  public var imageCount: Int { 1 + (areLossy ? 1 : 0) + speeds.count }
}

/// One image in a `FeatureStore`.
public struct StoredImage: Sendable, Hashable {
  let file: URL
  let size: Int
  /// The same recording's image after a lossy coding, of which each recording has one; nil where it was not asked for.
  var lossyCopy: URL?
  /// The same recording's images at other speeds, where they were asked for.
  var speedCopies: [URL] = []

  init(file: URL, size: Int) { (self.file, self.size) = (file, size) }

  var isComplete: Bool {
    (try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) == size * MemoryLayout<Float16>.size
  }

  func write(_ image: SpectrogramImage) throws {
    let values = image.values.map { Float16($0) }
    try values.withUnsafeBytes { try Data($0).write(to: file, options: .atomic) }
  }

  /// The image with the values as they are stored.
  ///
  /// - throws: `TrainingError` where it has another size or the file is not an image, and the file system's errors.
  public func image(melCount: Int, frameCount: Int) throws -> SpectrogramImage {
    guard size == 3 * melCount * frameCount else {
      throw TrainingError(
        "\(file.path): \(size) values where an image of \(melCount) x \(frameCount) has \(3 * melCount * frameCount); "
          + "ask for it in the size that it was made in")
    }
    let values = try data().withUnsafeBytes { Array($0.bindMemory(to: Float16.self)).map(Float.init) }
    return SpectrogramImage(values: values, melCount: melCount, frameCount: frameCount)
  }

  /// The image's file or that of one of its copies: a lossy one as often as `augmentation` says, else any speed alike.
  func file(drawnFor augmentation: Augmentation, using generator: inout SeededGenerator) -> URL {
    if augmentation.lossyCoding > 0, generator.unit() < augmentation.lossyCoding { return lossyCopy ?? file }
    guard augmentation.speed > 0 else { return file }
    let choice = generator.below(1 + speedCopies.count)
    return choice == 0 ? file : speedCopies[choice - 1]
  }

  /// The float16 values, mapped, of the image or of a copy's file.
  func data(of copy: URL? = nil) throws -> Data {
    let file = copy ?? file
    let data = try Data(contentsOf: file, options: .alwaysMapped)
    guard data.count == size * MemoryLayout<Float16>.size else {
      throw TrainingError("\(file.path): \(data.count) bytes where an image has \(size * 2); delete it and run again")
    }
    return data
  }
}
