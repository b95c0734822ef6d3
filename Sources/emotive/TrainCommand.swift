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
    abstract: "Fine-tunes networks under each split of a protocol, and judges them on the test sides.",
    discussion: """
      The output folder gets, for each split, the members' checkpoints, epochs and weights and a model bundle; then \
      result.json, confusion.png and curves.png. A run that was killed goes on with --resume, to the same result. \
      --split says how recordings are divided: \(splitForms); @CORPUS behind random, loso or kfold tests on that corpus only.

      EXAMPLES
        emotive train --corpus ravdess=/data/ravdess --network resnet18 --weights imagenet --split emobox --output runs/1
        emotive train --corpus folder=/data/mine --recipe shipped --members 4 --split kfold:5 --output runs/2 --resume
        emotive train --corpus csv=table.csv --weights bundle --split speakers:anna,ben --epochs 30 --output runs/3
        emotive train --corpus ravdess=/data/ravdess --split none --members 4 --output runs/4    a bundle of everything
      """)

  @OptionGroup var corpora: CorpusOptions
  @Option(
    help: ArgumentHelp(
      "The network; several, with commas, take turns as members. `emotive networks list` names them.", valueName: "NAME"
    ))
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
  @Option(help: "The number of networks whose outputs are averaged, with different seeds.") var members = 1
  @Option(
    help: ArgumentHelp(
      "What is watched from epoch to epoch: a share of the training side, held back; test, for curves only; or none.",
      valueName: "SHARE|test|none"))
  var validation = "0.1"
  @Option(help: "Which weights are the result: of the last epoch, or of the best on the validation side.")
  var epoch = ReportedEpoch.last
  @OptionGroup(title: "Training") var training: TrainingOptions
  @OptionGroup(title: "Features") var features: FeatureOptions
  @Flag(help: "Go on with the run in the output folder.") var resume = false
  @Option(help: "Where networks are computed: cpu, cuda or mps.") var device = Device.cpu
  @Option(help: ArgumentHelp("The folder of computed features, shared by all runs.", valueName: "DIR"))
  var featureStore = defaultFeatureStore()
  @Option(
    help: ArgumentHelp(
      "Runs with the same settings whose figures the bundles quote; the first gives the temperature.", valueName: "DIR")
  )
  var evidence: [String] = []
  @Option(help: ArgumentHelp("What the bundles are called.", valueName: "NAME")) var name: String?
  @Option(
    help: ArgumentHelp("Terms of the training data, written into the bundles; may be repeated.", valueName: "TEXT"))
  var licence: [String] = []
  @Flag(help: "Exit with status 0 even if recordings had to be left out.") var skipBad = false

  func validate() throws {
    if !device.isAvailable {
      throw ValidationError("--device \(device.rawValue): this machine or this libtorch has none")
    }
  }

  func run() throws {
    let folder = URL(filePath: output)
    let starts = try StartingWeights(networks: network, weights: weights)
    let settings = try runSettings(starts)
    let read = try corpora.read()
    let record = RunRecord(command: CommandLine.arguments, settings: settings, corpora: read, sources: corpora.sources)
    try claim(folder, record)

    var leftOut = LeftOut()
    let images = try RunImages(
      settings.features, store: URL(filePath: featureStore), read.flatMap(\.recordings), &leftOut)
    Runtime.keepFreedMemory()
    let run = try ProtocolRun(
      settings, recordings: images.recordings, device: device, start: { try starts.weights(for: $0) },
      images: { try images.images(of: $0) })

    var outcomes: [(split: Split, predictions: Predictions)] = []
    var curves: [Figure.Curve] = []
    let reporter = TrainingReporter(epochs: settings.training.epochs, batchSize: settings.training.batchSize)
    for split in run.splits {
      let outcome = try run.outcome(of: split, in: folder) { reporter.report($0) }
      reporter.finish()
      if let predictions = outcome.predictions { outcomes.append((split, predictions)) }
      curves.append(Figure.Curve(split.name, outcome.records))
      try writeBundle(outcome, run, record, to: folder.appending(path: "\(split.name)/bundle"))
      if let predictions = outcome.predictions {
        try write(json(predictions), to: folder.appending(path: "\(split.name)/predictions.json").path)
      }
    }

    let watched = settings.validation == .test ? " (validation: the test side, for this picture only)" : ""
    try Figure.curves(curves, title: settings.title + watched, to: folder.appending(path: "curves.png"))
    if !outcomes.isEmpty {
      let result = try EvaluationResult(outcomes, labels: run.labels, notes: settings.notes)
      try write(json(result), to: folder.appending(path: "result.json").path)
      let title = "\(settings.title): \(result.protocolName)"
      try Figure.confusionMatrix(result.confusionMatrix(), title: title, to: folder.appending(path: "confusion.png"))
      print(ResultText(result, title: settings.title))
    }
    print("\nWritten to \(folder.path).")
    try leftOut.finish(skipBad: skipBad)
  }
}

