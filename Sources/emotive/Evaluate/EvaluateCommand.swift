import ArgumentParser
import Corpora
import Evaluation
import Features
import Foundation
import Recognition
import Reporting

/// `emotive evaluate`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Judges a model bundle on labelled recordings, or finished runs as one ensemble.",
    discussion: """
      Gives WA (accuracy), UAR (mean recall), macro-F1, the figures of each class and the confusion matrix, with 95% \
      bootstrap intervals, and says how many of the recordings and speakers the bundle was trained on. With --split, \
      only the test sides are judged, so that the bundle of one fold is judged as it was in training. With --run, networks \
      that were trained in runs of their own, on any machine, are judged as one ensemble from what these runs left; folds \
      that were trained apart are put together. With --adapt, networks first get used to each test speaker by recordings \
      without labels, as `emotive adapt` does it.

      EXAMPLES
        emotive evaluate --bundle runs/1/emobox-2/bundle \\
          --corpus ravdess=/data/ravdess --split emobox:2
        emotive evaluate --bundle Bundles/emotive --corpus emodb=/data/emodb \\
          --json result.json --picture confusion.png
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
      "A finished run to judge in place of a bundle; may be repeated: the networks of all make one ensemble.",
      valueName: "DIR"))
  var runs: [String] = []
  @OptionGroup var corpora: CorpusOptions
  @Option(help: ArgumentHelp("Judge only the test sides of this split: \(splitForms).", valueName: "SPLIT"))
  var split: String?
  @Option(
    help: ArgumentHelp(
      "Adapt to N recordings of each test speaker, without labels, and judge the others; or to all, and judge all.",
      valueName: "N|all"))
  var adapt: Adaptation?
  @Option(help: "The seed of the split, and of the recordings to adapt to.") var seed: UInt64 = 1
  @Option(name: .customLong("json"), help: ArgumentHelp("Write the result as JSON.", valueName: "FILE"))
  var jsonFile: String?
  @Option(help: ArgumentHelp("Draw the confusion matrix, .png or .svg.", valueName: "FILE"))
  var picture: String?
  @OptionGroup var computing: ComputingOptions
  @Flag(help: "Exit with status 0 even if recordings had to be left out.") var skipBad = false
  @Option(help: ArgumentHelp("Parallel feature workers; the number of cores by default.", valueName: "N"))
  var jobs = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    if !runs.isEmpty, bundle != nil || split != nil {
      throw ValidationError("--run goes with neither --bundle nor --split: runs have splits of their own")
    }
    if let split { try usage { try SplitPlan(split) } }
    try checkPicture(picture)
    try checkJobs(jobs)
  }

  func run() throws {
    try checkWritable(jsonFile, flag: "--json")
    try checkWritable(picture, flag: "--picture")
    if runs.isEmpty { try judgeBundle() } else { try judgeRuns() }
  }

  private func judgeRuns() throws {
    let recordings = try corpora.read().flatMap(\.recordings)
    var leftOut = LeftOut()
    var computed: [String] = []
    let merged = try MergedRuns(runs, recordings: recordings) { run, split in
      guard adapt != nil else { return try run.predictions(of: split, among: recordings) }
      guard let bundle = try run.bundle(of: split) else { return nil }
      let recognizer = try recognizer(bundle)
      computed += notes(on: recognizer).filter { !computed.contains($0) }
      let tested = split.test.map { recordings[$0] }
      let progress = ProgressBar("evaluate \(split.name)", total: tested.count, unit: "recordings")
      defer { progress.finish() }
      return try predictions(of: tested, recognizer, progress, &leftOut)
    }
    let result = try EvaluationResult(
      merged.outcomes, labels: merged.labels, condition: adapt?.protocolName, notes: merged.notes + computed)
    try show(result, title: "\(merged.members) network(s) of \(runs.joined(separator: ", "))")
    try leftOut.finish(skipBad: skipBad)
  }

  private func show(_ result: EvaluationResult, title: String) throws {
    if let jsonFile { try write(json(result), to: jsonFile) }
    if let picture {
      try Figure.confusionMatrix(result.confusionMatrix(), title: result.figureTitle(nil), to: URL(filePath: picture))
    }
    print(ResultText(result, title: title))
  }

  private func judgeBundle() throws {
    let recognizer = try recognizer(
      ModelBundle(directory: bundle.map { URL(filePath: $0) } ?? ModelBundle.shipped()))
    let all = try corpora.read().flatMap(\.recordings)
    let splits = try split.map { try SplitPlan($0).splits(of: all, seed: seed) } ?? [.testing(all: all)]
    var leftOut = LeftOut()
    var outcomes: [(split: Split, predictions: Predictions)] = []
    let progress = ProgressBar("evaluate", total: splits.reduce(0) { $0 + $1.test.count }, unit: "recordings")
    for split in splits {
      outcomes.append((split, try predictions(of: split.test.map { all[$0] }, recognizer, progress, &leftOut)))
    }
    progress.finish()
    let overlaps = try outcomes.map { try BundleOverlap(recognizer.bundle, $0.predictions) }
    let result = try EvaluationResult(
      outcomes, labels: recognizer.bundle.manifest.labels, condition: adapt?.protocolName,
      speakerDisjoint: overlaps.allSatisfy(\.isSpeakerDisjoint),
      leakage: overlaps.map(\.leakage), notes: BundleOverlap.notes(overlaps) + notes(on: recognizer),
      temperatureSource: "the bundle's: \(recognizer.bundle.manifest.temperatureSource)")
    try show(result, title: recognizer.bundle.manifest.name)
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

  private func predictions(
    of recordings: [Recording], _ recognizer: Recognizer, _ progress: ProgressBar, _ leftOut: inout LeftOut
  ) throws -> Predictions {
    let manifest = recognizer.bundle.manifest
    let known = recordings.filter { manifest.labels.contains($0.label) }
    for recording in recordings where !manifest.labels.contains(recording.label) {
      leftOut.add(recording.path, BadLabel(description: "its label \"\(recording.label)\" is not one of the bundle's"))
      progress.advance()
    }
    let answers =
      try adapt.map { try self.answers(to: known, adapting: $0, recognizer, progress, &leftOut) }
      ?? self.answers(to: known, recognizer, progress, &leftOut)
    return try Predictions(
      files: answers.map(\.recording.path),
      truth: answers.map { manifest.labels.firstIndex(of: $0.recording.label) ?? 0 },
      speakers: answers.map(\.recording.speaker),
      logits: manifest.members.indices.map { member in answers.map { $0.logits[member] } },
      temperature: manifest.temperature)
  }

  private typealias Answer = (recording: Recording, logits: [[Double]])

  private func answers(
    to recordings: [Recording], _ recognizer: Recognizer, _ progress: ProgressBar, _ leftOut: inout LeftOut
  ) throws -> [Answer] {
    var answers: [Answer] = []
    try recognizer.predict(files: recordings.map(\.path), workers: jobs) { index, result in
      switch result {
      case .success(let prediction): answers.append((recordings[index], prediction.logits))
      case .failure(let error): leftOut.add(recordings[index].path, error)
      }
      progress.advance()
    }
    return answers
  }

  private func answers(
    to recordings: [Recording], adapting adaptation: Adaptation, _ recognizer: Recognizer, _ progress: ProgressBar,
    _ leftOut: inout LeftOut
  ) throws -> [Answer] {
    var answers: [Answer] = []
    for (adaptedTo, judged) in try adaptation.speakers(of: recordings, seed: seed) {
      let files = Set((adaptedTo + judged).map(\.path)).sorted()
      let images = try recognizer.images(of: files, jobs: jobs, &leftOut)
      let known = adaptedTo.compactMap { images[$0.path] }
      guard !known.isEmpty else {
        throw Failure(
          "--adapt: none of the recordings of \(adaptedTo[0].speaker ?? "") to adapt to gave an image; see above")
      }
      let adapted = try recognizer.adapted(to: known)
      let pairs = judged.compactMap { recording in images[recording.path].map { (recording, $0) } }
      for start in stride(from: 0, to: pairs.count, by: recognizer.batchSize) {
        let batch = pairs[start..<min(start + recognizer.batchSize, pairs.count)]
        answers += zip(batch, try adapted.predict(images: batch.map(\.1))).map { ($0.0, $1.logits) }
      }
      for _ in files { progress.advance() }
    }
    return answers
  }

  private struct BadLabel: Error, CustomStringConvertible { let description: String }
}

extension Recognizer {
  /// The images of the files that give one, by path; the others are reported.
  fileprivate func images(
    of files: [String], jobs: Int, _ leftOut: inout LeftOut
  ) throws -> [String: SpectrogramImage] {
    var images: [String: SpectrogramImage] = [:]
    try self.images(ofFiles: files, workers: jobs) { index, result in
      switch result {
      case .success(let image): images[files[index]] = image
      case .failure(let error): leftOut.add(files[index], error)
      }
    }
    return images
  }
}
