import Foundation
import Testing

@Suite(.serialized) struct ExperimentCommandTests {
  let sandbox: Sandbox

  init() throws {
    sandbox = try Sandbox()
    try sandbox.makeCorpus()
  }

  func arguments(_ name: String, _ output: String) -> [String] {
    [
      "experiment", name, "--quick", "--corpus", "csv=\(sandbox.path("corpus.csv"))", "--weights", "none",
      "--epochs", "1", "--members", "2", "--disjoint-split", "kfold:3:1", "--output", sandbox.path(output),
    ]
  }

  func run(_ name: String, _ output: String, _ more: String...) throws -> Sandbox.Outcome {
    try sandbox.emotive(arguments: arguments(name, output) + more)
  }

  func files(_ folder: String) -> Int {
    (try? FileManager.default.subpathsOfDirectory(atPath: sandbox.path(folder)).count) ?? 0
  }

  static let runs = ["single-random", "single-disjoint", "ensemble-random", "ensemble-disjoint"]

  @Test func theSameSeedGivesTheSameResultAlsoAfterKills() throws {
    let first = try run("ensemble", "first")
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("Quick: few epochs") && first.output.contains("(speakers on both sides)"))

    // Three times, each at a moment of its own after something new is on disk.
    var moments: [UInt32] = []
    for _ in 1...3 {
      let killed = sandbox.process(arguments("ensemble", "second"))
      killed.standardOutput = FileHandle.nullDevice
      killed.standardError = FileHandle.nullDevice
      let before = files("second")
      try killed.run()
      let deadline = Date.now.addingTimeInterval(120)
      while killed.isRunning, Date.now < deadline, files("second") == before { usleep(5_000) }
      moments.append(.random(in: 0..<3_000_000))
      usleep(moments.last ?? 0)
      kill(killed.processIdentifier, SIGKILL)
      killed.waitUntilExit()
    }
    let second = try run("ensemble", "second")
    #expect(second.status == 0, "\(second.errors)")
    for name in Self.runs {
      let file = "ensemble/\(name)/result.json"
      #expect(
        try sandbox.data("first/\(file)") == sandbox.data("second/\(file)"), "\(name), killed after \(moments) µs")
    }
    #expect(!sandbox.exists("first/ensemble/single-random/random/member-1/checkpoint.safetensors"))

    let again = try run("ensemble", "first")
    #expect(Self.runs.allSatisfy { again.errors.contains("\($0): finished before") })
    let record = try sandbox.text("first/ensemble/experiment.json")
    #expect(record.contains(#""quick" : true"#) && Self.runs.allSatisfy { record.contains($0) })
  }

  @Test func anEnsemblesMembersAreTrainedAsSeparateJobs() throws {
    let whole = try run("ensemble", "whole", "--only", "ensemble-random")
    #expect(whole.status == 0, "\(whole.errors)")
    for member in ["2", "1"] {
      let job = try run("ensemble", "apart", "--only", "ensemble-random", "--member", member)
      #expect(job.status == 0 && job.errors.contains("member \(member) of 2 is trained; nothing is evaluated yet"))
      #expect(job.output.split(separator: "\n").count { $0.contains("not finished") } == 4, "\(job.output)")
    }
    #expect(!sandbox.exists("apart/ensemble/ensemble-random/result.json"))
    let judged = try run("ensemble", "apart", "--only", "ensemble-random")
    #expect(judged.status == 0 && judged.errors.ranges(of: "already trained").count == 2, "\(judged.errors)")
    for file in ["result.json", "random/predictions.json"] {
      let file = "ensemble/ensemble-random/\(file)"
      #expect(try sandbox.data("whole/\(file)") == sandbox.data("apart/\(file)"), "\(file)")
    }
  }

  @Test(
    arguments: [
      ("ensemble", ["--member", "1"], "--member 1 needs --only EXPERIMENT/RUN"),
      ("ensemble", ["--member", "1", "--only", "ensemble-random", "--list"], "--list trains nothing"),
      (
        "ensemble", ["--member", "2", "--only", "single-random"],
        "--only ensemble/single-random: --member must be from 1 to 1"
      ),
      ("ensemble", ["--member", "3", "--only", "ensemble-random"], "--member must be from 1 to 2"),
      ("further-work", ["--member", "1", "--only", "svm-pretrained-random"], "--member 1: nothing is trained here"),
    ] as [(String, [String], String)])
  func aMemberThatCannotBeTrainedIsRefused(_ name: String, _ more: [String], _ message: String) throws {
    let outcome = try sandbox.emotive(arguments: arguments(name, "out") + more)
    #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome.errors)")
    #expect(!sandbox.exists("out"))
  }

  @Test func anEqualRunNeverReplacesAFolderWhereAMemberIsTrained() throws {
    let first = try run("representation", "out", "--only", "spectrograms-random")
    #expect(first.status == 0, "\(first.errors)")
    // As a job has it that trains there.
    let folder = sandbox.path("out/whitening/per-spectrogram-random/random/member-1")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let descriptor = open(folder + "/training.part", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    #expect(isLocked)
    let second = try run("whitening", "out", "--only", "per-spectrogram-random")
    #expect(second.status == 1 && second.errors.contains("member-1: another process is training"), "\(second.errors)")
    #expect(sandbox.exists("out/whitening/per-spectrogram-random/random/member-1/training.part"))
    close(descriptor)
    let third = try run("whitening", "out", "--only", "per-spectrogram-random")
    #expect(third.status == 0 && third.errors.contains("the same as representation/spectrograms-random"))
  }

  @Test func equalRunsOfTwoExperimentsAreTrainedOnce() throws {
    let first = try run("representation", "out", "--only", "spectrograms-random")
    #expect(first.status == 0, "\(first.errors)")
    let second = try run("whitening", "out", "--only", "per-spectrogram-random", "--only", "none-random")
    #expect(second.status == 0, "\(second.errors)")
    #expect(second.errors.contains("the same as representation/spectrograms-random, which is finished"))
    let (trained, adopted) = ("out/representation/spectrograms-random", "out/whitening/per-spectrogram-random")
    #expect(try sandbox.data("\(trained)/result.json") == sandbox.data("\(adopted)/result.json"))
    #expect(try sandbox.text("\(adopted)/run.json").contains(#""same_as" : "representation/spectrograms-random""#))
    // Other settings are another run.
    #expect(try !sandbox.text("out/whitening/none-random/run.json").contains("same_as"))

    let list = try run("whitening", "out", "--list")
    #expect(list.output.contains("finished") && !list.output.contains("as whitening/"))

    // What this call does not make stays declared as it was made, with its figures in the table.
    let network = try run("whitening", "out", "--network", "squeezenet1_0", "--only", "training-set-random")
    #expect(network.status == 0 && network.output.contains("SqueezeNet 1.1"), "\(network.errors)")
    #expect(network.output.split(separator: "\n").count { $0.contains("not finished") } == 3, "\(network.output)")
    // As many recordings of other speakers are others, before anything is written or listed.
    let record = try sandbox.data("out/whitening/experiment.json")
    let table = try sandbox.text("corpus.csv").replacing("speaker0", with: "somebody")
    try Data(table.utf8).write(to: sandbox.folder.appending(path: "corpus.csv"))
    for flag in ["--skip-bad", "--list"] {
      let others = try run("whitening", "out", "--only", "none-random", flag)
      #expect(others.status == 64 && others.errors.contains("whitening/none-random is a finished run with other"))
    }
    #expect(try sandbox.data("out/whitening/experiment.json") == record)
  }

  @Test func unknownSpeakersLeaveTheRandomSplit() throws {
    let table = try sandbox.text("corpus.csv").replacing(/,speaker\d/, with: "").replacing(",speaker\n", with: "\n")
    try Data(table.utf8).write(to: sandbox.folder.appending(path: "corpus.csv"))
    let arguments = arguments("whitening", "out").filter { !["--disjoint-split", "kfold:3:1"].contains($0) }
    let list = try sandbox.emotive(arguments: arguments + ["--list"])
    #expect(list.status == 0 && list.errors.contains("there is only the random split"), "\(list.errors)")
    #expect(list.output.contains("whitening/none-random") && !list.output.contains("-disjoint"))
    let made = try sandbox.emotive(arguments: arguments + ["--only", "none-random"])
    #expect(made.status == 0 && made.output.contains("(perhaps speakers on both sides)"), "\(made.errors)")
  }

  @Test func oneClassIsRefusedBeforeAnythingIsWritten() throws {
    let table = try sandbox.text("corpus.csv").replacing(",sad,", with: ",happy,")
    try Data(table.utf8).write(to: sandbox.folder.appending(path: "corpus.csv"))
    let outcome = try run("whitening", "out")
    #expect(outcome.status == 1 && outcome.errors.contains("at least two classes, found happy"), "\(outcome.errors)")
    #expect(!sandbox.exists("out"))
  }

  @Test func networksThatWouldBeIgnoredAreRefused() throws {
    let many = try run("whitening", "out", "--network", "squeezenet1_1,alexnet", "--list")
    #expect(many.status == 64 && many.errors.contains("whitening takes one network"), "\(many.errors)")
    let one = try run("architectures", "out", "--network", "resnet34", "--list")
    #expect(one.status == 64 && one.errors.contains("give two or more"), "\(one.errors)")
  }

  @Test func aFailingRunIsRecordedAndTheOthersGoOn() throws {
    // These weights are of another network than one of the two that are compared.
    let trained = try sandbox.train("run", "--epochs", "1")
    #expect(trained.status == 0)
    let weights = sandbox.path("run/speakers/member-1/last.safetensors")
    let outcome = try run(
      "architectures", "out", "--network", "resnet18,squeezenet1_1", "--weights", "\(weights),none", "--only",
      "resnet18-random", "--only", "squeezenet1_1-random")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("1 run(s) failed") && outcome.output.contains("not finished"))
    let failed = outcome.output.split(separator: "\n").filter { $0.hasSuffix(" failed") }
    #expect(
      failed.count == 1 && failed[0].hasPrefix("resnet18-random ") && failed[0].contains("random"), "\(outcome.output)")
    #expect(try sandbox.text("out/architectures/resnet18-random/failed.json").contains("reason"))
    #expect(sandbox.exists("out/architectures/squeezenet1_1-random/result.json"))
    #expect(!sandbox.exists("out/architectures/squeezenet1_1-disjoint"))
  }

  @Test func theListStartsNothing() throws {
    let outcome = try run("ensemble", "out", "--list")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(Self.runs.allSatisfy { outcome.output.contains("ensemble/\($0)") })
    #expect(outcome.output.contains("All together about") && !sandbox.exists("out"))
  }

  @Test func whatIsMissingIsFoundBeforeFeaturesAreComputed() throws {
    let list = try run("losses", "out", "--weights", "imagenet", "--only", "cross-entropy-random", "--list")
    #expect(list.status == 0 && list.output.contains("emotive fetch weights squeezenet1_1"), "\(list.errors)")
    let weights = try run("losses", "out", "--weights", "imagenet")
    #expect(weights.status == 1 && weights.errors.contains("emotive fetch weights squeezenet1_1"), "\(weights.errors)")
    let output = try run("losses", "out", "--output", "/proc/out")
    #expect(output.status == 1 && output.errors.contains("--output /proc/out"), "\(output.errors)")
    let store = try run("losses", "out", "--feature-store", "corpus.csv")
    #expect(store.status == 1 && store.errors.contains("--feature-store corpus.csv: this is a file"), "\(store.errors)")
    #expect(!sandbox.exists("out") && !sandbox.exists("cache/features"))
  }

  @Test func wrongNamesAreNamed() throws {
    let experiment = try run("nonsense", "out")
    #expect(experiment.status == 64 && experiment.errors.contains("representation, whitening"))
    let only = try run("losses", "out", "--only", "nonsense")
    #expect(only.status == 64 && only.errors.contains("cross-entropy-random"))
    let disjoint = try run("losses", "out", "--list", "--disjoint-split", "kfold:99")
    #expect(disjoint.status == 1 && disjoint.errors.contains("Error: --disjoint-split kfold:99: 99 folds need"))
    #expect(!sandbox.exists("out"))
  }
}
