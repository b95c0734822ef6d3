import ArgumentParser
import Corpora
import Downloads
import Foundation
import Networks
import Reporting

/// `emotive fetch`: weights and corpora from the internet.
struct FetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Downloads pretrained weights or a corpus.",
    discussion: """
      Downloads go on where they broke off and are checked against the published checksum. They are kept in \
      ~/.cache/emotive (EMOTIVE_CACHE or XDG_CACHE_HOME name another place).

      EXAMPLES
        emotive fetch weights resnet18 squeezenet1_1
        emotive fetch corpus ravdess
      """,
    subcommands: [FetchWeights.self, FetchCorpus.self])
}

/// `emotive fetch weights`.
struct FetchWeights: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights",
    abstract: "Downloads ImageNet weights as torchvision publishes them.",
    discussion: """
      `emotive train --weights imagenet` then finds them. Without a network, put the file into a folder by other means \
      and set EMOTIVE_WEIGHTS to that folder.

      EXAMPLES
        emotive fetch weights densenet161
        emotive fetch weights resnet18 --from https://mirror.example.org/torch/
        emotive fetch weights resnet50 --from ~/Downloads/resnet50-11ad3fa6.pth
      """)

  /// Those with published weights.
  private static let networks = Architecture.allCases.filter { $0.pretrainedWeights != nil }
    .map(\.rawValue).joined(separator: ", ")

  @Argument(help: .init("The networks: \(Self.networks).", valueName: "NETWORK"), transform: Self.network)
  var names: [Architecture]

  @Option(
    name: .customLong("from"), help: .init("Fetch from a mirror: the folder, or the file itself.", valueName: "URL"))
  var mirror: String?

  private static func network(_ name: String) throws -> Architecture {
    guard let network = Architecture(rawValue: name) else {
      throw ValidationError("there is no such network; expected one of \(networks)")
    }
    guard network.pretrainedWeights != nil else {
      throw ValidationError("\(name) has no published weights: train it with --weights none.")
    }
    return network
  }

  func run() throws {
    for name in names {
      guard let download = try name.pretrainedWeights?.download(from: mirror) else { continue }
      let isNew = try withProgressBar(name.rawValue) { try Downloader().fetch(download, progress: $0) }
      print("\(name.rawValue): \(download.file.path)\(isNew ? "" : " (was there already)")")
    }
  }
}

/// `emotive fetch corpus`.
struct FetchCorpus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpus",
    abstract: "Downloads and unpacks a corpus of emotional speech.",
    discussion: """
      ravdess, tess and emodb are downloaded. savee and crema-d have no public archive: the command says what to do. \
      Each corpus has its own terms, which are shown.

      EXAMPLES
        emotive fetch corpus ravdess
        emotive fetch corpus savee --from ~/Downloads/AudioData.zip --output data
      """)

  private static let corpora = CorpusDownload.all.map(\.kind.rawValue).joined(separator: ", ")

  @Argument(help: .init("The corpora: \(Self.corpora).", valueName: "CORPUS"), transform: Self.corpus)
  var names: [CorpusKind]

  @Option(
    name: .customLong("from"), help: .init("Fetch from a mirror: the folder, or the zip file itself.", valueName: "URL")
  )
  var mirror: String?

  @Option(help: .init("Where to put a folder for each corpus (default: in the cache).", valueName: "DIR"))
  var output: String?

  private static func corpus(_ name: String) throws -> CorpusKind {
    guard let corpus = CorpusKind(rawValue: name) else {
      throw ValidationError("there is no such corpus; expected one of \(corpora)")
    }
    guard CorpusDownload(corpus) != nil else {
      throw ValidationError("\(name) names recordings of your own: there is nothing to download.")
    }
    return corpus
  }

  func run() throws {
    for corpus in names.compactMap({ CorpusDownload($0) }) {
      let name = corpus.kind.rawValue
      let folder = output.map { URL(filePath: $0).appending(path: name) } ?? corpus.cachedFolder()
      let isNew = try withProgressBar(name) { try corpus.fetch(to: folder, from: mirror, progress: $0) }
      print("\(corpus.title): \(folder.path)\(isNew ? "" : " (was there already)")")
      print("  terms: \(corpus.licence) (\(corpus.page))")
      print("  next:  emotive corpora scan --corpus \(name)=\(folder.path)")
    }
  }
}

/// Shows a download's events on standard error.
private func withProgressBar<Result>(
  _ label: String, _ body: ((DownloadEvent) -> Void) throws -> Result
) rethrows -> Result {
  var bar: ProgressBar?
  defer { bar?.finish() }
  return try body { event in
    switch event {
    case .started(let byteCount, let present):
      bar?.finish()
      bar = ProgressBar(label, total: byteCount, unit: "B", startingAt: present)
    case .received(let byteCount): bar?.advance(by: byteCount)
    case .retrying(let problem, let seconds):
      bar?.finish()
      bar = nil
      note("\(label): \(problem); next try in \(seconds) s")
    }
  }
}

extension Architecture: ExpressibleByArgument {}
