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
    let ece: Double?
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
    #expect(outcome.output.contains(", taking recordings as independent."), "\(outcome.output)")
    #expect(abs(result.uar - Double(result.confusion[0][0] + result.confusion[1][1]) / 8) < 1e-12)

    // The bundle of a split is judged as in training: the same confusion matrix.
    let evaluation = try sandbox.emotive(
      "evaluate", "--bundle", "run/speakers/bundle", "--corpus", "csv=corpus.csv", "--split", "speakers:speaker2",
      "--output", "evaluation.json", "--picture", "evaluation.svg")
    #expect(evaluation.status == 0, "\(evaluation.errors)")
    let evaluated = try JSONDecoder().decode(Result.self, from: sandbox.data("evaluation.json"))
    #expect(evaluated.confusion == result.confusion && evaluated.speaker_disjoint)
    #expect(sandbox.exists("evaluation.svg"))
    // And so is the run itself; together with one of other seeds it is an ensemble of twice as many, but not with itself.
    try FileManager.default.copyItem(atPath: sandbox.path("run"), toPath: sandbox.path("copy"))
    let apart = try sandbox.train("apart", "--learning-rate", "2e-3", "--seed", "3")
    #expect(apart.status == 0, "\(apart.errors)")
    let runs = try sandbox.emotive(
      "evaluate", "--run", "run", "--run", "apart", "--corpus", "csv=\(sandbox.path("corpus.csv"))", "--output",
      "runs.json")
    #expect(runs.status == 0 && runs.output.contains("4 network(s) of run, apart"), "\(runs.errors)")
    let twice = try sandbox.emotive(
      "evaluate", "--run", "run", "--run", "./copy/../run", "--corpus", "csv=\(sandbox.path("corpus.csv"))")
    #expect(twice.status == 64 && twice.errors.contains("the same run is given twice"), "\(twice.errors)")
    let merged = try JSONDecoder().decode(Result.self, from: sandbox.data("runs.json"))
    #expect(merged.confusion.map { $0.reduce(0, +) } == [4, 4] && merged.speaker_disjoint && merged.n == 8)
    // One alone has the run's own figures, its calibration too; one whose answers are damaged or gone says so.
    let alone = try sandbox.emotive("evaluate", "--run", "run", "--corpus", "csv=corpus.csv", "--output", "alone.json")
    #expect(alone.status == 0, "\(alone.errors)")
    let same = try JSONDecoder().decode(Result.self, from: sandbox.data("alone.json"))
    #expect(same.ece == result.ece && same.confusion == result.confusion)
    let answers = sandbox.folder.appending(path: "copy/speakers/predictions.json")
    for (damage, reason) in [("{", ""), (#"{"files": []}"#, "truth is missing")] {
      try Data(damage.utf8).write(to: answers)
      let damaged = try sandbox.emotive("evaluate", "--run", "copy", "--corpus", "csv=corpus.csv")
      #expect(
        damaged.status == 64
          && damaged.errors.contains("copy/speakers/predictions.json cannot be read as predictions (\(reason)"),
        "\(damaged.errors)")
    }
    try FileManager.default.removeItem(at: answers)
    let silent = try sandbox.emotive("evaluate", "--run", "copy", "--corpus", "csv=corpus.csv")
    #expect(silent.status == 64 && silent.errors.contains("no predictions of any split"), "\(silent.errors)")
    // A bundle that does not say what it was trained on is not taken to be innocent.
    try FileManager.default.removeItem(atPath: sandbox.path("copy/speakers/bundle/recordings.txt"))
    let unsaid = try sandbox.emotive("evaluate", "--bundle", "copy/speakers/bundle", "--corpus", "csv=corpus.csv")
    #expect(unsaid.status == 0 && unsaid.output.contains("recordings the bundle was trained on is not known"))
    #expect(!unsaid.output.contains("trained on none"), "\(unsaid.output)")
    let pupil = try sandbox.train(
      "pupil", "--epochs", "1", "--members", "1", "--teacher", "copy/speakers/bundle", "--distillation", "0.5")
    #expect(pupil.status == 64 && pupil.errors.contains("it has no recordings.txt"), "\(pupil.errors)")
    let unfinished = try sandbox.emotive("evaluate", "--run", "cache", "--corpus", "csv=corpus.csv")
    #expect(unfinished.status == 64 && unfinished.errors.contains("it is not a finished run"))
    let nowhere = try sandbox.emotive("evaluate", "--run", "nowhere", "--corpus", "csv=corpus.csv")
    #expect(nowhere.status == 64 && nowhere.errors.contains("--run nowhere: there is no such folder"))
    // Of strangers it does not say what it cannot know.
    let strangers = ["happy", "sad"].flatMap { label in (0..<4).map { "\(label)-2-\($0).wav,\(label)" } }
    try Data((["path,label"] + strangers).joined(separator: "\n").utf8)
      .write(to: sandbox.folder.appending(path: "strangers.csv"))
    let unknown = try sandbox.emotive("evaluate", "--bundle", "run/speakers/bundle", "--corpus", "csv=strangers.csv")
    #expect(unknown.output.contains("Perhaps not speaker-disjoint"), "\(unknown.output)")
    #expect(unknown.output.contains("none of these recordings; 8 are of unknown speakers"), "\(unknown.output)")
    // Where no class is known, it says which are, once.
    let others = strangers.map { $0.replacing(",happy", with: ",tense").replacing(",sad", with: ",bored") }
    try sandbox.write((["path,label"] + others).joined(separator: "\n"), "others.csv")
    let foreign = try sandbox.emotive("evaluate", "--bundle", "run/speakers/bundle", "--corpus", "csv=others.csv")
    #expect(foreign.status == 1 && !foreign.errors.contains("left out"), "\(foreign.errors)")
    #expect(foreign.errors.contains("expected happy and sad, but found bored and tense;"), "\(foreign.errors)")
    // On its own training recordings it says so.
    let flattered = try sandbox.emotive("evaluate", "--bundle", "run/speakers/bundle", "--corpus", "csv=corpus.csv")
    #expect(flattered.output.contains("trained on 16 of these 24 recordings"))
    #expect(!flattered.output.contains("no speaker on both sides"))
    // Three speakers are too few for an interval.
    #expect(flattered.output.contains("95% interval (over 3 speakers)"), "\(flattered.output)")
    #expect(flattered.output.contains(/UAR \(mean recall\) +\d\.\d{3} +none\n/), "\(flattered.output)")

    // A second run into the same folder needs --resume, and then does nothing again.
    let record = try sandbox.data("run/run.json")
    let remnant = sandbox.path("run/speakers/member-1/last.safetensors.part")
    try Data().write(to: URL(filePath: remnant))
    let again = try sandbox.train("run", "--learning-rate", "2e-3")
    #expect(again.status == 64 && again.errors.contains("--resume"))
    let resumed = try sandbox.train("run", "--learning-rate", "2e-3", "--resume")
    #expect(resumed.status == 0 && resumed.errors.contains("already trained"))
    let other = try sandbox.train("run", "--learning-rate", "1e-3", "--resume")
    #expect(other.status == 64 && other.errors.contains("differs in training.learning_rate"), "\(other.errors)")
    #expect(!FileManager.default.fileExists(atPath: remnant))
    // With other recordings it fails, and what run.json says stays true.
    let table = try sandbox.text("corpus.csv").replacing("happy-0-0.wav,happy,speaker0\n", with: "")
    try Data(table.utf8).write(to: sandbox.folder.appending(path: "corpus.csv"))
    let mixed = try sandbox.train("run", "--learning-rate", "2e-3", "--resume")
    #expect(mixed.status == 1 && mixed.errors.contains("other settings or recordings"), "\(mixed.errors)")
    #expect(try sandbox.data("run/run.json") == record)
  }

  @Test func theCorpussOwnSplitIsKept() throws {
    let sides = ["speaker0": "train", "speaker1": "dev", "speaker2": "test"]
    let lines = try sandbox.text("corpus.csv").split(separator: "\n").map { line in
      "\(line),\(sides[String(line.split(separator: ",")[2])] ?? "split")"
    }
    try sandbox.write(lines.joined(separator: "\n"), "sided.csv")
    func train(_ output: String, _ more: String...) throws -> Sandbox.Outcome {
      try sandbox.emotive(
        arguments: [
          "train", "--corpus", "csv=sided.csv", "--network", "squeezenet1_1", "--weights", "none", "--split",
          "predefined",
          "--epochs", "1", "--batch-size", "4", "--output", output,
        ] + Sandbox.small + more)
    }
    let outcome = try train("own", "--epoch", "best")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let result = try JSONDecoder().decode(Result.self, from: sandbox.data("own/result.json"))
    #expect(result.n == 8 && result.speaker_disjoint && result.protocol.contains("the corpora's own split (csv)"))
    #expect(try sandbox.text("own/run.json").contains("\"predefined\""))
    let bundle = try sandbox.text("own/predefined/bundle/recordings.txt")
    #expect(!bundle.contains("happy-2-0"), "\(bundle)")
    #expect(try sandbox.text("own/predefined/predictions.json").contains("happy-2-0"))

    try sandbox.write(lines.map { $0.replacing(",dev", with: ",train") }.joined(separator: "\n"), "sided.csv")
    let without = try train("without")
    #expect(without.status != 0 && !sandbox.exists("without/run.json"))
    #expect(
      without.errors.contains("--validation predefined: the corpora hold 0 of 16 recordings back"), "\(without.errors)")
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

  @Test func membersTrainedAsSeparateJobsAreTheSameEnsemble() throws {
    let whole = try sandbox.train("whole", "--epochs", "2")
    #expect(whole.status == 0, "\(whole.errors)")
    // At the same time, into one folder and one feature store.
    let store = ["--epochs", "2", "--feature-store", sandbox.path("store")]
    let jobs = ["1", "2"].map { sandbox.process(sandbox.trainArguments("apart") + store + ["--member", $0]) }
    for job in jobs {
      job.standardOutput = FileHandle.nullDevice
      job.standardError = FileHandle.nullDevice
      try job.run()
    }
    for job in jobs {
      job.waitUntilExit()
      #expect(job.terminationStatus == 0)
    }
    for file in ["result.json", "curves.png", "speakers/predictions.json", "speakers/bundle"] {
      #expect(!sandbox.exists("apart/\(file)"), "\(file)")
    }
    // The record is that of the run, not of whichever job wrote it.
    #expect(try !sandbox.text("apart/run.json").contains("\"--member\""))

    let judged = try sandbox.train("apart", "--epochs", "2", "--resume")
    #expect(judged.status == 0 && judged.errors.ranges(of: "already trained").count == 2, "\(judged.errors)")
    for file in [
      "result.json", "speakers/predictions.json", "speakers/member-1/last.safetensors",
      "speakers/member-2/last.safetensors",
    ] { #expect(try sandbox.data("whole/\(file)") == sandbox.data("apart/\(file)"), "\(file)") }
    #expect(sandbox.exists("apart/speakers/bundle/bundle.json"))
    #expect(!sandbox.exists("apart/speakers/member-1/training.part"))
  }

  @Test func aMemberIsTrainedByOneProcessAtATime() throws {
    // As a process has it that trains there.
    let folder = sandbox.path("run/speakers/member-2")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let descriptor = open(folder + "/training.part", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    #expect(isLocked)
    let second = try sandbox.train("run", "--epochs", "1", "--member", "2")
    #expect(second.status == 1 && second.errors.contains("member-2: another process is training"), "\(second.errors)")
    let first = try sandbox.train("run", "--epochs", "1", "--member", "1")
    #expect(first.status == 0 && first.output.contains("Member 1 of 2 is trained; nothing is evaluated yet"))
    close(descriptor)
    // What no job has trained, the run that judges trains.
    let judged = try sandbox.train("run", "--epochs", "1", "--resume")
    #expect(judged.status == 0 && judged.errors.ranges(of: "already trained").count == 1, "\(judged.errors)")
    #expect(sandbox.exists("run/speakers/member-2/last.safetensors") && sandbox.exists("run/result.json"))
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

  /// Splits that share a training have a bundle each, by which a run teaches another.
  @Test func aCrossCorpusRunTeachesAnother() throws {
    try makeOtherCorpus()
    let cross = [
      "--corpus", "folder=\(sandbox.path("other"))", "--split", "cross:csv", "--validation", "none", "--epochs", "1",
      "--members", "1",
    ]
    let teacher = try sandbox.emotive(arguments: sandbox.trainArguments("teacher") + cross)
    #expect(teacher.status == 0, "\(teacher.errors)")
    #expect(sandbox.exists("teacher/cross-csv/member-1/last.safetensors"))
    #expect(sandbox.exists("teacher/cross-csv-folder/bundle/bundle.json") && sandbox.exists("teacher/curves.png"))
    let pupil = try sandbox.emotive(
      arguments: sandbox.trainArguments("pupil") + cross
        + ["--teacher", sandbox.path("teacher"), "--distillation", "0.5"])
    #expect(pupil.status == 0 && sandbox.exists("pupil/result.json"), "\(pupil.errors)")
  }

  /// Other corpora in training alter what networks are worth: figures say of which they are.
  @Test func figuresSayWhatElseTheNetworksHeard() throws {
    try makeOtherCorpus { "OAF_word\($1)_\($0)" }
    let (short, other) = (["--epochs", "1", "--members", "1"], ["--corpus", "tess=\(sandbox.path("other"))"])
    let alone = try sandbox.emotive(arguments: sandbox.trainArguments("alone") + short)
    let mixed = try sandbox.emotive(
      arguments: sandbox.trainArguments("mixed") + short + other + ["--extra-share", "0.25"])
    #expect(alone.status == 0 && mixed.status == 0, "\(mixed.errors)")
    #expect(try !sandbox.text("alone/result.json").contains("besides"))
    #expect(try sandbox.text("mixed/result.json").contains("trained on tess besides"))
    #expect(try sandbox.text("mixed/run.json").contains("\"extra_share\" : 0.25"))
    #expect(try !sandbox.text("alone/run.json").contains("extra_share"))
    for (run, isMixed) in [("alone", false), ("mixed", true)] {
      let judged = try sandbox.emotive("evaluate", "--run", run, "--corpus", "csv=\(sandbox.path("corpus.csv"))")
      #expect(judged.status == 0 && judged.output.contains("trained on tess besides") == isMixed, "\(judged.output)")
    }

    let bundle = try sandbox.emotive(
      arguments: sandbox.trainArguments("bundle") + short + other
        + ["--split", "none", "--validation", "none", "--evidence", "alone", "--evidence", "mixed"])
    #expect(bundle.status == 0, "\(bundle.errors)")
    let manifest = try sandbox.text("bundle/all/bundle/bundle.json")
    #expect(manifest.ranges(of: "of networks trained on csv; this bundle was trained on csv, tess").count == 1)

    let fewer = try sandbox.text("corpus.csv").split(separator: "\n").dropLast().joined(separator: "\n")
    try Data(fewer.utf8).write(to: URL(filePath: sandbox.path("corpus.csv")))
    let less = try sandbox.emotive(
      arguments: sandbox.trainArguments("less") + short
        + ["--split", "none", "--validation", "none", "--evidence", "alone"])
    #expect(less.status == 0, "\(less.errors)")
    let quoted = try sandbox.text("less/all/bundle/bundle.json")
    #expect(quoted.contains("of networks trained on other recordings of csv than"), "\(quoted)")

    try Data(#"{"command": 3}"#.utf8).write(to: URL(filePath: sandbox.path("alone/run.json")))
    let unreadable = try sandbox.emotive(
      arguments: sandbox.trainArguments("other") + short + other
        + ["--split", "none", "--validation", "none", "--evidence", "alone"])
    #expect(
      unreadable.status == 1 && unreadable.errors.contains("alone/run.json: not the record of a run: command has"),
      "\(unreadable.errors)")
  }

  /// Whoever starts from a bundle has heard what it has heard.
  @Test func startsThatHaveHeardTheTestSideAreRefused() throws {
    let short = ["--epochs", "1", "--members", "1", "--validation", "none"]
    let first = try sandbox.emotive(arguments: sandbox.trainArguments("first") + short + ["--split", "none"])
    #expect(first.status == 0, "\(first.errors)")
    let start = ["--weights", sandbox.path("first/all/bundle/member-1.safetensors")]
    let heard = try sandbox.emotive(arguments: sandbox.trainArguments("heard") + short + start)
    #expect(heard.status == 64 && heard.errors.contains("it was trained on 8 recordings of the test side of speakers"))
    #expect(!sandbox.exists("heard/run.json"))
    // The same speech with other bytes is still that of its speakers.
    try "0".data(using: .utf8).map { byte in
      for file in try FileManager.default.contentsOfDirectory(atPath: sandbox.folder.path) where file.hasSuffix(".wav")
      {
        let handle = try FileHandle(forWritingTo: sandbox.folder.appending(path: file))
        try handle.seekToEnd()
        try handle.write(contentsOf: byte)
        try handle.close()
      }
    }
    let known = try sandbox.emotive(arguments: sandbox.trainArguments("known") + short + start)
    #expect(known.status == 64 && known.errors.contains("trained on 1 of the speakers whom speakers tests"))

    try makeOtherCorpus { "OAF_word\($1)_\($0)" }
    var second = sandbox.trainArguments("second") + short + start + ["--split", "none"]
    second[2] = "tess=\(sandbox.path("other"))"
    let more = try sandbox.emotive(arguments: second)
    #expect(more.status == 0, "\(more.errors)")
    func list(_ run: String) throws -> Set<Substring> {
      Set(try sandbox.text("\(run)/all/bundle/recordings.txt").split(separator: "\n"))
    }
    let (old, all) = (try list("first"), try list("second"))
    // One of the six is the same sound as one of the first run's.
    #expect(all.isSuperset(of: old) && all.count == old.count + 5, "\(old.count), \(all.count)")
    let manifest = try sandbox.text("second/all/bundle/bundle.json")
    #expect(manifest.contains("speaker2") && manifest.contains("\"trained_on\" : \"6 recordings; "))
    #expect(try sandbox.text("second/run.json").contains("\"file\" : \"member-1.safetensors\""))
    // Whoever goes on has to start from the same file, whatever it is called.
    let file = sandbox.path("first/all/bundle/member-1.safetensors")
    try FileManager.default.removeItem(atPath: file)
    try FileManager.default.copyItem(atPath: sandbox.path("second/all/bundle/member-1.safetensors"), toPath: file)
    let other = try sandbox.emotive(arguments: second + ["--resume"])
    #expect(other.status == 64 && other.errors.contains("started squeezenet1_1 from another file"), "\(other.errors)")
  }

  private func makeOtherCorpus(name: (String, Int) -> String = { "\($0)/\($1)" }) throws {
    for (label, frequency) in [("happy", 850.0), ("sad", 220)] {
      try FileManager.default.createDirectory(
        atPath: sandbox.path("other/\(label)"), withIntermediateDirectories: true)
      for number in 0..<3 {
        let pitch = frequency * (1 + 0.02 * Double(number))
        let samples = (0..<4_000).map { Float(0.4 * sin(Double($0) * pitch * 2 * .pi / 8_000)) }
        try AudioFile.write(
          Waveform(samples: samples, sampleRate: 8_000), to: sandbox.path("other/\(name(label, number)).wav"))
      }
    }
  }

  @Test func badRecordingsAreListedAndSkipped() throws {
    try Data("not a recording".utf8).write(to: sandbox.folder.appending(path: "broken.wav"))
    // A file that is not there, and one that is there already as another class.
    let table =
      try sandbox.text("corpus.csv")
      + "broken.wav,happy,speaker1\nnowhere.wav,sad,speaker1\nhappy-0-0.wav,sad,speaker0\n"
    try Data(table.utf8).write(to: sandbox.folder.appending(path: "corpus.csv"))
    let outcome = try sandbox.train("run", "--epochs", "1")
    #expect(outcome.status == 1 && outcome.errors.contains("broken.wav: not a sound file"))
    #expect(sandbox.exists("run/result.json"))
    let skipped = try sandbox.train("other", "--epochs", "1", "--skip-bad")
    #expect(skipped.status == 0 && skipped.errors.contains("broken.wav"))
    let evaluation = try sandbox.emotive("evaluate", "--bundle", "run/speakers/bundle", "--corpus", "csv=corpus.csv")
    #expect(evaluation.status == 1)
    for errors in [outcome.errors, skipped.errors, evaluation.errors] {
      #expect(errors.contains("3 recordings were left out"), "\(errors)")
      #expect(errors.contains("nowhere.wav: corpus.csv, line 27: there is no such file"), "\(errors)")
      #expect(errors.contains("line 28: listed already in line 2 with another label, happy"), "\(errors)")
    }
    #expect(try sandbox.emotive("corpora", "scan", "--corpus", "csv=corpus.csv").status == 1)
  }

  @Test func labelsThatBecomeOneClassAreNamed() throws {
    let table = try sandbox.text("corpus.csv").replacing("happy-0-0.wav,happy", with: "happy-0-0.wav,joy")
    try Data(table.utf8).write(to: sandbox.folder.appending(path: "corpus.csv"))
    let note = "the labels happy and joy of csv are one class, happy"
    let scan = try sandbox.emotive("corpora", "scan", "--corpus", "csv=corpus.csv")
    #expect(scan.status == 0 && scan.output.contains("note: \(note)\n"), "\(scan.output)\(scan.errors)")
    let trained = try sandbox.train("run", "--epochs", "1", "--members", "1")
    #expect(trained.status == 0 && trained.errors.ranges(of: note).count == 1, "\(trained.errors)")
    let judged = try sandbox.emotive(
      "evaluate", "--run", "run", "--corpus", "csv=corpus.csv", "--output", "judged.json")
    #expect(judged.status == 0 && judged.errors.ranges(of: note).count == 1, "\(judged.errors)")
    #expect(judged.output.contains("Note: \(note)."), "\(judged.output)")
    #expect(try sandbox.text("judged.json").contains(note))
  }

  @Test func foldsThatLieBesideAResultAreNamed() throws {
    func train(_ more: String...) throws {
      let outcome = try sandbox.emotive(
        arguments: sandbox.trainArguments("run")
          + ["--epochs", "1", "--members", "1", "--validation", "none", "--split"] + more)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let note = "result.json does not cover kfold-1, which is in the folder; evaluate all with --split kfold:3 --resume"
    try train("kfold:3:1")
    try train("kfold:3:2", "--resume")
    let second = try sandbox.emotive("report", "run", "--hardest", "0")
    #expect(second.errors.contains(note) && !second.errors.contains("not those of result.json"), "\(second.errors)")
    try train("kfold:3", "--resume")
    let all = try sandbox.emotive("report", "run", "--hardest", "0")
    #expect(all.status == 0 && !all.errors.contains("result.json"), "\(all.errors)")
    // A split whose answers are gone is not left out of the figures without a word.
    let whole = try sandbox.emotive("evaluate", "--run", "run", "--corpus", "csv=\(sandbox.path("corpus.csv"))")
    #expect(whole.status == 0 && !whole.output.contains("alone"), "\(whole.output)\(whole.errors)")
    try FileManager.default.removeItem(atPath: sandbox.path("run/kfold-2/predictions.json"))
    let rest = try sandbox.emotive("evaluate", "--run", "run", "--corpus", "csv=\(sandbox.path("corpus.csv"))")
    #expect(rest.status == 0 && rest.output.contains("judged on kfold-1, kfold-3 alone"), "\(rest.output)")
  }

  @Test(
    arguments: [
      (["--network", "vgg16"], "expected one of alexnet", 64),
      (["--network", "crnn", "--weights", "imagenet"], "no ImageNet weights for crnn; give --weights none", 64),
      (["--weights", "nowhere.pth"], "no such file", 64), (["--weights", "imagenet"], "are not on this machine", 1),
      (["--weights", "corpus.csv"], "is neither .safetensors nor", 1),
      (["--learning-rate=-1"], "--learning-rate must be above 0", 64),
      (["--epochs", "-1"], "--epochs must be from 1 to 1,000,000, but is -1", 64),
      (["--learning-rate", "-1"], "--learning-rate must be above 0", 64), (["--seed", "-1"], "'-1' is invalid", 64),
      (["--member", "3"], "--member must be from 1 to 2, the number of members, but is 3", 64),
      (["--member", "-1"], "--member must be from 1 to 2, the number of members, but is -1", 64),
      (["--members", "-1"], "--members must be at least 1", 64), (["--schedule", "steps:1:inf"], "--schedule", 64),
      (["--validation", "-1"], "--validation \"-1\": expected none, test", 64),
      (["--maximum-duration", "inf"], "--maximum-duration: expected a finite number", 64),
      (["--freeze", "features", "classifier"], "nothing of SqueezeNet 1.1 is left to train", 64),
      (["--corpus", "csv=./corpus.csv"], "the same corpus is given twice", 64),
      (["--corpus", "csv:again=./corpus.csv"], "the same corpus is given twice", 64),
      (["--corpus", "csv=/more.csv"], "give one a name of its own, as in --corpus csv:NAME=/more.csv", 64),
      (["--corpus", "csv:a b=/more.csv"], "the name \"a b\" must be made of letters", 64),
      (["--extra-share", "1"], "--extra-share must be above 0 and below 1, but is 1.0", 64),
      (["--extra-share", "-1"], "--extra-share must be above 0", 64),
      (
        ["--extra-share", "0.3"],
        "--extra-share: expected several corpora, of which the first is the main one", 64
      ),
      (["--epochs", "0"], "--epochs must be from 1 to 1,000,000, but is 0", 64),
      (["--epochs", "\(Int.max)"], "--epochs must be from 1 to 1,000,000, but is \(Int.max)", 64),
      (["--batch-size", "\(Int.max)"], "--batch-size must be from 1 to 1,000,000, but is \(Int.max)", 64),
      (["--schedule", "triangular:\(Int.max):0.1"], "--schedule must be triangular:PERIOD:LOW", 64),
      (["--mixup", "5"], "--mixup must be from 0 to 4, but is 5.0", 64),
      (["--network", "resnet18,resnet18", "--weights", "imagenet,none"], "resnet18, which --network repeats", 64),
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
