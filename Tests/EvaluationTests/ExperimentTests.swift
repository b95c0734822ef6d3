import Corpora
import Foundation
import Storage
import Testing
import Training

@testable import Evaluation

@Suite struct ExperimentTests {
  var choices: ExperimentChoices {
    var choices = ExperimentChoices()
    choices.corpora = [.ravdess, .savee, .tess, .cremaD]
    return choices
  }

  @Test(arguments: Experiment.Name.allCases) func everyRunHasAFolderOfItsOwnAndValidSettings(_ name: Experiment.Name)
    throws
  {
    let experiment = Experiment(name, choices)
    #expect(Set(experiment.runs.map(\.name)).count == experiment.runs.count)
    for run in experiment.runs {
      try run.settings.validate()
      _ = try SplitPlan(run.settings.split)
    }
    // Beside every run under the paper's random split stands one for speakers that were not heard.
    #expect(experiment.runs.contains(where: \.isRandom) && experiment.runs.contains { !$0.isRandom })
  }

  @Test func onlyAMemberThatIsTrainedCanBeWanted() throws {
    var settings = try #require(Experiment(.ensemble, choices).runs.last).settings
    settings.svm = .fineTuned
    try settings.validate(onlyMember: settings.members)
    for member in [0, settings.members + 1] {
      #expect(throws: TrainingError.self) { try settings.validate(onlyMember: member) }
    }
    settings.svm = .pretrained
    #expect(throws: TrainingError.self) { try settings.validate(onlyMember: 1) }
  }

  @Test func aRecordIsOfAllMembersWhicheverJobWritesIt() throws {
    let settings = try #require(Experiment(.ensemble, choices).runs.last).settings
    let record = RunRecord(
      command: ["emotive", "train", "--member", "2", "--members", "4", "--member=3"], settings: settings, corpora: [],
      sources: [])
    #expect(record.command == ["emotive", "train", "--members", "4"])
  }

  @Test func tableOneHasThePapersFiguresOnItsOwnProtocol() {
    let runs = Experiment(.dataMix, choices).runs
    #expect(runs.filter(\.isRandom).map(\.paperWA) == [0.81, 0.75, 0.77, 0.82, 0.83])
    #expect(runs.filter { !$0.isRandom }.allSatisfy { $0.paperWA == nil })
    #expect(runs.allSatisfy { $0.settings.split == "random:0.2@ravdess" || $0.settings.split == "emobox" })
  }

