import ArgumentParser
import Corpora
import Evaluation
import Features
import Foundation
import Recognition
import Reporting
import Storage

/// `emotive evaluate`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Evaluates a model bundle on labelled recordings, or finished runs as one ensemble.",
    discussion: """
      Gives WA (accuracy), UAR (mean recall), macro-F1, the figures of each class and the confusion matrix, with 95% \
      bootstrap intervals, and says how many of the recordings and speakers the bundle was trained on.

      With --split, only the test sides are evaluated, so that the bundle of a fold is tested as it was in training. \
      With --run, networks from several runs, on any machine, are evaluated as one ensemble, from what those runs \
      stored; folds that were trained apart are put together. With --adapt, networks are first adapted to each test \
      speaker by recordings without labels, as `emotive adapt` does it. --predictions writes the prediction for each \
      recording, with its probabilities.

      EXAMPLES
        emotive evaluate --bundle runs/1/emobox-2/bundle \\
          --corpus ravdess=/data/ravdess --split emobox:2
        emotive evaluate --bundle Bundles/emotive --corpus emodb=/data/emodb \\
          --output result.json --picture confusion.png
        emotive evaluate --corpus csv=table.csv --predictions predictions.csv
        emotive evaluate --run runs/resnet18 --run runs/squeezenet1_1 \\
          --corpus ravdess=/data/ravdess
        emotive evaluate --run runs/resnet18 --adapt 20 \\
          --corpus ravdess=/data/ravdess
      """)

  @Option(help: ArgumentHelp("The model bundle; the one that ships by default.", valueName: "DIR"))
  var bundle: String?
  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "A finished run to evaluate instead of a bundle; may be repeated: the networks of all make one ensemble.",
      valueName: "DIR"))
  var runs: [String] = []
  @OptionGroup var corpora: CorpusOptions
  @Option(help: ArgumentHelp("Evaluate only the test sides of this split: \(SplitPlan.forms).", valueName: "SPLIT"))
  var split: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Adapt to N recordings of each test speaker, without labels, and test on the others; or to all, and test on all.",
      valueName: "N|all"))
  var adapt: Adaptation?
  @Option(parsing: .unconditional, help: "The seed of the split, and of the recordings to adapt to.")
  var seed: UInt64 = 1
  @Option(help: ArgumentHelp("Write the result as JSON.", valueName: "FILE"))
  var output: String?
  @Option(help: ArgumentHelp("Draw the confusion matrix, .png or .svg.", valueName: "FILE"))
  var picture: String?
  @Option(
    name: .customLong("predictions"),
    help: ArgumentHelp(
      "Write a CSV with a row for each test recording: file, speaker, label, predicted class, the ensemble's probability "
        + "of each class, and the split.", valueName: "FILE"))
  var predictionTable: String?
  @OptionGroup var computing: ComputingOptions
  @Flag(help: "Exit with status 0 even if recordings had to be left out.") var skipBad = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Parallel feature workers; the number of cores by default.", valueName: "N"))
  var jobs = ProcessorCount.available

  func validate() throws {
    if !runs.isEmpty, bundle != nil || split != nil {
      throw ValidationError("--run goes with neither --bundle nor --split: runs have splits of their own")
    }
    if let split { try corpora.check(usage { try SplitPlan(split) }) }
    try checkPicture(picture)
    try checkDistinct(outputs)
    try checkJobs(jobs)
  }

  func run() throws {
    for (flag, path) in outputs { try checkWritable(path, flag: flag) }
    if runs.isEmpty { try judgeBundle() } else { try judgeRuns() }
  }

  private func judgeRuns() throws {
    let read = try corpora.read()
    try checkOutputs(apartFrom: read, runs.map { URL(filePath: $0) })
    let recordings = read.flatMap(\.recordings)
    var leftOut = LeftOut()
    leftOut.add(read)
    var computed: Set<String> = []
    let merged = try MergedRuns(runs, recordings: recordings) { run, split in
      guard adapt != nil else { return try run.predictions(of: split, among: recordings).map { ($0, nil) } }
      guard let bundle = try run.bundle(of: split) else { return nil }
      let recognizer = try recognizer(bundle)
      computed.formUnion(notes(on: recognizer))
      let tested = split.test.map { recordings[$0] }
      let progress = ProgressBar("evaluate \(split.name)", total: tested.count, unit: "recordings")
      defer { progress.finish() }
      return try predictions(of: tested, recognizer, progress, &leftOut)
    }
    let result = try EvaluationResult(
      merged.outcomes, labels: merged.labels, condition: adapt?.protocolName,
      notes: merged.notes + computed.sorted() + read.flatMap(\.notes),
      unadapted: adapt == nil ? nil : merged.unadapted)
    try show(result, merged.outcomes, title: "\(merged.members) network(s) of \(runs.joined(separator: ", "))")
    try leftOut.finish(skipBad: skipBad)
  }

  private func judgeBundle() throws {
    let recognizer = try recognizer(
      ModelBundle(directory: bundle.map { URL(filePath: $0) } ?? ModelBundle.shipped()))
    let read = try corpora.read()
    try checkOutputs(apartFrom: read, [recognizer.bundle.directory])
    let all = read.flatMap(\.recordings)
    let labels = recognizer.bundle.manifest.labels
    // All would be left out, each with a line of its own.
    guard all.isEmpty || all.contains(where: { labels.contains($0.label) }) else {
      throw Failure(
        "no recording has one of the bundle's labels: expected \(listed(labels)), but found "
          + "\(listed(Set(all.map(\.label)).sorted())); name the classes as the bundle does, or train a bundle on them")
    }
    let splits = try split.map { try SplitPlan($0).splits(of: all, seed: seed) } ?? [.testing(all: all)]
    var leftOut = LeftOut()
    leftOut.add(read)
    var outcomes: [(split: Split, predictions: Predictions)] = []
    var unadapted: [Predictions] = []
    let progress = ProgressBar("evaluate", total: splits.reduce(0) { $0 + $1.test.count }, unit: "recordings")
    for split in splits {
      let answers = try predictions(of: split.test.map { all[$0] }, recognizer, progress, &leftOut)
      outcomes.append((split, answers.predictions))
      if let before = answers.unadapted { unadapted.append(before) }
    }
    progress.finish()
    let overlaps = try outcomes.map { try BundleOverlap(recognizer.bundle, $0.predictions) }
    let result = try EvaluationResult(
      outcomes, labels: recognizer.bundle.manifest.labels, condition: adapt?.protocolName,
      speakerDisjoint: overlaps.allSatisfy(\.isSpeakerDisjoint),
      leakage: overlaps.map(\.leakage),
      notes: BundleOverlap.notes(overlaps) + notes(on: recognizer) + read.flatMap(\.notes),
      unadapted: adapt == nil ? nil : unadapted,
      temperatureSource: "the bundle's: \(recognizer.bundle.manifest.temperatureSource)")
    try show(result, outcomes, title: recognizer.bundle.manifest.name)
    try leftOut.finish(skipBad: skipBad)
  }

  private func recognizer(_ bundle: ModelBundle) throws -> Recognizer {
    try Recognizer(bundle, device: computing.device, precision: computing.precision)
  }

  private func notes(on recognizer: Recognizer) -> [String] {
    let adapted = recognizer.bundle.manifest.provenance.adaptedTo.map {
      "the bundle was adapted, without labels, to \($0) image(s)"
    }
    let precision = recognizer.precision == .float32 ? nil : "computed in \(recognizer.precision.rawValue)"
    return [adapted, precision].compactMap { $0 }
  }
}
