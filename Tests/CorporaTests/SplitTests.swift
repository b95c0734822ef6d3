import Foundation
import Testing

@testable import Corpora

@Suite struct SplitTests {
  let all = recordings(speakers: actors) + recordings(corpus: "savee", speakers: ["DC", "JE"], each: 20)

  func splits(_ plan: String, _ recordings: [Recording], seed: UInt64 = 1) throws -> [Split] {
    try SplitPlan(plan).splits(of: recordings, seed: seed)
  }

  /// Both sides are disjoint, ascending, and together everything.
  func expectPartition(_ split: Split, of indices: [Int]) {
    #expect((split.training + split.test).sorted() == indices)
    #expect(split.training == split.training.sorted() && split.test == split.test.sorted())
    #expect(!split.training.isEmpty && !split.test.isEmpty)
  }

  @Test(arguments: 0..<50 as Range<UInt64>) func randomIsStratified(seed: UInt64) throws {
    let split = try #require(try splits("random:0.3", all, seed: seed).first)
    expectPartition(split, of: Array(all.indices))
    for label in Set(all.map(\.label)) {
      let expected = Double(all.count { $0.label == label }) * 0.3
      #expect(abs(Double(split.test.count { all[$0].label == label }) - expected) <= 1)
    }
    #expect(!split.speakerDisjoint && split.sharesSpeakers && split.sharesSentences)
    #expect(split.leakage.contains("speaker(s) on both sides"))
    #expect(try splits("random:0.3", all, seed: seed) == [split])
    #expect(try splits("random:0.3", all, seed: seed + 1)[0].test != split.test)
  }

  @Test func randomKeepsRareClassesOnBothSides() throws {
    let few =
      recordings(speakers: ["01"], labels: ["angry", "calm"], each: 2)
      + recordings(speakers: ["01"], labels: ["sad"], each: 1)
    let split = try #require(try splits("random", few).first)
    #expect(split.test.map { few[$0].label }.sorted() == ["angry", "calm"])
    #expect(split.notes == ["no test recording of sad"])
  }

  @Test(arguments: 0..<50 as Range<UInt64>) func foldsHoldEachRecordingAndSpeakerOnce(seed: UInt64) throws {
    let folds = try splits("kfold:5", all, seed: seed)
    #expect(folds.count == 5)
    #expect(folds.flatMap(\.test).sorted() == Array(all.indices))
    for fold in folds {
      expectPartition(fold, of: Array(all.indices))
      #expect(fold.speakerDisjoint && !fold.sharesSpeakers)
      let ravdess = Set(fold.test.compactMap { all[$0].speaker }.filter { $0.hasPrefix("ravdess") })
      #expect((4...5).contains(ravdess.count))
    }
    #expect(try splits("kfold:5", all, seed: seed) == folds)
    #expect(try splits("kfold:5", all, seed: seed + 1) != folds)
    #expect(try splits("kfold:5:2", all, seed: seed).map(\.test) == [folds[1].test])
  }

