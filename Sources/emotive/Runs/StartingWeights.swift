import ArgumentParser
import Corpora
import Evaluation
import Foundation
import Networks
import Recognition
import Torch

/// The networks of a run and the weights that they start from.
struct StartingWeights: Sendable {
  let networks: [Architecture]
  private let sources: [Architecture: Source]

  private enum Source: Sendable {
    case imageNet(PretrainedWeights), none, bundle(ModelBundle), file(String)
  }

  /// Reads `--network` and `--weights`; without a network, that of the bundle, or SqueezeNet 1.1.
  init(networks named: String?, weights: String) throws {
    let names = weights.split(separator: ",").map(String.init)
    let bundle = try names.contains("bundle") ? ModelBundle(directory: ModelBundle.shipped()) : nil
    networks =
      try named?.split(separator: ",").map { name in
        guard let network = Architecture(rawValue: String(name)) else {
          throw ValidationError(
            "--network \(name): expected one of \(Architecture.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return network
      } ?? [bundle?.manifest.members[0].network ?? .squeezenet1_1]
    guard !networks.isEmpty else { throw ValidationError("--network names no network; see `emotive networks list`") }
    guard names.count == 1 || names.count == networks.count else {
      throw ValidationError(
        "--weights names \(names.count) starts for \(networks.count) network(s); give one, or one for each network")
    }
    func start(_ index: Int) -> String { names[names.count == 1 ? 0 : index] }
    var sources: [Architecture: Source] = [:]
    for (index, network) in networks.enumerated() {
      if let first = networks[..<index].firstIndex(of: network), start(first) != start(index) {
        throw ValidationError(
          "--weights \(weights): \(network.rawValue), which --network repeats, can have one start only; "
            + "give the same one at both places")
      }
      switch start(index) {
      case "imagenet":
        guard let weights = network.pretrainedWeights else {
          throw ValidationError(
            "--weights imagenet: there are no ImageNet weights for \(network.rawValue); give --weights none, or a weight file"
          )
        }
        sources[network] = .imageNet(weights)
      case "none": sources[network] = Source.none
      case "bundle":
        guard let bundle, bundle.manifest.members.contains(where: { $0.network == network }) else {
          throw ValidationError("--weights bundle: the bundle that ships has no \(network.rawValue)")
        }
        sources[network] = .bundle(bundle)
      case let file:
        guard FileManager.default.fileExists(atPath: file) else {
          throw ValidationError("--weights \(file): no such file; expected imagenet, none, bundle or a weight file")
        }
        sources[network] = .file(file)
      }
    }
    self.sources = sources
  }

  /// The start of a run's networks.
  init(_ run: RunSettings) throws {
    try self.init(networks: run.networks.map(\.rawValue).joined(separator: ","), weights: run.weights)
  }

  /// Sees that all weights are on this machine, without opening them.
  ///
  /// - throws: an error that says how to get what is missing.
  func find() throws {
    for network in networks { _ = try file(for: network) }
  }

  /// The weights of a network; nil for a random start.
  func weights(for network: Architecture) throws -> [String: Tensor]? {
    try file(for: network).map { try WeightFile(path: $0).loaded() }
  }

  /// The bundles among the starts, which have heard recordings.
  ///
  /// - throws: `BundleError` where a bundle that a weight file lies in cannot be read.
  func bundles() throws -> [ModelBundle] {
    let bundles = try sources.values.compactMap { source -> ModelBundle? in
      switch source {
      case .bundle(let bundle): return bundle
      case .file(let path):
        let folder = URL(filePath: path).deletingLastPathComponent()
        let isBundle = FileManager.default.fileExists(atPath: folder.appending(path: "bundle.json").path)
        return isBundle ? try ModelBundle(directory: folder) : nil
      case .imageNet, .none: return nil
      }
    }
    return bundles.sorted { $0.directory.path < $1.directory.path }
  }

  /// Sees that no start has heard what a run is judged by.
  ///
  /// - throws: `ValidationError` that names the bundle and the split.
  func checkUnheard(by run: ProtocolRun) throws {
    for bundle in try bundles() {
      for split in run.splits { try bundle.checkUnheard(split, of: run.recordings, flag: "--weights") }
    }
  }

  /// The files that networks start from, for the run's record; those that are not on this machine are left out.
  ///
  /// - throws: the file system's errors.
  func files() throws -> [RunRecord.Start] {
    try Set(networks).sorted { $0.rawValue < $1.rawValue }.compactMap { network in
      try (try? file(for: network)).map { path in
        RunRecord.Start(
          network: network, file: URL(filePath: path).lastPathComponent, sha256: try ContentHash.remembered(path))
      }
    }
  }

  /// Sees that all weights are there, can be read and belong to their networks.
  ///
  /// - throws: an error that names the file.
  func check() throws {
    for network in Set(networks) {
      guard let file = try file(for: network) else { continue }
      do {
        try Network(network, classCount: 2).load(WeightFile(path: file).loaded(), replacingHead: true)
      } catch let error as ParameterMismatch {
        throw Failure("--weights \(file): \(error)")
      }
    }
  }

  private func file(for network: Architecture) throws -> String? {
    switch sources[network] {
    case .imageNet(let weights): return try weights.file().path
    case .file(let path): return path
    case .bundle(let bundle):
      let member = bundle.manifest.members.first { $0.network == network }
      return member.map { bundle.directory.appending(path: $0.file).path }
    case .some(.none), nil: return nil
    }
  }
}
