import ArgumentParser
import Corpora

/// The corpora that a command works on.
struct CorpusOptions: ParsableArguments {
  @Option(
    name: .customLong("corpus"),
    help: ArgumentHelp(
      "A corpus and where it lies; may be given several times. KIND is one of "
        + CorpusKind.allCases.map(\.rawValue).joined(separator: ", ")
        + "; csv takes a file with the columns path,label[,speaker].", valueName: "KIND=DIR"))
  var sources: [String] = []

  func validate() throws {
    guard !sources.isEmpty else { throw ValidationError("Missing expected argument '--corpus <KIND=DIR>'") }
    for source in sources { try usage { try CorpusSource(source) } }
  }

  /// The corpora in the order given.
  func read() throws -> [Corpus] { try sources.map { try Corpus.read(CorpusSource($0)) } }
}