  @Test func foldsOfUnequalSpeakersAreBalanced() throws {
    let uneven = (0..<30).flatMap { recordings(speakers: ["s\($0)"], each: 1 + $0 % 7) }
    let sizes = try splits("kfold:4", uneven).map(\.test.count)
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 21)
  }

  @Test func oneSpeakerOutNamesTheSpeaker() throws {
    let folds = try splits("loso", all)
    #expect(folds.count == 26)
    #expect(folds.flatMap(\.test).sorted() == Array(all.indices))
    for fold in folds {
      #expect(Set(fold.test.compactMap { all[$0].speaker }).map { "loso-\($0)" } == [fold.name])
      #expect(!fold.sharesSpeakers && fold.sharesSentences)
    }
    // A speaker's name leads nowhere else than into a run's folder, and different names into different ones.
    let odd = recordings(speakers: ["/../../up", "_.._.._up", "\u{7}", String(repeating: "a", count: 300)])
    let names = try splits("loso", odd).map(\.name)
    #expect(Set(names).count == 4 && names.allSatisfy { $0.hasPrefix("loso-") && !$0.contains("/") && $0.count < 100 })
    let savee = try splits("loso@savee", all)
    #expect(savee.map(\.name) == ["loso-savee-DC", "loso-savee-JE"])
    #expect(savee.allSatisfy { $0.protocolName.contains("tested on savee") })
    expectPartition(savee[0], of: Array(all.indices))
  }

  @Test func aCorpusToTestOnLeavesTheOthersInTraining() throws {
    for plan in ["random:0.25@ravdess", "kfold:3@ravdess", "emobox"] {
      for split in try splits(plan, all) {
        #expect(split.test.allSatisfy { all[$0].corpus == "ravdess" })
        #expect(split.training.count { all[$0].corpus == "savee" } == 120)
      }
    }
  }

  @Test(arguments: NamedFolds.allCases) func publishedFoldsHoldAllActorsOnce(folds: NamedFolds) throws {
    #expect(folds.testActors.flatMap(\.self).sorted() == Array(1...24))
    let splits = try splits(folds.rawValue, all)
    #expect(splits.count == folds.testActors.count)
    #expect(splits.allSatisfy { !$0.sharesSpeakers && $0.notes.isEmpty })
    for (split, actors) in zip(splits, folds.testActors) {
      let tested = Set(split.test.compactMap { all[$0].speaker?.suffix(2) }.compactMap { Int($0) })
      #expect(tested == Set(actors))
    }
    let third = try self.splits("\(folds.rawValue):3", all)
    #expect(third.map(\.test) == [splits[2].test] && third[0].name == splits[2].name && third[0].notes.isEmpty)
    #expect(third[0].protocolName == "fold 3 of \(splits[2].protocolName)")
  }

  @Test func aPlanOfOneFoldBelongsToThatOfAll() throws {
    for (plan, whole) in [
      ("emobox:3", "emobox"), ("kfold:5:2@savee", "kfold:5@savee"), ("loso", "loso"), ("random:0.3", "random:0.3"),
    ] { #expect(try SplitPlan(plan).withAllFolds == SplitPlan(whole)) }
    for plan in ["emobox:3", "kfold:5", "loso", "speakers:a", "cross"] {
      #expect(try SplitPlan(plan).isSpeakerDisjoint == true)
    }
    for plan in ["random", "none"] { #expect(try SplitPlan(plan).isSpeakerDisjoint == false) }
    #expect(try SplitPlan("predefined").isSpeakerDisjoint == nil)
  }

  @Test func absentFoldsAreLeftOutWithANote() throws {
    let present = recordings(speakers: actors.filter { !["01", "04", "11", "20", "21"].contains($0) })
    let folds = try splits("emobox", present)
    #expect(folds.map(\.name) == ["emobox-2", "emobox-3", "emobox-4", "emobox-5", "emobox-6"])
    #expect(folds.allSatisfy { $0.notes.contains { $0.contains("emobox-1 of 6 folds left out") } })
    #expect(folds[0].notes.contains("test speakers not present: ravdess-04"))
    #expect(!folds[1].notes.contains { $0.contains("not present:") })
    // Whoever asks for one fold does not miss the others.
    #expect(try splits("emobox:3", present)[0].notes.isEmpty)
    #expect(message { _ = try splits("emobox:1", present) }.contains("none of the test speakers"))
  }

  @Test func givenSpeakers() throws {
    let split = try #require(try splits("speakers:savee-DC,ravdess-02", all).first)
    #expect(Set(split.test.compactMap { all[$0].speaker }) == ["savee-DC", "ravdess-02"])
    // A name that has a comma in it is quoted, as in a CSV and in the message that lists the speakers.
    let people = recordings(corpus: "csv", speakers: ["Smith, Anna", "Bob"])
    #expect(
      try splits(#"speakers:"Smith, Anna""#, people)[0].test.allSatisfy { people[$0].speaker == "csv-Smith, Anna" })
    #expect(message { _ = try splits("speakers:Smith, Anna", people) }.contains(#"are csv-Bob, "csv-Smith, Anna""#))
    #expect(
      message { _ = try splits("speakers:bob", all) }.contains("no recording of bob; the speakers are ravdess-01"))
    let one = recordings(speakers: ["01"])
    #expect(message { _ = try splits("speakers:ravdess-01", one) }.contains("nothing is left to train on"))
    #expect(message { _ = try splits("loso", one) }.contains("nothing is left to train on"))
    #expect(message { _ = try splits("kfold:2", one) }.contains("2 folds need as many speakers, there are 1"))
  }

  @Test func corporaAreToldByTheirNames() throws {
    let named = recordings(corpus: "csv", speakers: ["1", "2"]) + recordings(corpus: "my-csv_2", speakers: ["1", "3"])
    let folds = try splits("loso@my-csv_2", named)
    #expect(folds.map(\.name) == ["loso-my-csv_2-1", "loso-my-csv_2-3"])
    #expect(try splits("kfold:2:1@my-csv_2", named)[0].test.allSatisfy { named[$0].corpus == "my-csv_2" })
    #expect(try splits("speakers:3", named)[0].test.allSatisfy { named[$0].speaker == "my-csv_2-3" })
    #expect(message { _ = try splits("speakers:1", named) }.contains("1 is in several corpora"))
    #expect(try splits("cross:my-csv_2", named).map(\.name) == ["cross-my-csv_2-csv"])
    #expect(
      message { _ = try splits("random@iemocap", named) }.contains(
        "there are no recordings of iemocap to divide; the corpora are csv, my-csv_2"))
    #expect(try SplitPlan("kfold:5:2@my-csv_2").withAllFolds == SplitPlan("kfold:5@my-csv_2"))
  }

  @Test func theCorporasOwnSplit() throws {
    func sided(_ recordings: [Recording], _ side: Recording.Side?) -> [Recording] {
      recordings.map {
        Recording(
          path: $0.path, label: $0.label, speaker: $0.speaker, corpus: $0.corpus, sentence: $0.sentence, side: side)
      }
    }
    func own(_ speaker: String, _ side: Recording.Side?) -> [Recording] {
      sided(recordings(corpus: "csv", speakers: [speaker]), side)
    }
    let extra = recordings(corpus: "savee", speakers: ["DC"])
    let given = own("a", .training) + own("b", .validation) + own("c", .test) + extra
    let split = try #require(try splits("predefined", given).first)
    expectPartition(split, of: Array(given.indices))
    #expect(split.test.allSatisfy { given[$0].side == .test } && split.test.count == 12)
    #expect(split.speakerDisjoint && split.protocolName == "the corpora's own split (csv)")
    let inner = try split.predefinedValidation(of: given)
    expectPartition(inner, of: split.training)
    #expect(inner.test.allSatisfy { given[$0].side == .validation } && inner.test.count == 12)

    // What its makers have mixed is told.
    let mixed = try #require(try splits("predefined", own("a", .training) + own("a", .test)).first)
    #expect(!mixed.speakerDisjoint && mixed.sharesSpeakers)
    #expect(
      message { _ = try mixed.predefinedValidation(of: own("a", .training) + own("a", .test)) }.contains(
        "the corpora hold 0 of 12 recordings back"))

    #expect(message { _ = try splits("predefined", all) }.contains("found 408 and 0"))
    #expect(message { _ = try splits("predefined", own("a", .test)) }.contains("found 0 and 12"))
    #expect(
      message { _ = try splits("predefined", own("a", .test) + own("b", nil)) }.contains(
        "12 recordings are on no side (first: /csv/b/angry-0)"))
    #expect(message { _ = try SplitPlan("predefined@csv") }.contains("leave out the @"))
  }

  @Test func classesMissingInTrainingAreWarnedOf() throws {
    let mixed =
      recordings(speakers: ["01"], labels: ["angry", "sad"]) + recordings(speakers: ["02"], labels: ["angry"])
    let folds = try splits("loso", mixed)
    #expect(folds[0].notes == ["warning: no training recording of sad, which the test side has"])
    #expect(folds[1].notes == ["no test recording of sad"])
  }

  @Test func unknownSpeakersAreCounted() throws {
    let unknown = (0..<3).map { Recording(path: "/x/\($0)", label: "sad", speaker: nil, corpus: "folder") }
    let text = message { _ = try splits("kfold:2", recordings(speakers: ["01", "02"]) + unknown) }
    #expect(text.contains("3 of 27 recordings have no known speaker (first: /x/0)"))
    let split = try #require(try splits("random", unknown).first)
    #expect(split.unknownSpeakers == 3 && split.leakage.contains("unknown speakers"))
    #expect(message { _ = try splits("random", [unknown[0]]) }.contains("too few"))
    #expect(message { _ = try splits("random@tess", unknown) }.contains("no recordings of tess"))
  }

  @Test(arguments: 0..<50 as Range<UInt64>) func validationIsInsideTraining(seed: UInt64) throws {
    for plan in ["random@ravdess", "emobox:2", "loso@savee"] {
      let outer = try #require(try splits(plan, all).first)
      let inner = try outer.validation(of: all, fraction: 0.2, seed: seed)
      expectPartition(inner, of: outer.training)
      #expect(inner.speakerDisjoint == outer.speakerDisjoint)
      #expect(inner.sharesSpeakers != inner.speakerDisjoint)
      #expect(try outer.validation(of: all, fraction: 0.2, seed: seed) == inner)
      // Only one speaker of SAVEE is left to train on in the third plan, so all corpora are drawn from.
      let corpora = plan == "loso@savee" ? ["ravdess", "savee"] : ["ravdess"]
      #expect(Set(inner.test.map { all[$0].corpus }).isSubset(of: corpora))
      let share = Double(inner.test.count) / Double(outer.training.count { corpora.contains(all[$0].corpus) })
      #expect((0.1...0.35).contains(share))
    }
  }

  @Test(arguments: 0..<50 as Range<UInt64>) func innerFoldsHoldEachRecordingOnce(seed: UInt64) throws {
    let folds = try Split.innerFolds(of: all, seed: seed)
    #expect(folds.count == 5 && folds.flatMap(\.self).sorted() == Array(all.indices))
    let speakers = folds.map { Set($0.map { all[$0].speaker }) }
    #expect(speakers.reduce(0) { $0 + $1.count } == Set(all.map(\.speaker)).count)
    #expect(try Split.innerFolds(of: all, seed: seed) == folds)
    #expect(try Split.innerFolds(of: all, seed: seed + 1) != folds)

    // Without speakers: stratified.
    let unknown = all.map { Recording(path: $0.path, label: $0.label, speaker: nil, corpus: $0.corpus) }
    let stratified = try Split.innerFolds(of: unknown, seed: seed)
    #expect(stratified.count == 5 && stratified.flatMap(\.self).sorted() == Array(all.indices))
    for fold in stratified {
      #expect(fold == fold.sorted() && abs(fold.count - all.count / 5) <= 1)
      for label in Set(all.map(\.label)) {
        let share = Double(all.count { $0.label == label }) / 5
        #expect(abs(Double(fold.count { all[$0].label == label }) - share) < 1)
      }
    }
  }

  @Test func innerFoldsOfFewRecordings() throws {
    #expect(try Split.innerFolds(of: recordings(speakers: ["01", "02"]), seed: 1).count == 2)
    let one = recordings(speakers: ["01"])
    #expect(try Split.innerFolds(of: one, seed: 1).map(\.count) == [3, 3, 2, 2, 2])
    #expect(message { _ = try Split.innerFolds(of: [one[0]], seed: 1) }.contains("too few"))
  }

  @Test func validationOfOneSpeakerIsStratified() throws {
    let two = recordings(speakers: ["01", "02"])
    let inner = try splits("loso", two)[0].validation(of: two, fraction: 0.25, seed: 1)
    #expect(!inner.speakerDisjoint && inner.test.count == 3 && inner.training.count == 9)
    #expect(
      message { _ = try splits("loso", two)[0].validation(of: two, fraction: 1, seed: 1) }.contains("between 0 and 1"))
  }

  @Test(arguments: [
    "half", "random:2", "random:x", "random:0.2:1", "speakers:", "kfold", "kfold:1", "kfold:5:6", "kfold:5:0", "loso:1",
    "emobox:7", "luna-jimenez:6", "emobox@savee", "loso@", "loso@my corpus", "cross:a/b", "none@savee", "",
  ]) func badPlansAreErrors(text: String) {
    #expect(!message { _ = try SplitPlan(text) }.isEmpty)
  }

  /// Corpora of all shapes: uneven speakers, rare classes, one to three corpora.
  @Test(arguments: 0..<25 as Range<UInt64>) func plansKeepTheirPromisesOnAnyCorpus(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let labels = ["angry", "calm", "happy", "sad", "disgust"].prefix(2 + generator.below(4))
    let all = ["ravdess", "savee", "tess"].prefix(1 + generator.below(3)).flatMap { corpus in
      (0..<(2 + generator.below(9))).flatMap { speaker in
        labels.flatMap { label in
          recordings(corpus: corpus, speakers: ["\(speaker)"], labels: [label], each: generator.below(6))
        }
      }
    }
    let speakers = Set(all.map(\.speaker))
    guard speakers.count > 1 else { return }
    let folds = try splits("kfold:\(2 + generator.below(speakers.count - 1))", all, seed: seed)
    for split in try folds + splits("loso", all) {
      expectPartition(split, of: Array(all.indices))
      let trained = Set(split.training.map { all[$0].speaker })
      #expect(trained.isDisjoint(with: split.test.map { all[$0].speaker }))
      #expect(split.speakerDisjoint && split.sharedSpeakers == 0 && split.sharedRecordings == 0)
      let inner = try split.validation(of: all, fraction: 0.25, seed: seed)
      #expect((inner.training + inner.test).sorted() == split.training)
      #expect(!inner.speakerDisjoint || inner.sharedSpeakers == 0)
    }
    #expect(folds.flatMap(\.test).sorted() == Array(all.indices))

    guard labels.contains(where: { label in all.count { $0.label == label } > 1 }) else { return }
    let random = try #require(try splits("random:0.25", all, seed: seed).first)
    for label in Set(all.map(\.label)) {
      let (count, tested) = (all.count { $0.label == label }, random.test.count { all[$0].label == label })
      // A class of one recording stays in training; of two, one is tested.
      #expect(abs(Double(tested) - 0.25 * Double(count)) <= 0.5 || (count < 4 && tested <= 1))
    }
    #expect(try splits("random:0.25", all, seed: seed) == [random])
  }

  @Test func identicalRecordingsOnBothSidesAreCounted() throws {
    let same = Data(repeating: 7, count: 100)
    let tree = try Tree(
      [], contents: ["a1": same, "b1": same, "b2": same, "b3": Data(repeating: 8, count: 100), "a2": Data(count: 9)])
    func recording(_ name: String) -> Recording {
      Recording(path: "\(tree.path)/\(name)", label: "sad", speaker: "csv-\(name.prefix(1))", corpus: "csv")
    }
    let all = ["a1", "a2", "b1", "b2", "b3"].map(recording)
    let folds = try splits("loso", all)
    #expect(folds.map(\.sharedRecordings) == [1, 2])
    #expect(folds[1].leakage.contains("2 test recording(s) also in training, identical to the byte"))
    #expect(folds[1].leakage.contains("no speaker on both sides"))
    // A corpus that is given twice.
    let twice = try splits("random:0.5", all + all)[0]
    let trained = Set(twice.training.map { (all + all)[$0].path })
    #expect(twice.sharedRecordings ?? 0 >= twice.test.count { trained.contains((all + all)[$0].path) })
    // Apart, nothing is shared.
    #expect(try splits("loso", [all[0], all[4]]).map(\.sharedRecordings) == [0, 0])
  }

  @Test func splitsAreWrittenAndReadAsJSON() throws {
    let folds = try splits("emobox", all)
    #expect(try JSONDecoder().decode([Split].self, from: JSONEncoder().encode(folds)) == folds)
  }

  @Test func theGeneratorIsSplitMix64() {
    // The first numbers from seed 1234567 that the algorithm's reference implementation gives.
    var generator = SeededGenerator(seed: 1_234_567)
    #expect(
      (0..<3).map { _ in generator.next() } == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      ])
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<7_000 { counts[generator.below(7)] += 1 }
    #expect(counts.allSatisfy { (850...1_150).contains($0) })
    #expect(generator.shuffled(Array(0..<100)).sorted() == Array(0..<100))
    #expect(generator.below(1) == 0)
  }
}

