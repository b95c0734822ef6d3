import ArgumentParser
import Corpora
import Evaluation
import Features
import Foundation
import Networks
import Recognition
import Reporting
import Torch
import Training

/// `emotive train`
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Fine-tunes networks under each split of a protocol, and evaluates them on the test sides.",
    discussion: """
      The output folder gets, for each split, a model bundle and the members' checkpoints, epochs and weights; then \
      result.json, confusion.png, reliability.png, curves.png. With --resume, a run that was killed continues, to the same \
      result.

      --split says how recordings are divided: \(SplitPlan.forms). @CORPUS after random, loso or kfold tests on that \
      corpus only; cross trains on each corpus, or on CORPUS alone, and tests on each other.

      EXAMPLES
        emotive train --corpus ravdess=/data/ravdess --network resnet18 \\
          --weights imagenet --split emobox --output runs/1
        emotive train --corpus folder=/data/mine --recipe shipped --members 4 \\
          --split kfold:5 --output runs/2 --resume
        emotive train --corpus csv=table.csv --weights bundle --epochs 30 \\
          --split speakers:anna,ben --output runs/3
        # a bundle of everything:
        emotive train --corpus ravdess=/data/ravdess --split none --members 4 \\
          --output runs/4
        # the second member, by a job of its own:
        emotive train --corpus ravdess=/data/ravdess --members 4 --member 2 \\
          --output runs/5
      """)

  @OptionGroup var corpora: CorpusOptions
  @Option(
    help: ArgumentHelp(
      "The network, or several with commas, which take turns as members. `emotive networks list` names them.",
      valueName: "NAME"))
  var network: String?
  @Option(
    help: ArgumentHelp(
      "Where the networks start: imagenet (see `emotive fetch weights`), none, bundle (the bundle that ships) or a weight "
        + "file; one for all networks, or one for each, with commas.", valueName: "WEIGHTS"))
  var weights = "imagenet"
  @Option(help: ArgumentHelp("The folder for everything that the run writes.", valueName: "DIR"))
  var output: String
  @Option(help: "The settings to start from: paper or shipped; other options override them.") var recipe = Recipe.paper
  @Option(help: ArgumentHelp("How the recordings are divided.", valueName: "SPLIT")) var split = "random"
  @Option(
    help: ArgumentHelp(
      "A run with the same split and features, or a bundle, whose answers the networks learn; see --distillation.",
      valueName: "DIR"))
  var teacher: String?
  @Option(parsing: .unconditional, help: "The number of networks whose outputs are averaged, with different seeds.")
  var members = 1
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Train only this member, from 1 to --members, and evaluate nothing, so that members can be spread over processes "
        + "and machines that share the output folder; the same command without it, but with --resume, then evaluates "
        + "and writes the bundles.",
      valueName: "K"))
  var member: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What is evaluated after each epoch: a share of the training side, held back; predefined, what the corpora themselves "
        + "hold back; test, for curves only; or none. By default 0.1, or the same as --split where that is predefined or none.",
      valueName: "SHARE|predefined|test|none"))
  var validation: String?
  @Option(help: "Which weights are the result: those of the last epoch, or of the best one on the validation side.")
  var epoch = ReportedEpoch.last
  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Features") var features: FeatureOptions
  @Flag(help: "Continue the run in the output folder.") var resume = false
  @Option(help: "Where networks are computed: cpu, cuda or mps.") var device = Device.cpu
  @Option(help: ArgumentHelp("The folder of computed features, shared by all runs.", valueName: "DIR"))
  var featureStore = defaultFeatureStore()
  @Option(
    help: ArgumentHelp(
      "Runs with the same settings and corpora whose figures the bundles quote; the first gives the temperature.",
      valueName: "DIR")
  )
  var evidence: [String] = []
  @Option(help: ArgumentHelp("The name of the bundles.", valueName: "NAME")) var name: String?
  @Option(help: "How the bundles store weights: int8 takes half the space of float16 and rounds by output channel.")
  var bundleWeights = WeightFormat.float16
  @Option(
    help: ArgumentHelp("Terms of the training data, written into the bundles; may be repeated.", valueName: "TEXT"))
  var licence: [String] = []
  @Flag(help: "Exit with status 0 even if recordings had to be left out.") var skipBad = false

  func validate() throws {
    try device.checkAvailable()
    if members < 1 { throw ValidationError("--members must be at least 1, but is \(members)") }
    try corpora.check(usage { try SplitPlan(split) })
    try usage { try ValidationSide(validationSide) }
    // Which networks they are for is no matter here.
    try usage { try runSettings([.squeezenet1_1]).validate(onlyMember: member) }
  }

  func run() throws {
    try checkWritable(output, flag: "--output", isFolder: true)
    try checkWritable(featureStore, flag: "--feature-store", isFolder: true)
    // The pictures come after the work.
    if member == nil { try Figure.checkAvailable() }
    let folder = RunFolder(URL(filePath: output))
    // Jobs of other members may have begun the run.
    let resume = self.resume || member != nil
    let starts = try StartingWeights(networks: network, weights: weights)
    let settings = try runSettings(starts.networks)
    let read = try corpora.read()
    guard training.extraShare ?? 0 == 0 || read.count > 1 else {
      throw ValidationError(
        "--extra-share: expected several corpora, of which the first is the main one, found \(read[0].name) "
          + "alone; give another --corpus, or leave --extra-share out")
    }
    let record = try RunRecord(
      command: CommandLine.arguments, settings: settings, corpora: read, sources: corpora.sources,
      starts: starts.files(), device: device)
    // What cannot be is found before features are computed, and before the folder is taken.
    try folder.check(record, resume: resume)
    let figures = try figures(toQuoteFor: record)
    let planned = try ProtocolRun(
      settings, recordings: read.flatMap(\.recordings), start: { _ in nil }, images: { _ in ([:], nil) })
    try starts.check()
    try starts.checkUnheard(by: planned)
    if !settings.training.frozenLayers.isEmpty {
      for network in Set(settings.networks) {
        try usage { try settings.training.freezeLayers(of: Network(network, classCount: 2)) }
      }
    }

    var leftOut = LeftOut()
    leftOut.add(read)
    let images = try RunImages(
      settings, store: URL(filePath: featureStore), read.flatMap(\.recordings), &leftOut)
    Runtime.keepFreedMemory()
    let teaching = teacher.map { TeacherFolder($0) }
    let run = try ProtocolRun(
      settings, recordings: images.recordings, device: device, onlyMember: member,
      start: { try starts.weights(for: $0) },
      teacher: { try teaching?.teacher(for: $0, of: settings, recordings: images.recordings, labels: $1) },
      images: { try images.images(trainingOn: $0) })
    try folder.claim(record, resume: resume)
    let notes = read.flatMap(\.notes)
    let result = try folder.train(run, notes: notes) {
      try writeBundle($0, run, record, figures, starts.bundles(), notes)
    }
    if let result {
      print(ResultText(result, title: settings.title))
    }
    if let member {
      print(
        "Member \(member) of \(members) is trained; nothing is evaluated yet. Once all are trained, the same command with "
          + "--resume and without --member evaluates them and writes the bundles.")
    }
    print("\nWritten to \(folder.url.path).")
    try leftOut.finish(skipBad: skipBad)
  }
}

