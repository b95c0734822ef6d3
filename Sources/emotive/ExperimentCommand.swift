import ArgumentParser
import Corpora
import Evaluation
import Foundation
import Networks
import Reporting
import Torch
import Training

/// `emotive experiment`
struct ExperimentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Repeats an experiment of the paper, each run under its random split and under a speaker-disjoint one.",
    discussion: """
      NAME is one of \(Experiment.Name.allCases.map(\.rawValue).joined(separator: ", ")), or all. The first corpus is the \
      one that is tested on, in the place of the paper's class recordings; the others are its extra corpora. A run that \
      is finished is never repeated, nor is one that another experiment in DIR has under another name; one that was \
      killed goes on, one that fails is recorded and the others go on. `emotive report DIR` makes the page of whatever is finished.

      EXAMPLES
        emotive experiment all --list --corpus ravdess=/data/ravdess \\
          --corpus savee=/data/savee --output runs/paper
        emotive experiment whitening --corpus ravdess=/data/ravdess \\
          --network squeezenet1_1 --output runs/paper
        emotive experiment architectures --corpus ravdess=/data/ravdess \\
          --network squeezenet1_1,alexnet --weights imagenet,none \\
          --output runs/paper
        emotive experiment ensemble --quick --corpus ravdess=/data/ravdess \\
          --output runs/quick
        emotive experiment all --only representation/mfcc-random \\
          --corpus ravdess=/data/ravdess --output runs/paper
      """)

  @Argument(help: ArgumentHelp("The experiment, or all.", valueName: "NAME")) var name: String
  @OptionGroup var corpora: CorpusOptions
  @Option(help: ArgumentHelp("The folder for everything that the runs write.", valueName: "DIR")) var output: String
  @Option(
    help: ArgumentHelp(
      "The network instead of DenseNet-161; for architectures those to compare, with commas.", valueName: "NAME"))
  var network: String?
  @Option(
    help: ArgumentHelp(
      "Where networks start: imagenet, none or a weight file; one for all, or one for each network, with commas.",
      valueName: "WEIGHTS"))
  var weights = "imagenet"
  @Option(help: "Passes over the training side instead of the paper's; schedules keep their shape.") var epochs: Int?
  @Option(
    help: ArgumentHelp(
      "The highest learning rate from the schedules on instead of the paper's 1e-3, at which networks without batch "
        + "normalisation may learn nothing.", valueName: "RATE"))
  var learningRate: Double?
  @Option(help: "The members of the ensemble.") var members = 4
  @Option(
    help: ArgumentHelp(
      "The speaker-disjoint protocol: speakers:ID,ID, loso, kfold:K[:FOLD], emobox[:FOLD], luna-jimenez[:FOLD] or "
        + "cross[:CORPUS]; by default emobox where the first corpus is RAVDESS, else kfold:5.",
      valueName: "SPLIT"))
  var disjointSplit: String?
  @Flag(help: "Few epochs on few recordings with a small network: for a look in minutes, not for figures.")
  var quick = false
  @Option(help: "The seed of everything.") var seed: UInt64 = 1
  @Flag(help: "Show the runs and how long they would take on this machine, and start none.") var list = false
  @Option(
    help: ArgumentHelp(
      "Run only this one, as --list names it, so that runs can be spread over machines; may be repeated.",
      valueName: "EXPERIMENT/RUN"))
  var only: [String] = []
  @Option(help: "Where networks are computed: cpu, cuda or mps.") var device = Device.cpu
  @Option(help: ArgumentHelp("The folder of computed features, shared by all runs.", valueName: "DIR"))
  var featureStore = defaultFeatureStore()
  @Flag(help: "Exit with status 0 even if recordings had to be left out.") var skipBad = false

  func validate() throws {
    _ = try names()
    if !device.isAvailable {
      throw ValidationError("--device \(device.rawValue): this machine or this libtorch has none")
    }
    if let disjointSplit {
      let plan = try usage { try naming(split: "--disjoint-split") { try SplitPlan(disjointSplit) } }
      guard plan.isSpeakerDisjoint else {
        throw ValidationError(
          "--disjoint-split \(disjointSplit): it is not speaker-disjoint; expected for instance emobox, kfold:5 or loso"
        )
      }
    }
    if let epochs, epochs < 1 { throw ValidationError("--epochs must be at least 1, but is \(epochs)") }
    if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be above 0, but is \(learningRate)")
    }
    if members < 1 { throw ValidationError("--members must be at least 1, but is \(members)") }
  }

  func run() throws {
    let read = try corpora.read()
    var choices = ExperimentChoices()
    choices.networks = try network.map { try StartingWeights(networks: $0, weights: weights).networks } ?? []
    choices.weights = weights.split(separator: ",").map(String.init)
    choices.epochs = epochs
    choices.learningRate = learningRate
    choices.members = members
    choices.disjointSplit = disjointSplit
    choices.isQuick = quick
    choices.seed = seed
    choices.corpora = read.map(\.kind)
    let experiments = try names().map { Experiment($0, choices) }
    try checkOnly(experiments)
    if list { return try printList(experiments, read) }
    for experiment in experiments { try checkFolder(of: experiment) }

    var leftOut = LeftOut()
    var failures: [String] = []
    Runtime.keepFreedMemory()
    for experiment in experiments {
      let folder = URL(filePath: output).appending(path: experiment.name.rawValue)
      try write(
        json(experiment.record(quick: quick)), to: folder.appending(path: ExperimentRecord.fileName).path)
      for run in experiment.runs where isWanted(run, of: experiment) {
        let runFolder = RunFolder(folder.appending(path: run.name))
        note("\(experiment.name.rawValue)/\(run.name): \(run.title)")
        do {
          try train(run, read, in: runFolder, &leftOut)
        } catch {
          failures.append("\(experiment.name.rawValue)/\(run.name): \(error)")
          note("failed: \(failures.last ?? "")")
          // A run that is finished, if with other settings, has not failed.
          guard runFolder.result == nil else { continue }
          try write(json(RunFailure(reason: "\(error)")), to: runFolder.url.appending(path: RunFailure.fileName).path)
        }
      }
      print(table(experiment, in: folder))
    }
    print("Written to \(output); `emotive report \(output)` makes the page.")
    if !failures.isEmpty {
      note("\n\(failures.count) run(s) failed:")
      for failure in failures { note("  \(failure)") }
    }
    try leftOut.finish(skipBad: skipBad)
    if !failures.isEmpty { throw ExitCode(1) }
  }
}