@Suite struct CrossCorpusTests {
  let all =
    recordings(speakers: ["01", "02"], labels: ["angry", "calm"], each: 4)
    + recordings(corpus: "savee", speakers: ["DC"], labels: ["angry", "sad"], each: 6)
    + recordings(corpus: "tess", speakers: ["OAF"], labels: ["angry"], each: 3)

  @Test func everyPairIsTestedOnTheClassesOfBoth() throws {
    let splits = try SplitPlan("cross").splits(of: all, seed: 1)
    #expect(
      splits.map(\.name).sorted() == [
        "cross-ravdess-savee", "cross-ravdess-tess", "cross-savee-ravdess", "cross-savee-tess", "cross-tess-ravdess",
        "cross-tess-savee",
      ])
    for split in splits {
      let (source, target) = (Set(split.training.map { all[$0].corpus }), Set(split.test.map { all[$0].corpus }))
      #expect(source.count == 1 && target.count == 1 && source != target)
      #expect(split.trainingName == "cross-\(source.first ?? "")")
      #expect(split.test.allSatisfy { all[$0].label == "angry" })
      #expect(split.speakerDisjoint && !split.sharesSpeakers)
    }
    let notes = splits.first { $0.name == "cross-ravdess-savee" }?.notes ?? []
    #expect(notes.contains { $0.contains("left out, as ravdess has none of sad") })
  }

  /// The training of one is that of the other, whatever is known of the test speakers.
  @Test func splitsOfOneTrainingHoldTheSameSideBack() throws {
    let strangers = (0..<4).map { Recording(path: "/folder/\($0)", label: "angry", speaker: nil, corpus: "folder") }
    let all = all + strangers
    let splits = try SplitPlan("cross:ravdess").divide(all, seed: 1)
    #expect(Set(splits.map(\.speakerDisjoint)) == [true, false])
    let inner = try splits.map { try $0.validation(of: all, fraction: 0.3, seed: 1) }
    #expect(Set(inner.map(\.test)).count == 1 && inner.allSatisfy(\.speakerDisjoint))
  }

  @Test func oneCorpusCanBeTrainedOnAlone() throws {
    #expect(
      try SplitPlan("cross:savee").splits(of: all, seed: 1).map(\.trainingName) == ["cross-savee", "cross-savee"])
    #expect(
      message { _ = try SplitPlan("cross:emodb").splits(of: all, seed: 1) }.contains("found ravdess, savee, tess"))
    #expect(message { _ = try SplitPlan("cross@savee") }.contains("leave out the @"))
    #expect(
      message { _ = try SplitPlan("cross:nobody").splits(of: all, seed: 1) }.contains("found ravdess, savee, tess"))
    #expect(message { _ = try SplitPlan("cross:no body") }.contains("no corpus can be called \"no body\""))
  }
}

@Suite struct SampleTests {
  @Test func theSameSeedDrawsTheSameRecordings() throws {
    let tree = try Tree((1...9).map { "03-01-05-01-01-01-0\($0).wav" })
    let corpus = try tree.corpus(.ravdess)
    let drawn = corpus.sample(4, seed: 1).recordings
    #expect(drawn.count == 4 && Set(drawn).isSubset(of: corpus.recordings))
    #expect(corpus.sample(4, seed: 1).recordings == drawn)
    #expect((2...9).contains { corpus.sample(4, seed: $0).recordings != drawn })
    #expect(corpus.sample(100, seed: 1).recordings == corpus.recordings)
  }
}