// MARK: - Parts of a run

extension TrainCommand {
  /// A bundle of everything holds nothing back, and corpora with a test side of their own mostly have one for validation.
  private var validationSide: String { validation ?? (["none", "predefined"].contains(split) ? split : "0.1") }

  private func runSettings(_ networks: [Architecture]) throws -> RunSettings {
    var settings = RunSettings(networks: networks, weights: weights)
    settings.members = members
    settings.teacher = teacher
    settings.split = split
    settings.validation = try ValidationSide(validationSide)
    settings.epoch = epoch
    settings.features = features.settings(recipe.features)
    settings.training = training.settings(recipe.training, on: device)
    return settings
  }

  /// The results that the bundles quote, each with a note where its networks heard something else.
  private func figures(toQuoteFor record: RunRecord) throws -> [EvaluationResult] {
    func names(_ record: RunRecord) -> String { record.corpora.map(\.name).sorted().joined(separator: ", ") }
    func hashes(_ record: RunRecord) -> Set<String> { Set(record.corpora.compactMap(\.recordingsHash)) }
    return try evidence.map { path in
      let run = RunFolder(URL(filePath: path))
      guard var result = run.result else {
        throw ValidationError("--evidence \(path): it holds no result.json, so it is not a finished run")
      }
      guard let theirs = try run.record else { return result }
      let ignored: Set = ["split", "validation", "epoch", "training.seed"]
      let keys = try theirs.settings.differences(from: record.settings).filter { !ignored.contains($0) }
      if !keys.isEmpty {
        result.notes.append(
          "of networks that differ from this bundle's in \(keys.joined(separator: ", ")), and may be worth more or less"
        )
      }
      if names(theirs) != names(record) {
        result.notes.append(
          "of networks trained on \(names(theirs)); this bundle was trained on \(names(record)), and may be worth more or less"
        )
      } else if hashes(theirs) != hashes(record), hashes(theirs).count == theirs.corpora.count {
        result.notes.append(
          "of networks trained on other recordings of \(names(theirs)) than this bundle, which may be worth more or less"
        )
      }
      return result
    }
  }

  private func writeBundle(
    _ outcome: ProtocolRun.Outcome, _ run: ProtocolRun, _ record: RunRecord, _ evidence: [EvaluationResult],
    _ starts: [ModelBundle], _ notes: [String]
  ) throws {
    var figures = evidence
    let temperature = evidence.first?.temperature ?? outcome.temperature
    let source =
      evidence.first.map { "fitted on the test sides of: \($0.protocolName)" }
      ?? (outcome.temperature == nil ? "none fitted" : "fitted on the validation side")
    if let predictions = outcome.predictions {
      figures.append(
        try EvaluationResult(
          [(outcome.split, predictions)], labels: run.labels,
          notes: run.settings.notes + notes + run.extraCorporaNote(of: [outcome.split])))
    }
    let recordings = outcome.split.training.map { run.recordings[$0] }
    let origins = starts.map(\.manifest.provenance)
    let held = outcome.validationCount > 0 ? " and \(outcome.validationCount) for validation" : ""
    let count = recordings.count - outcome.validationCount
    try ModelBundle.write(
      to: URL(filePath: output).appending(path: "\(outcome.split.name)/bundle"),
      name: name ?? "\(run.settings.title), \(outcome.split.name)", labels: run.labels,
      features: run.settings.features, whitening: outcome.whitening, members: outcome.members,
      weightFormat: bundleWeights, temperature: temperature ?? 1, temperatureSource: source,
      provenance: BundleManifest.Provenance(
        run: record, trainedOn: "\(count) recordings\(held); \(outcome.split.protocolName)",
        speakers: Set(recordings.compactMap(\.speaker) + origins.flatMap(\.speakers)).sorted(), figures: figures,
        licences: licence + origins.flatMap(\.licences).filter { !licence.contains($0) }),
      recordings: recordings, startedFrom: starts)
  }
}

extension ReportedEpoch: ExpressibleByArgument {}

extension WeightFormat: ExpressibleByArgument {}
