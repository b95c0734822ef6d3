import Corpora
import Foundation
import Networks
import Storage
import Torch

/// What a run was made of, as `run.json` holds it.
public struct RunRecord: Codable, Sendable {
  /// One corpus of a run.
  public struct CorpusPart: Codable, Sendable, Hashable {
    /// `KIND=DIR` or `KIND:NAME=DIR` as it was given.
    public let source: String
    /// The number of recordings.
    public let recordings: Int
    /// The number of files left out.
    public let skipped: Int
    /// Stands for the recordings' file names, labels and speakers, wherever they lie; nil in records of versions that did not
    /// have it.
    public let recordingsHash: String?
  }

  /// A weight file that networks start from.
  public struct Start: Codable, Sendable, Hashable {
    /// The network.
    public let network: Architecture
    /// The file's name.
    public let file: String
    /// The SHA-256 of its content, hexadecimal.
    public let sha256: String

    /// The start of a network.
    public init(network: Architecture, file: String, sha256: String) {
      (self.network, self.file, self.sha256) = (network, file, sha256)
    }
  }

  /// The command line, without `--member`: jobs that train one member each share the run's record.
  public let command: [String]
  /// All settings.
  public let settings: RunSettings
  /// The corpora with their sizes.
  public let corpora: [CorpusPart]
  /// The weight files that networks start from, of which `settings.weights` says no more than `imagenet`; nil in records of
  /// versions that did not have it.
  public let starts: [Start]?
  /// The commit that was checked out around the program when the run started, with `-dirty` where sources were changed; nil
  /// if unknown. Built later or earlier, the program may be of another one.
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
    command: [String], settings: RunSettings, corpora: [Corpus], sources: [String], starts: [Start] = [],
    device: Device = .cpu
  ) {
    self.command = Self.withoutMember(command)
    self.settings = settings
    self.corpora = zip(sources, corpora).map {
      CorpusPart(
        source: $0, recordings: $1.recordings.count, skipped: $1.skipped.count + $1.unusable.count,
        recordingsHash: Self.hash(of: $1.recordings))
    }
    self.starts = starts
    commit = Self.checkedOutCommit
    machine = Machine(device)
    started = Date.now.formatted(.iso8601)
  }

  /// Whether a run of these settings and recordings has the same result.
  ///
  /// Recordings are the same where their corpora have the same names, and the same numbers and names of files with the same
  /// labels and speakers, wherever they lie.
  public func hasSameResult(as other: RunRecord) -> Bool {
    settings == other.settings && otherStart(than: other.starts) == nil
      && Self.haveSameRecordings(corpora, other.corpora)
  }

  /// A network that starts from another file than in another record, as far as both say; nil where there is none.
  ///
  /// Names of files say nothing, and a file that is not on this machine is not known.
  package func otherStart(than others: [Start]?) -> Start? {
    (starts ?? []).first { start in
      (others ?? []).contains { $0.network == start.network && $0.sha256 != start.sha256 }
    }
  }

  /// Whether corpora hold the same recordings, as far as records say.
  static func haveSameRecordings(_ first: [CorpusPart], _ second: [CorpusPart]) -> Bool {
    first.count == second.count
      && zip(first, second).allSatisfy { part, other in
        part.name == other.name && part.recordings == other.recordings
          && (part.recordingsHash == nil || other.recordingsHash == nil || part.recordingsHash == other.recordingsHash)
      }
  }

  private static func withoutMember(_ command: [String]) -> [String] {
    var rest = command.filter { !$0.hasPrefix("--member=") }
    while let flag = rest.firstIndex(of: "--member") { rest.removeSubrange(flag..<min(flag + 2, rest.count)) }
    return rest
  }

  /// What a recording is told by, wherever it lies: its file's name, its label and its speaker.
  package static func mark(of path: String, label: String, speaker: String?) -> String {
    "\(path.split(separator: "/").last ?? "")\t\(label)\t\(speaker ?? "")"
  }

  private static func hash(of recordings: [Recording]) -> String {
    let lines = recordings.map {
      mark(of: $0.path, label: $0.label, speaker: $0.speaker) + ($0.side.map { "\t\($0.rawValue)" } ?? "")
    }
    return StableHash.hex(of: lines.sorted().joined(separator: "\n").utf8)
  }

  private static let checkedOutCommit: String? = {
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
  }()
}

extension RunRecord.CorpusPart {
  /// What the corpus is called: `NAME` of `KIND:NAME=DIR`, or the kind.
  public var name: String {
    let names = source.prefix { $0 != "=" }.split(separator: ":", maxSplits: 1)
    return names.count == 2 ? String(names[1]) : names.first?.lowercased() ?? ""
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