// MARK: - Parts of a run

extension TrainCommand {
  private func runSettings(_ starts: StartingWeights) throws -> RunSettings {
    var settings = RunSettings(networks: starts.networks, weights: weights)
    settings.members = members
    settings.split = split
    settings.validation = try ValidationSide(validation)
    settings.epoch = epoch
    settings.features = features.settings(recipe.features)
    settings.training = training.settings(recipe.training)
    try settings.validate()
    return settings
  }

  /// Makes the output folder this run's own, or sees that it is.
  private func claim(_ folder: URL, _ record: RunRecord) throws {
    let file = folder.appending(path: "run.json")
    if let found = try? Data(contentsOf: file) {
      guard resume else {
        throw ValidationError(
          "--output \(output) holds a run already; give --resume to go on with it, or another folder")
      }
      struct Earlier: Decodable { var settings: RunSettings }
      var earlier = try JSONDecoder().decode(Earlier.self, from: found).settings
      // Splits are trained one by one into folders of their own, so that another plan may add to them.
      earlier.split = record.settings.split
      guard earlier == record.settings else {
        throw ValidationError(
          "--resume: the run in \(output) has other settings (see \(file.path)); give those, or another --output")
      }
    }
    try write(json(record), to: file.path)
  }

  private func writeBundle(
    _ outcome: ProtocolRun.Outcome, _ run: ProtocolRun, _ record: RunRecord, to folder: URL
  ) throws {
    var figures = try evidence.map { path in
      try JSONDecoder().decode(
        EvaluationResult.self, from: Data(contentsOf: URL(filePath: path).appending(path: "result.json")))
    }
    let temperature = figures.first?.temperature ?? outcome.temperature
    let source =
      figures.first.map { "fitted on the test sides of: \($0.protocolName)" }
      ?? (outcome.temperature == nil ? "none fitted" : "fitted on the validation side")
    if let predictions = outcome.predictions {
      figures.append(
        try EvaluationResult([(outcome.split, predictions)], labels: run.labels, notes: run.settings.notes))
    }
    let recordings = outcome.split.training.map { run.recordings[$0] }
    try ModelBundle.write(
      to: folder, name: name ?? "\(run.settings.title), \(outcome.split.name)", labels: run.labels,
      features: run.settings.features, whitening: outcome.whitening, members: outcome.members,
      temperature: temperature ?? 1, temperatureSource: source,
      provenance: BundleManifest.Provenance(
        run: record, trainedOn: "\(recordings.count) recordings; \(outcome.split.protocolName)",
        speakers: Set(recordings.compactMap(\.speaker)).sorted(), figures: figures, licences: licence),
      recordings: recordings)
  }
}

extension RunSettings {
  /// The networks and their start, for titles.
  var title: String {
    let names = networks.map(\.title).joined(separator: " and ")
    let starts = weights.split(separator: ",").map { URL(filePath: String($0)).lastPathComponent }
    return (members > 1 ? "\(members) x \(names)" : names) + " from \(starts.joined(separator: " and "))"
  }

  /// What a reader of the figures must know.
  var notes: [String] {
    validation == .test ? ["the test side was watched during training, for curves; nothing was chosen by it"] : []
  }
}

extension Figure.Curve {
  /// The mean of a split's members, epoch by epoch.
  init(_ name: String, _ members: [[EpochRecord]]) {
    func mean(_ value: (EpochRecord) -> Double?) -> [Double] {
      (members.first ?? []).indices.compactMap { epoch in
        let values = members.compactMap { $0.indices.contains(epoch) ? value($0[epoch]) : nil }
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
      }
    }
    self.init(
      name: members.count > 1 ? "\(name), mean of \(members.count)" : name, trainingAccuracy: mean(\.trainingAccuracy),
      validationAccuracy: mean(\.validationAccuracy), trainingLoss: mean(\.trainingLoss),
      validationLoss: mean(\.validationLoss))
  }
}

extension ReportedEpoch: ExpressibleByArgument {}
