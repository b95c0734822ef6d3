import ArgumentParser
import Corpora
import Foundation

/// The corpora that a command works on.
struct CorpusOptions: ParsableArguments {
  @Option(
    name: .customLong("corpus"),
    help: ArgumentHelp(
      "A corpus and its place; may be repeated. KIND is one of "
        + CorpusKind.allCases.map(\.rawValue).joined(separator: ", ")
        + "; csv takes a file with the columns path,label[,speaker][,sentence][,split], which may be called file, filename or "
        + "audio, emotion or class, speaker_id, and partition, too. KIND:NAME=DIR gives a corpus a name of its own, as each further one of a kind "
        + "needs.", valueName: "KIND=DIR"))
  var sources: [String] = []

  func validate() throws {
    guard !sources.isEmpty else { throw ValidationError("Missing expected argument '--corpus <KIND=DIR>'") }
    var known: Set<CorpusSource> = []
    var names: Set<String> = []
    for text in sources {
      let source = try usage { try CorpusSource(text) }
      let place = URL(fileURLWithPath: source.path).resolvingSymlinksInPath().path
      guard known.insert(CorpusSource(kind: source.kind, path: place)).inserted else {
        throw ValidationError("--corpus \(text): the same corpus is given twice, and would count twice; give it once")
      }
      guard names.insert(source.name).inserted else {
        throw ValidationError(
          "--corpus \(text): another corpus is called \(source.name), and speakers of the two would be taken for the same; "
            + "give one a name of its own, as in --corpus \(source.kind.rawValue):NAME=\(source.path)")
      }
    }
  }

  /// Sees that a split names no corpus that is not given.
  ///
  /// - throws: `ValidationError`.
  func check(_ plan: SplitPlan) throws {
    let names = sources.compactMap { try? CorpusSource($0).name }
    var named = [plan.corpus]
    if case .crossCorpus(let training) = plan.method { named.append(training) }
    for case let name? in named where !names.contains(name) {
      throw ValidationError(
        "--split \(plan.description): no corpus is called \(name) here, there is \(names.joined(separator: ", "))")
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
