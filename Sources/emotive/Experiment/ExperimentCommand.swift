import ArgumentParser
import Corpora
import Evaluation
import Foundation
import Reporting
import Storage
import Torch

/// `emotive experiment`
struct ExperimentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Repeats an experiment of the paper, each run under its random split and under a speaker-disjoint one.",
    discussion: """
      NAME is one of \(Experiment.Name.allCases.map(\.rawValue).joined(separator: ", ")), or all. The first corpus is \
      tested on, in place of the paper's class recordings; the others are the paper's extra corpora.

      Finished runs are never repeated, nor are those that another experiment in DIR has under another name. A run that \
      was killed continues; one that fails is recorded while the others go on. `emotive report DIR` makes a page of \
      whatever is finished.

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
        # the second member of an ensemble, by a job of its own:
        emotive experiment ensemble --only ensemble-random --member 2 \\
          --corpus ravdess=/data/ravdess --output runs/paper
      """)

  @Argument(help: ArgumentHelp("The experiment, or all.", valueName: "NAME")) var name: String
  @OptionGroup var corpora: CorpusOptions
  @Option(help: ArgumentHelp("The folder for everything that the runs write.", valueName: "DIR")) var output: String
  @Option(
    help: ArgumentHelp(
      "The network instead of DenseNet-161; for architectures, those to compare, with commas.", valueName: "NAME"))
  var network: String?
  @Option(
    help: ArgumentHelp(
      "Where networks start: imagenet, none or a weight file; one for all, or one for each network, with commas.",
      valueName: "WEIGHTS"))
  var weights = "imagenet"
  @Option(
    parsing: .unconditional, help: "Passes over the training side instead of the paper's; schedules keep their shape.")
  var epochs: Int?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The highest learning rate from the schedules on instead of the paper's 1e-3, at which networks without batch "
        + "normalisation may learn nothing.", valueName: "RATE"))
  var learningRate: Double?
  @Option(parsing: .unconditional, help: "The members of the ensemble.") var members = 4
  @Option(
    help: ArgumentHelp(
      "The speaker-disjoint protocol: \(SplitPlan.disjointForms); by default emobox where the first corpus is RAVDESS, "
        + "else kfold:5, or loso below ten speakers; none where speakers are not known.",
      valueName: "SPLIT"))
  var disjointSplit: String?
  @Flag(
    help: ArgumentHelp(
      "For a look in minutes, not for figures: unless other flags say otherwise, 4 epochs, 240 recordings of each "
        + "corpus drawn at random, one fold, no leave-one-speaker-out, SqueezeNet 1.1 and no DenseNet."))
  var quick = false
  @Option(parsing: .unconditional, help: "The seed of everything.") var seed: UInt64 = 1
  @Flag(help: "Show the runs and how long they would take on this machine, without starting any.") var list = false
  @Option(
    help: ArgumentHelp(
      "Run only this one, as --list names it, so that runs can be spread over machines; may be repeated.",
      valueName: "EXPERIMENT/RUN"))
  var only: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Train only this member, from 1, of the run that --only names, and evaluate nothing, so that members can be spread "
        + "over machines too; the same command without it then evaluates.", valueName: "K"))
  var member: Int?
  @Option(help: "Where networks are computed: cpu, cuda or mps.") var device = Device.cpu
  @Option(
    help: ArgumentHelp(
      "The networks' number format, which must be the same for runs that are spread over machines; by default "
        + "bfloat16 where the device is fast with it, else float32.", valueName: "float32|bfloat16"),
    transform: trainable)
  var precision: Precision?
  @Option(help: ArgumentHelp("The folder of computed features, shared by all runs.", valueName: "DIR"))
  var featureStore = defaultFeatureStore()
  @Flag(help: "Exit with status 0 even if recordings had to be left out.") var skipBad = false

  func validate() throws {
    _ = try names()
    try device.checkAvailable()
    if let disjointSplit {
      let plan = try usage { try naming(split: "--disjoint-split") { try SplitPlan(disjointSplit) } }
      guard plan.isSpeakerDisjoint == true else {
        throw ValidationError(
          "--disjoint-split \(disjointSplit): it is not speaker-disjoint; expected for instance emobox, kfold:5 or loso"
        )
      }
    }
    if let epochs, !(1...1_000_000).contains(epochs) {
      throw ValidationError("--epochs must be 1 to 1,000,000, but is \(epochs)")
    }
    if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
      throw ValidationError("--learning-rate must be above 0 and finite, but is \(learningRate)")
    }
    if members < 1 { throw ValidationError("--members must be at least 1, but is \(members)") }
    if let member {
      guard !only.isEmpty else {
        throw ValidationError("--member \(member) needs --only EXPERIMENT/RUN, the run whose member it is; see --list")
      }
      guard !list else { throw ValidationError("--member \(member): --list trains nothing; give one of the two") }
    }
    let networks = network?.split(separator: ",").count ?? 0
    if networks > 1, !["architectures", "all"].contains(name) {
      throw ValidationError("--network \(network ?? ""): \(name) takes one network, it compares something else")
    }
    if networks == 1, name == "architectures" {
      throw ValidationError(
        "--network \(network ?? ""): architectures compares networks; give two or more with commas, or none for the paper's"
      )
    }
  }

  func run() throws {
    if !list {
      try checkWritable(output, flag: "--output", isFolder: true)
      try checkWritable(featureStore, flag: "--feature-store", isFolder: true)
    }
    let read = try corpora.read()
    let choices = try choices(of: read)
    let experiments = try names().map { Experiment($0, choices) }
    try checkOnly(experiments)
    try checkMember(experiments)
    if choices.speakers == nil, disjointSplit == nil {
      note("The speakers of \(read[0].directory) are not all known: there is only the random split.")
    }
    for experiment in experiments { try checkFolder(of: experiment, read) }
    if list { return try printList(experiments, read) }
    for experiment in experiments { try checkSplits(of: experiment, read) }
    // A member alone has no curves, and what is finished has them.
    let isToDraw = experiments.contains { experiment in
      experiment.runs.contains { isWanted($0, of: experiment) && folder(of: $0, experiment).result == nil }
    }
    if member == nil, isToDraw { try Figure.checkAvailable() }
    let missing = missingWeights(of: experiments)
    guard missing.isEmpty else { throw Failure(missing.joined(separator: "\n")) }

    var leftOut = LeftOut()
    leftOut.add(read)
    var failures: [String] = []
    Runtime.keepFreedMemory()
    for experiment in experiments {
      let folder = URL(filePath: output).appending(path: experiment.name.rawValue)
      let declared = declaration(of: experiment)
      try writeJSON(declared, to: folder.appending(path: ExperimentRecord.fileName).path)
      for run in experiment.runs where isWanted(run, of: experiment) {
        let runFolder = RunFolder(folder.appending(path: run.name))
        note("\(experiment.name.rawValue)/\(run.name): \(run.title)")
        do {
          try train(run, read, in: runFolder, &leftOut)
        } catch {
          failures.append("\(experiment.name.rawValue)/\(run.name): \(error)")
          note("failed: \(failures.last ?? "")")
          // A run whose result stands has not failed, nor has one whose members other jobs train.
          guard runFolder.result == nil, member == nil, !(error is MemberBusy) else { continue }
          try writeJSON(RunFailure(reason: "\(error)"), to: runFolder.url.appending(path: RunFailure.fileName).path)
        }
      }
      print(table(declared, in: folder))
    }
    print("Written to \(output); `emotive report \(output)` makes the page.")
    if !failures.isEmpty {
      note("\n\(failures.count) run(s) failed:")
      for failure in failures { note("  \(failure)") }
    }
    try leftOut.finish(skipBad: skipBad)
    if !failures.isEmpty { throw ExitCode(1) }
  }

  private func choices(of read: [Corpus]) throws -> ExperimentChoices {
    var choices = ExperimentChoices()
    choices.networks = try network.map { try StartingWeights(networks: $0, weights: weights).networks } ?? []
    choices.weights = weights.split(separator: ",").map(String.init)
    choices.epochs = epochs
    choices.learningRate = learningRate
    choices.members = members
    choices.disjointSplit = disjointSplit
    choices.isQuick = quick
    choices.seed = seed
    choices.precision = precision ?? .preferred(on: device)
    choices.corpora = read.map(\.kind)
    choices.testedCorpus = read[0].name
    let speakers = Set(read[0].recordings.map(\.speaker))
    choices.speakers = speakers.contains(nil) ? nil : speakers.count
    return choices
  }
}
