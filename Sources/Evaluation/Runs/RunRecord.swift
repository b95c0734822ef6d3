import Corpora
import Foundation
import Torch

/// What a run was made of, as `run.json` holds it.
public struct RunRecord: Codable, Sendable {
  /// One corpus of a run.
  public struct CorpusPart: Codable, Sendable, Hashable {
    /// `KIND=DIR` as it was given.
    public let source: String
    /// The number of recordings.
    public let recordings: Int
    /// The number of files left out.
    public let skipped: Int
  }

  /// The command line.
  public let command: [String]
  /// All settings.
  public let settings: RunSettings
  /// The corpora with their sizes.
  public let corpora: [CorpusPart]
  /// The commit of the sources that the program was built from, with `-dirty` where they were changed; nil if unknown.
  public let commit: String?
  /// Where it ran.
  public let machine: Machine
  /// When it was started, ISO 8601.
  public let started: String
  /// The run, as `EXPERIMENT/RUN`, of the same settings and recordings whose result this is; nil where it was trained
  /// itself.
  public var sameAs: String?

  /// The record of a run that starts now.
  public init(
    command: [String], settings: RunSettings, corpora: [Corpus], sources: [String], device: Device = .cpu
  ) {
    self.command = command
    self.settings = settings
    self.corpora = zip(sources, corpora).map {
      CorpusPart(source: $0, recordings: $1.recordings.count, skipped: $1.skipped.count + $1.unusable.count)
    }
    commit = Self.commit()
    machine = Machine(device)
    started = Date.now.formatted(.iso8601)
  }

  /// Whether a run of these settings and recordings has the same result.
  ///
  /// Equal numbers of the same kinds of corpora are equal recordings, as they are drawn by the settings' seed, wherever the
  /// corpora lie.
  public func hasSameResult(as other: RunRecord) -> Bool {
    func recordings(_ record: RunRecord) -> [String] {
      record.corpora.map { "\($0.source.prefix { $0 != "=" }): \($0.recordings)" }
    }
    return settings == other.settings && recordings(self) == recordings(other)
  }

  private static func commit() -> String? {
    let git = Process()
    git.executableURL = URL(filePath: "/usr/bin/env")
    let folder = (Bundle.main.executableURL ?? URL(filePath: ".")).resolvingSymlinksInPath().deletingLastPathComponent()
    git.arguments = ["git", "-C", folder.path, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    let output = Pipe()
    git.standardOutput = output
    git.standardError = FileHandle.nullDevice
    guard (try? git.run()) != nil else { return nil }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    git.waitUntilExit()
    let commit = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return git.terminationStatus == 0 && !commit.isEmpty ? commit : nil
  }
}

/// The machine of a run.
public struct Machine: Codable, Sendable {
  /// The processor's name.
  public let processor: String
  /// The number of cores.
  public let cores: Int
  /// The number of threads that networks computed with, on which the last bits of results depend.
  public let threads: Int
  /// The memory in GiB.
  public let memory: Double
  /// The operating system.
  public let system: String
  /// The libtorch version.
  public let libtorch: String
  /// What networks computed on besides the processor, such as `NVIDIA H200`; nil for nothing.
  public let accelerator: String?

  /// This machine, with networks on a device.
  public init(_ device: Device) {
    let information = ProcessInfo.processInfo
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
    processor = model.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
    cores = information.activeProcessorCount
    threads = Runtime.defaultThreads
    memory = (Double(information.physicalMemory) / 1_073_741_824 * 10).rounded() / 10
    system = information.operatingSystemVersionString
    libtorch = Runtime.version
    accelerator =
      switch device {
      case .cpu: nil
      case .cuda: Self.firstGPU() ?? device.rawValue
      case .mps: device.rawValue
      }
  }

  /// The name of the GPU that CUDA counts first, as NVIDIA's driver gives it.
  private static func firstGPU() -> String? {
    let folder = URL(filePath: "/proc/driver/nvidia/gpus")
    let gpus = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let lines = gpus.sorted().first.flatMap {
      try? String(contentsOf: folder.appending(path: "\($0)/information"), encoding: .utf8)
    }
    let model = lines?.split(separator: "\n").first { $0.hasPrefix("Model:") }?.dropFirst("Model:".count)
    return model.map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
