import Audio
import Foundation
import Testing

@Suite(.serialized) struct TrainCommandTests {
  let sandbox: Sandbox

  init() throws {
    sandbox = try Sandbox()
    try sandbox.makeCorpus()
  }

  struct Result: Decodable {
    let wa: Double
    let uar: Double
    let macro_f1: Double
    let n: Int
    let confusion: [[Int]]
    let labels: [String]
    let `protocol`: String
    let speaker_disjoint: Bool
  }

  @Test func trainsJudgesAndWritesEverything() throws {
    let outcome = try sandbox.train("run", "--learning-rate", "2e-3")
    #expect(outcome.status == 0, "\(outcome.errors)")
    for file in [
      "run.json", "result.json", "confusion.png", "reliability.png", "curves.png", "speakers/predictions.json",
      "speakers/bundle/bundle.json",
      "speakers/bundle/member-1.safetensors", "speakers/bundle/member-2.safetensors", "speakers/member-1/epochs.jsonl",
      "speakers/member-1/checkpoint.safetensors", "speakers/member-1/last.safetensors",
      "speakers/member-2/best.safetensors",
    ] { #expect(sandbox.exists("run/\(file)"), "\(file)") }
    let result = try JSONDecoder().decode(Result.self, from: sandbox.data("run/result.json"))
    #expect(result.n == 8 && result.labels == ["happy", "sad"] && result.speaker_disjoint)
    #expect(result.confusion.map { $0.reduce(0, +) } == [4, 4])
    #expect(result.protocol.contains("speaker-disjoint"))
    #expect(outcome.output.contains("Protocol: speaker-disjoint, test speakers speaker2"))
    #expect(abs(result.uar - Double(result.confusion[0][0] + result.confusion[1][1]) / 8) < 1e-12)

    // The bundle of a split is judged as in training: the same confusion matrix.
    let evaluation = try sandbox.emotive(
      "evaluate", "--bundle", "run/speakers/bundle", "--corpus", "csv=corpus.csv", "--split", "speakers:speaker2",
      "--json",
      "evaluation.json", "--picture", "evaluation.svg")
    #expect(evaluation.status == 0, "\(evaluation.errors)")
    let evaluated = try JSONDecoder().decode(Result.self, from: sandbox.data("evaluation.json"))
    #expect(evaluated.confusion == result.confusion && evaluated.speaker_disjoint)
    #expect(sandbox.exists("evaluation.svg"))
    // And so is the run itself; together with itself it is an ensemble of twice as many.
    let runs = try sandbox.emotive(
      "evaluate", "--run", "run", "--run", "run", "--corpus", "csv=\(sandbox.path("corpus.csv"))", "--json", "runs.json"
    )
    #expect(runs.status == 0 && runs.output.contains("4 network(s) of run, run"), "\(runs.errors)")
    let merged = try JSONDecoder().decode(Result.self, from: sandbox.data("runs.json"))
    #expect(merged.confusion == result.confusion && merged.speaker_disjoint && merged.n == 8)
    let unfinished = try sandbox.emotive("evaluate", "--run", "cache", "--corpus", "csv=corpus.csv")
    #expect(unfinished.status == 64 && unfinished.errors.contains("no finished run"))
    // On its own training recordings it says so.
    let flattered = try sandbox.emotive("evaluate", "--bundle", "run/speakers/bundle", "--corpus", "csv=corpus.csv")
    #expect(flattered.output.contains("trained on 16 of these 24 recordings"))
    #expect(!flattered.output.contains("no speaker on both sides"))

    // A second run into the same folder needs --resume, and then does nothing again.
    let record = try sandbox.data("run/run.json")
    let remnant = sandbox.path("run/speakers/member-1/last.safetensors.part")
    try Data().write(to: URL(filePath: remnant))
    let again = try sandbox.train("run", "--learning-rate", "2e-3")
    #expect(again.status == 64 && again.errors.contains("--resume"))
    let resumed = try sandbox.train("run", "--learning-rate", "2e-3", "--resume")
    #expect(resumed.status == 0 && resumed.errors.contains("already trained"))
    let other = try sandbox.train("run", "--learning-rate", "1e-3", "--resume")
    #expect(other.status == 64 && other.errors.contains("other settings"))
    #expect(!FileManager.default.fileExists(atPath: remnant))
    // With other recordings it fails, and what run.json says stays true.
    let table = try sandbox.text("corpus.csv").replacing("happy-0-0.wav,happy,speaker0\n", with: "")
    try Data(table.utf8).write(to: sandbox.folder.appending(path: "corpus.csv"))
    let mixed = try sandbox.train("run", "--learning-rate", "2e-3", "--resume")
    #expect(mixed.status == 1 && mixed.errors.contains("other settings or recordings"), "\(mixed.errors)")
    #expect(try sandbox.data("run/run.json") == record)
  }

  @Test func aRunWithoutAnEpochLeavesItsFolderFree() throws {
    // A file in the place of the split's folder is only found by training.
    try FileManager.default.createDirectory(atPath: sandbox.path("run"), withIntermediateDirectories: true)
    try Data().write(to: sandbox.folder.appending(path: "run/speakers"))
    let failed = try sandbox.train("run", "--epochs", "1")
    #expect(failed.status == 1 && sandbox.exists("run/run.json"), "\(failed.errors)")
    #expect(!failed.errors.contains("NSCocoaErrorDomain"), "\(failed.errors)")
    try FileManager.default.removeItem(atPath: sandbox.path("run/speakers"))
    let mended = try sandbox.train("run", "--epochs", "1", "--members", "1")
    #expect(mended.status == 0, "\(mended.errors)")
    #expect(try sandbox.text("run/run.json").contains("\"members\" : 1"))
  }

  @Test func aRunKilledAtAnyMomentEndsInTheSameWeights() throws {
    let whole = try sandbox.train("whole")
    #expect(whole.status == 0, "\(whole.errors)")
    var kills = 0
    for moment in [0.4, 0.9, 1.5] {
      let process = sandbox.process(sandbox.trainArguments("killed") + ["--resume"])
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      // Killed a while after a first new epoch is on disk, wherever that falls.
      let deadline = Date.now.addingTimeInterval(60)
      let before = (try? sandbox.text("killed/speakers/member-1/epochs.jsonl")) ?? ""
      while process.isRunning, Date.now < deadline,
        ((try? sandbox.text("killed/speakers/member-1/epochs.jsonl")) ?? "") == before
      { usleep(2_000) }
      usleep(UInt32(moment * 100_000))
      if process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        kills += 1
      }
      process.waitUntilExit()
    }
    #expect(kills > 0)
    let resumed = try sandbox.train("killed", "--resume")
    #expect(resumed.status == 0, "\(resumed.errors)")
    for member in ["member-1", "member-2"] {
      let file = "speakers/\(member)/last.safetensors"
      #expect(try sandbox.data("whole/\(file)") == sandbox.data("killed/\(file)"))
    }
    #expect(try sandbox.data("whole/result.json") == sandbox.data("killed/result.json"))
  }

