import Corpora
import Features
import Foundation
import Networks
import Storage
import Torch
import Training

/// Trains an ensemble under each split of a protocol and judges it on the test sides.
///
/// Each member has a folder of its own, `SPLIT/member-N`; what is finished there is not trained again, so that a run
/// can be killed and go on, and its splits and members can be trained on several machines that share a folder.
public struct ProtocolRun {
  /// Everything that decides the result, apart from the recordings.
  public let settings: RunSettings
  /// The recordings, those that give an image.
  public let recordings: [Recording]
  /// The classes in the order of the logits: the eight emotions in their order, then any others by name.
  public let labels: [String]
  /// The splits of the plan.
  public let splits: [Split]
  /// The only member that is trained, from 1, and not judged; nil for all.
  public let onlyMember: Int?

  private let start: @Sendable (Architecture) throws -> [String: Tensor]?
  private let teacher: @Sendable (Split, [String]) throws -> Teacher?
  private let device: Device
  private let makeImages: ([Int]) throws -> (images: [String: StoredImage], whitening: TrainingSetWhitening?)

  /// One trained split.
  public struct Outcome {
    /// The split.
    public let split: Split
    /// The trained members: all, or the only one that was to be trained.
    public let members: [Network]
    /// Each member's epochs; where the test side is watched, it is that of the first split with this `trainingName`.
    public let records: [[EpochRecord]]
    /// The members' logits on the test side; nil where there is no test side, or only one member was to be trained.
    public let predictions: Predictions?
    /// The temperature fitted on the validation side; nil where none was held back.
    public let temperature: Double?
    /// The whitening fitted on the training side; nil for the other kinds.
    public let whitening: TrainingSetWhitening?
    /// How many recordings of the training side were held back for validation.
    public let validationCount: Int
    /// What a reader of the result must know of how it came about.
    public let notes: [String]
  }

  /// What a run tells while it runs.
  public enum Event {
    /// A member of a split is about to be trained; both from 1.
    case member(Int, of: Int, network: Architecture, split: Split, number: Int, ofSplits: Int)
    /// Something in a member's training.
    case training(TrainingEvent)
  }

  /// A run over recordings with images.
  ///
  /// - Parameters:
  ///   - onlyMember: the only member to train, from 1; the others are left to other jobs, and the judging to a run of
  ///     all members. nil for all.
  ///   - start: the weights that a network starts from; nil for a random start.
  ///   - teacher: the teacher of a split for these labels, which must not have seen its test side; nil for none.
  ///   - images: the images by path where recordings of these indices are trained on; training-set whitening is fitted on
  ///     those, and on none that are held back for validation.
  /// - throws: `CorpusError` where the split does not fit the recordings, `TrainingError` for settings that cannot be.
  public init(
    _ settings: RunSettings, recordings: [Recording], device: Device = .cpu, onlyMember: Int? = nil,
    start: @escaping @Sendable (Architecture) throws -> [String: Tensor]?,
    teacher: @escaping @Sendable (Split, [String]) throws -> Teacher? = { _, _ in nil },
    images: @escaping ([Int]) throws -> (images: [String: StoredImage], whitening: TrainingSetWhitening?)
  ) throws {
    try settings.validate(onlyMember: onlyMember)
    self.settings = settings
    self.onlyMember = onlyMember
    self.recordings = recordings
    self.device = device
    self.start = start
    self.teacher = teacher
    makeImages = images
    labels = Emotion.ordered(recordings.map(\.label))
    guard labels.count > 1 else {
      throw TrainingError("training needs at least two classes, found \(labels.joined(separator: ", "))")
    }
    splits = try SplitPlan(settings.split).splits(of: recordings, seed: settings.training.seed)
    for split in splits { _ = try validationSplit(of: split) }
  }

  /// How a training side is divided once more; nil where nothing of it is held back.
  private func validationSplit(of split: Split) throws -> Split? {
    switch settings.validation {
    case .none, .test: nil
    case .share(let share): try split.validation(of: recordings, fraction: share, seed: settings.training.seed)
    case .predefined: try split.predefinedValidation(of: recordings)
    }
  }

