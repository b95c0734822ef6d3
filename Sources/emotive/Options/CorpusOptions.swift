import ArgumentParser
import Corpora
import Foundation

/// The corpora that a command works on.
struct CorpusOptions: ParsableArguments {
  @Option(
    name: .customLong("corpus"),
    help: ArgumentHelp(
      "A corpus and where it lies; may be given several times. KIND is one of "
        + CorpusKind.allCases.map(\.rawValue).joined(separator: ", ")
        + "; csv takes a file with the columns path,label[,speaker][,sentence], which may be called file, filename or audio, "
        + "emotion or class, and speaker_id, too.", valueName: "KIND=DIR"))
  var sources: [String] = []

  func validate() throws {
    guard !sources.isEmpty else { throw ValidationError("Missing expected argument '--corpus <KIND=DIR>'") }
    var known: Set<CorpusSource> = []
    for text in sources {
      let source = try usage { try CorpusSource(text) }
      let place = URL(fileURLWithPath: source.path).resolvingSymlinksInPath().path
      guard known.insert(CorpusSource(kind: source.kind, path: place)).inserted else {
        throw ValidationError("--corpus \(text): the same corpus is given twice, and would count twice; give it once")
      }
    }
  }

  /// The corpora in the order given.
  func read() throws -> [Corpus] { try sources.map { try Corpus.read(CorpusSource($0)) } }
}

extension LeftOut {
  /// Reports the recordings that corpora should have and that cannot be used, and how the others were read.
  mutating func add(_ corpora: [Corpus]) {
    for text in corpora.flatMap(\.notes) { note(text) }
    for file in corpora.flatMap(\.unusable) { add(file.path, reason: file.reason) }
  }
}