// MARK: - Parts

extension ExperimentCommand {
  private func names() throws -> [Experiment.Name] {
    if name == "all" { return Experiment.Name.allCases }
    guard let experiment = Experiment.Name(rawValue: name) else {
      let names = Experiment.Name.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("\(name): there is no such experiment; expected \(names) or all")
    }
    return [experiment]
  }

  /// Whether `--only` names a run, with its experiment or by itself.
  func isWanted(_ run: Experiment.Run, of experiment: Experiment) -> Bool {
    only.isEmpty || only.contains(run.name) || only.contains("\(experiment.name.rawValue)/\(run.name)")
  }

  private func checkOnly(_ experiments: [Experiment]) throws {
    let names = experiments.flatMap { experiment in experiment.runs.map { "\(experiment.name.rawValue)/\($0.name)" } }
    for name in only {
      let meant = names.filter { $0 == name || $0.hasSuffix("/\(name)") }
      guard !meant.isEmpty else {
        throw ValidationError("--only \(name): there is no such run; the runs are \(names.joined(separator: ", "))")
      }
      guard meant.count == 1 else {
        throw ValidationError("--only \(name): it could be \(meant.joined(separator: " or ")); name the experiment too")
      }
    }
  }

  /// Quick runs and others do not go into one folder: a reader could not tell them apart.
  private func checkFolder(of experiment: Experiment) throws {
    let folder = URL(filePath: output).appending(path: experiment.name.rawValue)
    guard let data = try? Data(contentsOf: folder.appending(path: ExperimentRecord.fileName)),
      let earlier = try? JSONDecoder().decode(ExperimentRecord.self, from: data), (earlier.quick ?? false) != quick
    else { return }
    throw ValidationError(
      "--output \(output): its \(experiment.name.rawValue) was made \(quick ? "without" : "with") --quick; "
        + "give another folder, or the same flag")
  }

  private func train(_ run: Experiment.Run, _ read: [Corpus], in folder: RunFolder, _ leftOut: inout LeftOut) throws {
    let used = run.data.apply(to: read, seed: seed)
    let sources = used.map { "\($0.kind.rawValue)=\($0.directory)" }
    let record = RunRecord(
      command: CommandLine.arguments, settings: run.settings, corpora: used, sources: sources)
    if folder.result != nil {
      guard try folder.record?.hasSameResult(as: record) == true else {
        throw TrainingError(
          "\(folder.url.path) holds a finished run with other settings or recordings; give another --output, or delete it"
        )
      }
      return note("\(folder.url.lastPathComponent): finished before")
    }
    if let name = try folder.adoptEqual(to: record, in: URL(filePath: output)) {
      return note("the same as \(name), which is finished")
    }
    try folder.claim(record, resume: true)
    try? FileManager.default.removeItem(at: folder.url.appending(path: RunFailure.fileName))
    let starts = try StartingWeights(
      networks: run.settings.networks.map(\.rawValue).joined(separator: ","), weights: run.settings.weights)
    let images = try RunImages(
      run.settings.features, store: URL(filePath: featureStore), used.flatMap(\.recordings), &leftOut)
    let protocolRun = try naming(split: run.splitFlag) {
      try ProtocolRun(
        run.settings, recordings: images.recordings, device: device, start: { try starts.weights(for: $0) },
        images: { try images.images(of: $0) })
    }
    _ = try folder.train(protocolRun)
    try folder.removeCheckpoints()
  }

  private func table(_ experiment: Experiment, in folder: URL) -> String {
    var table = TextTable(["run", "network", "protocol", "paper WA", "WA", "UAR", "95% interval of UAR"], leading: 3)
    for run in experiment.runs {
      let runFolder = RunFolder(folder.appending(path: run.name))
      let result = runFolder.result
      let interval = result.map { "\(decimals($0.intervals.uar.low)) - \(decimals($0.intervals.uar.high))" }
      table.add([
        run.title, run.settings.title, protocolText(run), run.paperWA.map { decimals($0) } ?? "",
        result.map { decimals($0.wa) } ?? (runFolder.hasFailed ? "failed" : "not finished"),
        result.map { decimals($0.uar) } ?? "", interval ?? "",
      ])
    }
    let quickNote = quick ? "\nQuick: few epochs on few recordings; the figures say nothing about the method." : ""
    return "\n\(experiment.title) (paper: \(experiment.paperSection))\(quickNote)\n\n\(table)\n"
  }
}