  /// Training-set whitening is made of the training side: other test recordings leave it, other training recordings not.
  @Test func whiteningNeverSeesTheTestSide() throws {
    func whitening(_ output: String) throws -> NSDictionary {
      let outcome = try sandbox.train(output, "--whitening", "training-set", "--epochs", "1", "--members", "1")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let bundle = try JSONSerialization.jsonObject(with: sandbox.data("\(output)/speakers/bundle/bundle.json"))
      return try #require((bundle as? [String: Any])?["whitening"] as? NSDictionary)
    }
    func change(speaker: Int) throws {
      for label in ["happy", "sad"] {
        let samples = (0..<4_000).map { Float(0.3 * sin(Double($0 * $0) / 9_000)) }
        let file = sandbox.path("\(label)-\(speaker)-0.wav")
        try AudioFile.write(Waveform(samples: samples, sampleRate: 8_000), to: file)
      }
    }
    let first = try whitening("first")
    try change(speaker: 2)
    #expect(try whitening("other-test") == first)
    try change(speaker: 0)
    #expect(try whitening("other-training") != first)
  }

  @Test func badRecordingsAreListedAndSkipped() throws {
    try Data("not a recording".utf8).write(to: sandbox.folder.appending(path: "broken.wav"))
    let table = try sandbox.text("corpus.csv") + "broken.wav,happy,speaker1\n"
    try Data(table.utf8).write(to: sandbox.folder.appending(path: "corpus.csv"))
    let outcome = try sandbox.train("run", "--epochs", "1")
    #expect(outcome.status == 1 && outcome.errors.contains("broken.wav: not a sound file"))
    #expect(sandbox.exists("run/result.json"))
    let skipped = try sandbox.train("other", "--epochs", "1", "--skip-bad")
    #expect(skipped.status == 0 && skipped.errors.contains("broken.wav"))
  }

  @Test(
    arguments: [
      (["--network", "vgg16"], "expected one of alexnet", 64),
      (["--network", "crnn", "--weights", "imagenet"], "no ImageNet weights for crnn; give --weights none", 64),
      (["--weights", "nowhere.pth"], "no such file", 64), (["--weights", "imagenet"], "are not on this machine", 1),
      (["--weights", "corpus.csv"], "is neither .safetensors nor", 1),
      (["--learning-rate=-1"], "--learning-rate must be above 0", 64),
      (["--epochs", "0"], "--epochs must be at least", 64),
      (["--validation", "2"], "--validation \"2\": expected none, test", 64),
      (["--split", "speakers:nobody"], "--split speakers:nobody: no recording of nobody", 1),
      (["--split", "cross"], "and another", 1), (["--split", "kfold:9"], "--split kfold:9: 9 folds need", 1),
      (["--network", ","], "--network names no network", 64),
      (["--split", "foo"], "--split \"foo\": unknown kind", 64), (["--split", "kfold:1"], "number of folds", 64),
      (["--fft-size", "1000"], "power of two", 64), (["--teacher", "x"], "--distillation go together", 64),
      (["--members", "0"], "--members must be at least 1", 64), (["--schedule", "steps:0:1"], "schedule", 64),
      (["--speed", "0.1"], "--speed must be 0 with --fit resample", 64),
      (["--device", "mps"], "--device mps", 64), (["--epoch", "best"], "--epoch best needs", 64),
      (["--corpus", "foo=/tmp"], "--corpus \"foo=/tmp\": unknown kind", 64), (["--evidence", "x"], "--evidence x", 64),
      (["--output", "/proc/run"], "--output /proc/run: cannot be written", 1),
      (["--output", "corpus.csv"], "this is a file; name a folder", 1),
    ] as [([String], String, Int32)])
  func wrongUsageIsNamed(_ arguments: [String], _ message: String, _ status: Int32) throws {
    let outcome = try sandbox.emotive(arguments: sandbox.trainArguments("run") + arguments)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    // Nothing is begun, so that the command can be mended.
    #expect(!sandbox.exists("run") && !sandbox.exists("cache/features"))
  }
}