  @Test func corporaOfOneKindAreToldByTheirNames() throws {
    var choices = choices
    (choices.corpora, choices.testedCorpus) = ([.csv, .csv], "iemocap")
    #expect(
      Experiment(.dataMix, choices).runs.map(\.settings.split)
        == Array(repeating: ["random:0.2@iemocap", "kfold:5@iemocap"], count: 3).flatMap(\.self))
    // Published folds name the speakers of RAVDESS.
    (choices.corpora, choices.testedCorpus) = ([.ravdess], "mine")
    #expect(Experiment(.whitening, choices).runs.last?.settings.split == "kfold:5")
    choices.testedCorpus = "ravdess"
    #expect(Experiment(.whitening, choices).runs.last?.settings.split == "emobox")
  }

  @Test func recordsNameTheirCorpora() throws {
    func name(_ source: String) throws -> String {
      let json = "{\"source\": \"\(source)\", \"recordings\": 1, \"skipped\": 0}"
      return try JSON.decode(RunRecord.CorpusPart.self, from: Data(json.utf8)).name
    }
    #expect(try name("csv:My-corpus=/a=b:c.csv") == "My-corpus")
    // As records were before there were names.
    #expect(try name("csv=/a=b:c.csv") == "csv" && name("RAVDESS=/data") == "ravdess")
  }

  @Test func rowsWhoseCorporaAreAbsentAreNotDeclared() {
    var choices = choices
    choices.corpora = [.ravdess]
    #expect(Experiment(.dataMix, choices).runs.map(\.name) == ["class-random", "class-disjoint"])
    choices.corpora = [.ravdess, .tess]
    let names = Experiment(.dataMix, choices).runs.filter(\.isRandom).map(\.name)
    #expect(names == ["class-random", "all-random", "256-each-random"])
  }

  @Test func whatIsNotKnownOfSpeakersDecidesTheSplits() {
    var choices = choices
    choices.corpora = [.tess]
    choices.speakers = 2
    #expect(
      Experiment(.whitening, choices).runs.map(\.settings.split)
        == Array(repeating: ["random:0.2", "loso"], count: 3).flatMap(\.self))
    #expect(Experiment(.protocols, choices).runs.map(\.name) == ["random", "loso"])
    // A quick look trains on one fold, however few speakers there are.
    choices.isQuick = true
    #expect(Experiment(.whitening, choices).runs.last?.settings.split == "kfold:2:1")
    #expect(Experiment(.protocols, choices).runs.map(\.name) == ["random", "folds"])
    choices.isQuick = false
    choices.speakers = nil
    #expect(Experiment(.whitening, choices).runs.allSatisfy { $0.settings.split == "random:0.2" })
    choices.speakers = 10
    #expect(Experiment(.whitening, choices).runs.last?.settings.split == "kfold:5")
  }

  @Test func aWeightFileIsThatOfItsNetworkAlone() {
    var choices = choices
    (choices.networks, choices.weights) = ([.squeezenet1_1], ["mine.pth"])
    let starts = Dictionary(
      Experiment(.furtherWork, choices).runs.map { ($0.settings.networks[0], $0.settings.weights) }
    ) { first, _ in first }
    #expect(starts == [.squeezenet1_1: "mine.pth", .resnet18: "imagenet", .crnn: "none"])
  }

  @Test func thePapersSettingsAreTheDefaults() {
    let final = Experiment(.ensemble, choices).runs.last?.settings
    #expect(final?.networks == [.densenet161] && final?.members == 4)
    #expect(final?.training.epochs == 50 && final?.training.schedule == .steps(every: 20, factor: 0.1))
    #expect(final?.training.batchSize == 24 && final?.training.learningRate == 1e-3)
    let compared = Experiment(.architectures, choices).runs.first?.settings
    #expect(compared?.training.epochs == 60 && compared?.training.learningRate == 1e-4)
  }

  @Test func fewerEpochsKeepTheSchedulesShape() {
    var choices = choices
    choices.epochs = 10
    #expect(Experiment(.ensemble, choices).runs[0].settings.training.schedule == .steps(every: 4, factor: 0.1))
    #expect(Experiment(.schedules, choices).runs[0].title == "x 0.1 every 4 of 10 epochs")
    #expect(Experiment(.schedules, choices).runs[2].settings.training.schedule == .triangular(period: 2, low: 0.01))
  }

  /// What `emotive experiment` makes can be judged: the runs of a claim differ in what the claim is about.
  @Test(arguments: Experiment.Name.allCases) func theRunsOfAClaimDifferInWhatItIsAboutAlone(_ name: Experiment.Name)
    throws
  {
    let runs = Experiment(name, choices).runs
    for claim in PaperClaim.all[name] ?? [] where !claim.other.isEmpty {
      for ending in ["-random", "-disjoint"] {
        func settings(_ names: [String]) throws -> RunSettings {
          try #require(names.lazy.compactMap { name in runs.first { $0.name == name + ending } }.first).settings
        }
        let differing = try settings(claim.run).differences(from: settings(claim.other))
        #expect(differing.filter { !claim.allows($0) } == [], "\(claim.text)")
        #expect(differing.isEmpty == (claim.varies == ["corpora"]), "\(claim.text)")
      }
    }
  }

  @Test func whatClaimsMayDifferInAreSettings() throws {
    var other = RunSettings(networks: [.alexnet], weights: "none")
    (other.members, other.split, other.validation) = (2, "loso", .none)
    (other.features.representation, other.features.whitening) = (.mfcc, .none)
    (other.features.zcaEpsilon, other.features.zcaEpsilonIsAbsolute) = (0.5, true)
    (other.training.schedule, other.training.loss, other.training.batchSize) = (.constant, .multiMargin, 8)
    other.training.precision = .int8
    other.training.augmentation.mixup = 1
    let found = try RunSettings(networks: [.densenet161], weights: "imagenet").differences(from: other)
    #expect(
      found == [
        "features.representation", "features.whitening", "features.zca_epsilon", "features.zca_epsilon_is_absolute",
        "members", "networks", "split", "training.augmentation.mixup", "training.batch_size", "training.loss",
        "training.precision", "training.schedule", "validation", "weights",
      ])
    let varied = PaperClaim.all.values.joined().flatMap(\.varies)
    #expect(Set(varied).subtracting(found) == ["corpora"])
  }

  @Test func anotherLearningRateIsForTheFinalSettingsAlone() {
    var choices = choices
    choices.learningRate = 3e-4
    #expect(Experiment(.losses, choices).runs.allSatisfy { $0.settings.training.learningRate == 3e-4 })
    #expect(Experiment(.whitening, choices).runs.allSatisfy { $0.settings.training.learningRate == 1e-4 })
  }

  @Test func eachNetworkHasItsStart() {
    var choices = choices
    choices.networks = [.squeezenet1_1, .alexnet]
    choices.weights = ["imagenet", "none"]
    let runs = Experiment(.architectures, choices).runs
    #expect(runs.map(\.settings.weights) == ["imagenet", "imagenet", "none", "none"])
  }

  /// A corpus of ten files with real names and nothing in them.
  func corpus(_ kind: CorpusKind, in folder: URL, name: (Int) -> String) throws -> Corpus {
    let folder = folder.appending(path: kind.rawValue)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for number in 0..<10 { try Data().write(to: folder.appending(path: name(number))) }
    return try Corpus.read(CorpusSource(kind: kind, path: folder.path))
  }

  @Test func aRunUsesWhatItsRowSays() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "emotive-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let corpora = [
      try corpus(.ravdess, in: folder) { "03-01-05-01-01-01-\(10 + $0).wav" },
      try corpus(.savee, in: folder) { "DC_a\(10 + $0).wav" },
      try corpus(.cremaD, in: folder) { "10\(10 + $0)_DFA_ANG_XX.wav" },
    ]
    func counts(_ data: DataChoice) -> [Int] { data.apply(to: corpora, seed: 1).map(\.recordings.count) }
    #expect(counts(DataChoice()) == [10])
    #expect(counts(DataChoice(extra: .all)) == [10, 10, 10])
    #expect(counts(DataChoice(extra: .sample(4))) == [10, 4, 4])
    #expect(counts(DataChoice(extra: .sample(4), without: .cremaD)) == [10, 4])
    var quick = DataChoice(extra: .all, without: .cremaD)
    quick.limit = 3
    #expect(counts(quick) == [3, 3])
  }
}