  /// Trains and judges all members of one split, or trains the only one that is wanted.
  ///
  /// - Parameter folder: where the split's folder is made.
  /// - throws: `MemberBusy` where another process is training a member there, and what `Trainer` throws.
  public func outcome(of split: Split, in folder: URL, onEvent: (Event) throws -> Void = { _ in }) throws -> Outcome {
    let inner = try validationSplit(of: split)
    let (trained, held) = (inner?.training ?? split.training, inner?.test ?? [])
    let (images, whitening) = try makeImages(trained)
    func examples(_ indices: [Int]) throws -> [Example] {
      try indices.map { index in
        guard let image = images[recordings[index].path], let label = labels.firstIndex(of: recordings[index].label)
        else {
          throw TrainingError("\(recordings[index].path) has no image")
        }
        return Example(image: image, label: label, isExtra: recordings[index].corpus != recordings[0].corpus)
      }
    }
    let test = try examples(split.test)
    let validation = settings.validation == .test ? test : try examples(held)
    let training = try examples(trained)

    let teacher = try teacher(split, labels)
    var members: [Network] = []
    var records: [[EpochRecord]] = []
    var notes: [String] = []
    var testLogits: [[[Double]]] = []
    var validationLogits: [[[Double]]] = []
    for member in onlyMember.map({ $0 - 1..<$0 }) ?? 0..<settings.members {
      let architecture = settings.network(ofMember: member)
      try onEvent(
        .member(
          member + 1, of: settings.members, network: architecture, split: split,
          number: (splits.firstIndex(of: split) ?? 0) + 1, ofSplits: splits.count))
      var memberSettings = settings.training
      memberSettings.seed &+= UInt64(member)
      let trainer = Trainer(
        settings: memberSettings, architecture: architecture, labels: labels, start: try start(architecture),
        features: settings.features, teacher: teacher, device: device)
      let memberFolder = folder.appending(path: "\(split.trainingName)/member-\(member + 1)")
      let (network, epochs) =
        settings.svm == .pretrained
        ? (try trainer.startingNetwork(), [])
        : try train(trainer, on: training, validation: validation, in: memberFolder) { try onEvent(.training($0)) }
      members.append(network)
      records.append(epochs)
      if onlyMember != nil { continue }
      let heldBack = settings.validation.isHeldBack ? validation : []
      let (scores, cost) = try scorer(
        trainer, network, training, trained.map { recordings[$0] }, heldBack: heldBack, in: memberFolder)
      if let cost { notes.append("\(split.name), member \(member + 1): the SVM's C is \(cost)") }
      testLogits.append(try scores(test))
      if settings.validation.isHeldBack { validationLogits.append(try scores(validation)) }
    }

    let temperature = try validationLogits.isEmpty ? nil : temperature(validationLogits, validation.map(\.label))
    let tested = split.test.map { recordings[$0] }
    let isJudged = onlyMember == nil && !test.isEmpty
    let predictions =
      isJudged
      ? try Predictions(
        files: tested.map(\.path), truth: test.map(\.label), speakers: tested.map(\.speaker), logits: testLogits,
        temperature: temperature ?? 1) : nil
    return Outcome(
      split: split, members: members, records: records, predictions: predictions,
      temperature: temperature, whitening: whitening, validationCount: held.count,
      notes: notes)
  }

  /// Trains a member in its folder, where no other process trains meanwhile.
  private func train(
    _ trainer: Trainer, on training: [Example], validation: [Example], in folder: URL,
    onEvent: (TrainingEvent) throws -> Void
  ) throws -> (network: Network, records: [EpochRecord]) {
    let claim: FileHandle?
    do {
      claim = try OutputPlace(folder.appending(path: "training").path).claimPartial()
    } catch is OutputBusy {
      throw MemberBusy(folder: folder.path)
    }
    defer { try? claim?.close() }
    return try trainer.train(
      on: training, validation: validation, in: folder, keeping: settings.epoch, onEvent: onEvent)
  }

  /// What gives recordings their scores (recording, class): the network, or an SVM fitted on the training side's
  /// features, which leaves the costs that it tried in `svm.json`, and the cost that it chose, with how it did.
  ///
  /// A network that was fine-tuned on a recording tells it rightly, whatever the cost: only recordings that were held back
  /// from it tell costs apart.
  private func scorer(
    _ trainer: Trainer, _ network: Network, _ training: [Example], _ recordings: [Recording], heldBack: [Example],
    in folder: URL
  ) throws -> (scores: ([Example]) throws -> [[Double]], cost: String?) {
    guard settings.svm != nil else {
      return ({ try trainer.logits(network, of: $0, precision: .float32).map { $0.map(Double.init) } }, nil)
    }
    func features(_ examples: [Example]) throws -> [[Float]] {
      try trainer.pooledFeatures(network, of: examples, precision: .float32)
    }
    let seed = trainer.settings.seed
    let choice: (svm: LinearSVM, scores: [LinearSVM.CostScore])
    var origin = "chosen by inner folds of the training side"
    if settings.svm == .fineTuned, !heldBack.isEmpty {
      choice = try LinearSVM.choosingCost(
        features: features(training), labels: training.map(\.label), classCount: labels.count,
        heldBack: (features(heldBack), heldBack.map(\.label)), seed: seed)
      origin = "chosen on the validation side"
    } else {
      choice = try LinearSVM.choosingCost(
        features: features(training), labels: training.map(\.label), classCount: labels.count,
        folds: Split.innerFolds(of: recordings, seed: seed), seed: seed)
      if settings.svm == .fineTuned {
        origin += ", on features that were fine-tuned on these recordings too, so that it says little"
      }
    }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try JSON.encode(choice.scores).write(to: folder.appending(path: "svm.json"), options: .atomic)
    let svm = choice.svm
    return ({ svm.decisionValues(of: try features($0)) }, "\(svm.cost), \(origin)")
  }

  private func temperature(_ logits: [[[Double]]], _ truth: [Int]) throws -> Double {
    let rows = truth.indices.map { index in logarithms(meanProbabilities(logits.map { $0[index] })) }
    return try Calibration.temperature(logits: rows, truth: truth)
  }
}

extension ProtocolRun {
  /// Which corpora training heard besides those that are tested, as that alters what networks are worth; empty where there
  /// are none, or training heard other corpora only.
  package func extraCorporaNote(of splits: [Split]) -> [String] {
    func corpora(_ side: KeyPath<Split, [Int]>) -> Set<String> {
      Set(splits.flatMap { $0[keyPath: side].map { recordings[$0].corpus } })
    }
    return Self.extraCorporaNote(trained: corpora(\.training), tested: corpora(\.test))
  }

  /// The same for corpora by name.
  package static func extraCorporaNote(trained: Set<String>, tested: Set<String>) -> [String] {
    let extra = trained.subtracting(tested).sorted()
    return extra.isEmpty || trained.isDisjoint(with: tested)
      ? [] : ["trained on \(extra.joined(separator: ", ")) besides"]
  }
}

/// A member that another process is training.
public struct MemberBusy: DescribedError {
  /// The member's folder.
  let folder: String

  /// What to do.
  public var description: String {
    "\(folder): another process is training this member; wait until it is done, then continue the run (`emotive train` "
      + "needs --resume for that)"
  }
}
