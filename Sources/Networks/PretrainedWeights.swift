import Downloads
import Foundation

/// The ImageNet weights that torchvision has published for a network (its `IMAGENET1K_V1`).
///
/// The published file's name ends with the first eight digits of its SHA-256.
public struct PretrainedWeights: Sendable, Hashable {
  /// The network that they are for.
  public let architecture: Architecture
  /// The published file's name, such as `resnet18-f37072fd.pth`.
  public let fileName: String

  /// Where torchvision itself fetches the file from.
  public var address: String { "https://download.pytorch.org/models/\(fileName)" }

  /// How to fetch the file into the cache.
  ///
  /// - Parameter mirror: the address of the file or of its folder, where it is not to come from torchvision's server.
  ///   A file there with other digits in its name is checked by those and keeps its name.
  /// - throws: `DownloadError` where the mirror's address is none.
  public func download(
    from mirror: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> Download {
    let source = try Download.address(mirror ?? address, of: fileName)
    let own = source.lastPathComponent
    let name = own.hasPrefix("\(architecture.rawValue)-") && Checksum(inName: own) != nil ? own : fileName
    let file = Self.cacheFolder(environment).appending(path: name)
    return Download(from: source, to: file, checksum: Checksum(inName: name))
  }

  /// The weight file on this machine, or nil where there is none.
  ///
  /// It is looked for in the folder that `EMOTIVE_WEIGHTS` names, then in the cache: the published name first, then
  /// any `.pth` or `.safetensors` file whose name begins with the network's and `-` or `_`.
  /// - throws: `DownloadError` where several such files could be meant, or `EMOTIVE_WEIGHTS` names no folder.
  public func find(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> URL? {
    if let path = environment["EMOTIVE_WEIGHTS"], !path.isEmpty {
      let folder = URL(filePath: (path as NSString).expandingTildeInPath).standardizedFileURL
      guard FileManager.default.fileExists(atPath: folder.appending(path: ".").path) else {
        throw DownloadError(folder.path, "is not a folder", advice: "Set EMOTIVE_WEIGHTS to a folder of weight files")
      }
      if let file = try find(in: folder) { return file }
    }
    return try find(in: Self.cacheFolder(environment))
  }

  /// The weight file on this machine.
  ///
  /// - throws: `DownloadError` that says how to fetch it where there is none.
  public func file(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> URL {
    guard let file = try find(environment: environment) else {
      let name = architecture.rawValue
      throw DownloadError(
        architecture.title, "its ImageNet weights, \(fileName), are not on this machine",
        advice: "Run `emotive fetch weights \(name)`, or name a weight file with --weights FILE, "
          + "or set EMOTIVE_WEIGHTS to a folder that holds it")
    }
    return file
  }

  private func find(in folder: URL) throws -> URL? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    if names.contains(fileName) { return folder.appending(path: fileName) }
    let found = names.filter { name in
      [".pth", ".safetensors"].contains { name.hasSuffix($0) }
        && ["-", "_", "."].contains { name.hasPrefix(architecture.rawValue + $0) }
    }
    guard found.count < 2 else {
      throw DownloadError(
        folder.path, "holds several weight files for \(architecture.title): \(found.sorted().joined(separator: ", "))",
        advice: "Name the one that is meant with --weights FILE")
    }
    return found.first.map { folder.appending(path: $0) }
  }

  private static func cacheFolder(_ environment: [String: String]) -> URL {
    CacheFolder.url(environment).appending(path: "weights")
  }
}

extension Architecture {
  /// Its published ImageNet weights; nil for the CRNN, which torchvision does not have.
  public var pretrainedWeights: PretrainedWeights? {
    let digits: String? =
      switch self {
      case .alexnet: "owt-7be5be79"
      case .squeezenet1_0: "b66bff10"
      case .squeezenet1_1: "b8a52dc0"
      case .densenet121: "a639ec97"
      case .densenet161: "8d451a50"
      case .densenet169: "b2777c0a"
      case .densenet201: "c1103571"
      case .resnet18: "f37072fd"
      case .resnet34: "b627a593"
      case .resnet50: "0676ba61"
      case .crnn: nil
      }
    return digits.map { PretrainedWeights(architecture: self, fileName: "\(rawValue)-\($0).pth") }
  }

  /// The number of trainable values with 1,000 classes, as ImageNet has them.
  public var parameterCount: Int {
    switch self {
    case .alexnet: 61_100_840
    case .squeezenet1_0: 1_248_424
    case .squeezenet1_1: 1_235_496
    case .densenet121: 7_978_856
    case .densenet161: 28_681_000
    case .densenet169: 14_149_480
    case .densenet201: 20_013_928
    case .resnet18: 11_689_512
    case .resnet34: 21_797_672
    case .resnet50: 25_557_032
    case .crnn: 1_936_904
    }
  }
}
