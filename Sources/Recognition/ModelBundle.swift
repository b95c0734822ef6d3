import Corpora
import Evaluation
import Features
import Foundation
import Networks
import Storage
import Torch

/// A trained ensemble in a folder: `bundle.json` and one `.safetensors` file for each member.
///
///     let bundle = try ModelBundle(directory: ModelBundle.shipped())
///     print(bundle.manifest.labels)
public struct ModelBundle: Sendable {
  /// The folder.
  public let directory: URL
  /// What `bundle.json` says.
  public let manifest: BundleManifest
  /// The first 16 hexadecimal digits of the SHA-256 of each recording that it was trained on; nil where the bundle has no
  /// `recordings.txt` that says so.
  public let trainedRecordings: Set<String>?

  /// Reads a bundle's description; the weights are read by `Recognizer`.
  ///
  /// - throws: `BundleError` where the folder is no bundle, or one that this program would misread.
  public init(directory: URL) throws {
    let file = directory.appending(path: "bundle.json")
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw BundleError(
        "\(directory.path): not a model bundle: there is no bundle.json in it; give a folder that has one")
    }
    do {
      manifest = try JSON.decode(BundleManifest.self, from: Data(contentsOf: file))
    } catch {
      throw BundleError("\(file.path): cannot be read as a bundle's description (\(inWords(error)))")
    }
    guard (1...BundleManifest.currentFormat).contains(manifest.format) else {
      throw BundleError(
        "\(file.path): the bundle is of format \(manifest.format), this program reads formats 1 to "
          + "\(BundleManifest.currentFormat); use the version of emotive that wrote it")
    }
    guard manifest.features.hash == manifest.featuresHash else {
      throw BundleError(
        "\(file.path): its feature settings do not match its features_hash (\(manifest.features.hash) computed, "
          + "\(manifest.featuresHash) stored); it was edited or written by another version, and would be misread")
    }
    guard !manifest.members.isEmpty, manifest.labels.count > 1, manifest.temperature > 0,
      Set(manifest.labels).count == manifest.labels.count
    else {
      throw BundleError("\(file.path): a bundle needs a member, two different labels or more and a temperature above 0")
    }
    do {
      try manifest.features.validate()
      for result in manifest.provenance.figures { _ = try result.confusionMatrix() }
    } catch {
      throw BundleError("\(file.path): \(inWords(error)); it was edited or damaged, take the bundle as it was written")
    }
    self.directory = directory
    let list = try? String(contentsOf: directory.appending(path: Self.recordingsFile), encoding: .utf8)
    trainedRecordings = list.map { Set($0.split(separator: "\n").map(String.init)) }
  }

  /// Writes a bundle beside its place, of which it then takes the place.
  ///
  /// - Parameters:
  ///   - directory: the folder; one that is there is replaced.
  ///   - name: what the bundle is called in results.
  ///   - labels: the classes in the order of the logits.
  ///   - features: how a recording becomes an image.
  ///   - whitening: the whitening fitted on the training set, where the features have one.
  ///   - members: the trained networks.
  ///   - weightFormat: how their weights are stored.
  ///   - temperature: what the averaged probabilities are flattened by.
  ///   - temperatureSource: where the temperature comes from, in words.
  ///   - provenance: where the model comes from.
  ///   - recordings: the recordings that it was trained on.
  ///   - starts: bundles whose networks it was trained from; what they have heard, it has heard.
  /// - throws: `WeightFileError` where weights cannot be written, `TorchError` where they are not finite, `EncodingError` where
  ///   another number is not, and the file system's errors, as for a recording that is not there.
  public static func write(
    to directory: URL, name: String, labels: [String], features: FeatureSettings, whitening: TrainingSetWhitening?,
    members: [Network], weightFormat: WeightFormat = .float16, temperature: Double, temperatureSource: String,
    provenance: BundleManifest.Provenance, recordings: [Recording], startedFrom starts: [ModelBundle] = []
  ) throws {
    var digests = Optional(Set(try recordings.map { Self.digest(ofHash: try ContentHash.sha256($0.path)) }))
    for start in starts { digests = start.trainedRecordings.flatMap { digests?.union($0) } }
    try write(
      to: directory, name: name, labels: labels, features: features, whitening: whitening, members: members,
      weightFormat: weightFormat, temperature: temperature, temperatureSource: temperatureSource,
      provenance: provenance, digests: digests)
  }

  /// The same with the recordings by their content, as ``trainedRecordings`` has them.
  static func write(
    to directory: URL, name: String, labels: [String], features: FeatureSettings, whitening: TrainingSetWhitening?,
    members: [Network], weightFormat: WeightFormat, temperature: Double, temperatureSource: String,
    provenance: BundleManifest.Provenance, digests: Set<String>?
  ) throws {
    let files = members.indices.map { "member-\($0 + 1).safetensors" }
    let manifest = BundleManifest(
      format: BundleManifest.currentFormat, name: name, labels: labels, features: features, featuresHash: features.hash,
      whitening: whitening, members: zip(members, files).map { .init(file: $1, network: $0.architecture) },
      temperature: temperature, temperatureSource: temperatureSource, provenance: provenance)
    try replaceFolder(directory) { folder in
      for (member, file) in zip(members, files) {
        try member.save(to: folder.appending(path: file), as: weightFormat)
      }
      try JSON.encode(manifest, pretty: true).write(to: folder.appending(path: "bundle.json"))
      let list = digests.map { $0.sorted().map { $0 + "\n" }.joined() }
      try list.map { try Data($0.utf8).write(to: folder.appending(path: recordingsFile)) }
    }
  }

  /// What ``trainedRecordings`` knows a recording by, from the SHA-256 of its content.
  package static func digest(ofHash hash: String) -> String { String(hash.prefix(16)) }

  /// Whether a file of this name is one that a bundle is written as.
  package static func isOwn(_ name: String) -> Bool {
    ["bundle.json", recordingsFile].contains(name) || name.wholeMatch(of: /member-[0-9]+\.safetensors/) != nil
  }

  /// The folder of the bundle that ships: `EMOTIVE_BUNDLE` where it is set, else `Bundles/emotive` in a folder above
  /// the program's own.
  ///
  /// - throws: `BundleError` where there is none.
  public static func shipped() throws -> URL {
    if let named = ProcessInfo.processInfo.environment["EMOTIVE_BUNDLE"], !named.isEmpty { return URL(filePath: named) }
    let program = Bundle.main.executableURL?.resolvingSymlinksInPath()
    var folder = program?.deletingLastPathComponent()
    while let current = folder, current.path != "/" {
      let candidate = current.appending(path: "Bundles/emotive")
      if FileManager.default.fileExists(atPath: candidate.appending(path: "bundle.json").path) { return candidate }
      folder = current.deletingLastPathComponent()
    }
    throw BundleError(
      "the bundle that ships is not at Bundles/emotive in any folder above \(program?.path ?? "the program"); "
        + "give one with --bundle, or set EMOTIVE_BUNDLE to its folder")
  }

  /// The network of a member in evaluation mode.
  ///
  /// - throws: `BundleError` naming the file where its weights do not fit, `WeightFileError` where it cannot be read,
  ///   `TorchError` where they are damaged.
  public func network(_ member: BundleManifest.Member) throws -> Network {
    let file = directory.appending(path: member.file)
    do {
      let network = try Network(member.network, weights: WeightFile(path: file.path))
      guard network.classCount == manifest.labels.count else {
        throw BundleError(
          "\(file.path): the weights are of \(network.classCount) classes, the bundle has \(manifest.labels.count) labels"
        )
      }
      return network
    } catch let error as ParameterMismatch {
      throw BundleError("\(file.path): \(error)")
    }
  }

  /// The number format that a bundle is computed in where nothing else is asked for: int8 where its weights are stored so and
  /// the device has it, else float32.
  ///
  /// - throws: `WeightFileError` naming the first member's file where it cannot be read.
  public func storedPrecision(on device: Device) throws -> Precision {
    try weightFormat() == .int8 && Precision.int8.isAvailable(on: device) ? .int8 : .float32
  }

  /// How the weights are stored, by the first member's file.
  func weightFormat() throws -> WeightFormat {
    let file = try WeightFile(path: directory.appending(path: manifest.members[0].file).path)
    if file.isQuantized { return .int8 }
    // What float16 cannot hold is float32 beside it.
    return file.tensors.values.contains { $0.dtype == .float16 } ? .float16 : .float32
  }

  private static let recordingsFile = "recordings.txt"
}
