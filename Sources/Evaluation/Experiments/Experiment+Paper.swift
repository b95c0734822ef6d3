import Corpora
import Features
import Networks
import Training

extension Experiment {
  /// Declares an experiment as the paper describes it (method.md, "Experiments of the paper"), every run under the
  /// paper's random split and under a speaker-disjoint protocol.
  public init(_ name: Name, _ choices: ExperimentChoices) {
    let declare = Declaration(choices)
    self.name = name
    switch name {
    case .representation:
      title = "Three spectrograms against spectrogram, MFCC and delta-MFCC"
      paperSection = "III"
      question = "Which three channels should an image have?"
      claim = "three spectrograms beat spectrogram, MFCC and delta-MFCC"
      let rows: [(FeatureSettings.Representation, title: String)] = [
        (.spectrograms, "S1, S2, S3"), (.mfcc, "S1, MFCC, delta-MFCC"),
      ]
      runs = rows.flatMap { representation, title in
        declare.pair(representation.rawValue, title, declare.comparison(epochs: 20)) {
          $0.features.representation = representation
        }
      }
    case .whitening:
      title = "ZCA-Mahalanobis whitening on against off"
      paperSection = "III"
      question = "Does whitening each spectrogram help?"
      claim = "whitening helps"
      let rows: [(FeatureSettings.Whitening, title: String)] = [
        (.perSpectrogram, "whitened, per spectrogram"), (.none, "not whitened"),
        (.trainingSet, "whitened, by training set"),
      ]
      runs = rows.flatMap { whitening, title in
        declare.pair(whitening.rawValue, title, declare.comparison(epochs: 20)) {
          $0.features.whitening = whitening
        }
      }
    case .architectures:
      title = "Architectures"
      paperSection = "Fig. 1"
      question = "Which pretrained network does best?"
      claim = "DenseNet is the best and the steadiest of SqueezeNet, AlexNet and DenseNet"
      let usual: [Architecture] =
        choices.isQuick ? [.squeezenet1_1, .alexnet, .resnet18] : [.squeezenet1_1, .alexnet, .densenet161, .resnet18]
      let compared = choices.networks.count > 1 ? choices.networks : usual
      runs = compared.flatMap { declare.pair($0.rawValue, $0.title, declare.comparison(epochs: 60, network: $0)) }
    case .dataMix:
      title = "Extra corpora in training"
      paperSection = "Table I"
      question = "Which extra corpora help?"
      claim = "extra corpora help, and CREMA-D hurts"
      let rows: [(name: String, title: String, data: DataChoice, paperWA: Double)] = [
        ("class", "class data", DataChoice(), 0.81),
        ("all", "all data", DataChoice(extra: .all), 0.75),
        ("256-each", "256 from each extra corpus", DataChoice(extra: .sample(256)), 0.77),
        (
          "256-without-crema-d", "256 from each, without CREMA-D", DataChoice(extra: .sample(256), without: .cremaD),
          0.82
        ),
        ("all-without-crema-d", "all data without CREMA-D", DataChoice(extra: .all, without: .cremaD), 0.83),
      ]
      // A row whose corpora were not given would repeat another.
      let hasExtra = choices.corpora.count > 1
      let hasCREMAD = choices.corpora.dropFirst().contains(.cremaD)
      runs = rows.filter { ($0.data.extra == .none || hasExtra) && ($0.data.excluded == nil || hasCREMAD) }.flatMap {
        declare.pair($0.name, $0.title, declare.comparison(epochs: 50), data: $0.data, paperWA: $0.paperWA)
      }
    case .schedules:
      title = "Learning-rate schedules"
      paperSection = "III"
      question = "Multiplicative steps or a triangular cycle?"
      claim = "steps are steadier than a triangular cycle"
      let final = declare.final().training
      let steps = if case .steps(let every, _) = final.schedule { every } else { final.epochs }
      runs =
        declare.pair(
          "steps", "x 0.1 every \(steps) of \(final.epochs) epochs", declare.final(), data: declare.finalData)
        + declare.pair("triangular", "triangular cycle", declare.final(), data: declare.finalData) {
          $0.training.schedule = .triangular(period: max(2, $0.training.epochs / 5), low: 0.01)
        }
    case .losses:
      title = "Cross-entropy against hinge"
      paperSection = "Fig. 2"
      question = "Does a hinge loss change the accuracy?"
      claim = "hinge is steadier and costs 1% of accuracy"
      let rows: [(LossFunction, title: String)] = [
        (.crossEntropy, "cross-entropy"), (.multiMargin, "multi-class hinge (MultiMarginLoss)"),
        (.multiLabelMargin, "MultiLabelMarginLoss, the same for one label"),
      ]
      runs = rows.flatMap { loss, title in
        declare.pair(loss.rawValue, title, declare.final(), data: declare.finalData) { $0.training.loss = loss }
      }
    case .batchSize:
      title = "Batch sizes"
      paperSection = "III"
      question = "Does the batch size matter?"
      claim = "the batch size does not matter"
      runs = [8, 16, 24, 48].flatMap { size in
        declare.pair("batch-\(size)", "batches of \(size)", declare.final(), data: declare.finalData) {
          $0.training.batchSize = size
        }
      }
    case .ensemble:
      title = "A single network against an ensemble"
      paperSection = "Fig. 3"
      question = "What does averaging \(choices.members) networks gain?"
      claim = "four networks gain 2.5 points, and calm is taken for neutral more often than neutral for calm"
      runs =
        declare.pair(
          "single", "single network, the ensemble's first", declare.final(), data: declare.finalData, paperWA: 0.83)
        + declare.pair(
          "ensemble", "ensemble of \(choices.members)", declare.final(), data: declare.finalData, paperWA: 0.855
        ) { $0.members = choices.members }
    case .furtherWork:
      title = "The paper's further work"
      paperSection = "Conclusions"
      question = "ResNet with frozen early layers, a recurrent network, an SVM as the output layer?"
      claim = "these may do better (the paper did not try)"
      let network = choices.network
      runs =
        declare.pair("resnet18", "ResNet-18, all layers trained", declare.final(network: .resnet18))
        + declare.pair("resnet18-frozen", "ResNet-18, early layers frozen", declare.final(network: .resnet18)) {
          $0.training.frozenLayers = ["conv1", "bn1", "layer1", "layer2"]
        }
        + declare.pair("crnn", "CRNN, random start", declare.final(network: .crnn)) { $0.weights = "none" }
        + declare.pair("softmax", "\(network.title), its own output layer", declare.final())
        + declare.pair("svm", "\(network.title), fine-tuned, SVM as output layer", declare.final()) {
          $0.svm = .fineTuned
        }
        + declare.pair("svm-pretrained", "\(network.title), not fine-tuned, SVM as output layer", declare.final()) {
          $0.svm = .pretrained
        }
    case .protocols:
      title = "The same model under every protocol"
      paperSection = "beyond the paper"
      question = "How much of the random split's accuracy is left for speakers that were not heard?"
      claim = "accuracy on a random split (the paper does not say what it is on new speakers)"
      runs = declare.protocols()
    }
  }

  /// The experiment as `experiment.json` holds it.
  public func record(quick: Bool) -> ExperimentRecord {
    ExperimentRecord(
      name: name.rawValue, title: title, paperSection: paperSection, question: question, claim: claim, quick: quick,
      runs: runs.map { .init(name: $0.name, title: $0.title, paperWA: $0.paperWA, random: $0.isRandom) })
  }
}

/// What the declarations of all experiments share.
private struct Declaration {
  let choices: ExperimentChoices
  let splits: (random: String, disjoint: String?)

  /// From the schedules on, the paper trains on all its data without CREMA-D.
  let finalData = DataChoice(extra: .all, without: .cremaD)

  init(_ choices: ExperimentChoices) {
    self.choices = choices
    splits = SplitPlan.pair(choices)
  }

  /// The settings that the paper compares architectures with: a constant rate of 1e-4.
  func comparison(epochs: Int, network: Architecture? = nil) -> RunSettings {
    var settings = settings(network, epochs: epochs)
    settings.training.learningRate = 1e-4
    settings.training.schedule = .constant
    return settings
  }

  /// The paper's final settings: 1e-3, a tenth of it after 20 and after 40 of 50 epochs.
  func final(network: Architecture? = nil) -> RunSettings {
    var settings = settings(network, epochs: 50)
    settings.training.learningRate = choices.learningRate ?? 1e-3
    settings.training.schedule = .steps(every: max(1, settings.training.epochs * 2 / 5), factor: 0.1)
    return settings
  }

  private func settings(_ network: Architecture?, epochs: Int) -> RunSettings {
    let network = network ?? choices.network
    var settings = RunSettings(networks: [network], weights: choices.start(of: network))
    settings.training.epochs = choices.epochs ?? (choices.isQuick ? 4 : epochs)
    settings.training.seed = choices.seed
    settings.training.precision = choices.precision
    settings.validation = .test
    return settings
  }

  /// One setting under both protocols, or under the random one alone.
  func pair(
    _ name: String, _ title: String, _ settings: RunSettings, data: DataChoice = DataChoice(), paperWA: Double? = nil,
    change: (inout RunSettings) -> Void = { _ in }
  ) -> [Experiment.Run] {
    var settings = settings
    change(&settings)
    return [run("\(name)-random", title, settings, splits.random, data, paperWA: paperWA)]
      + (splits.disjoint.map { [run("\(name)-disjoint", title, settings, $0, data)] } ?? [])
  }

  func protocols() -> [Experiment.Run] {
    let others = choices.corpora.count > 1
    let lunaJimenez = "luna-jimenez" + (choices.isQuick ? ":1" : "")
    var alone = [(name: "random", title: "random split", split: "random:0.2")]
    if let disjoint = splits.disjoint {
      let isLeaveOneOut = (try? SplitPlan(disjoint).method) == .leaveOneSpeakerOut
      if choices.hasPublishedFolds {
        alone.append(("emobox", title("EmoBox's folds", of: disjoint), disjoint))
        alone.append(("luna-jimenez", title("Luna-Jimenez's folds", of: lunaJimenez), lunaJimenez))
      } else if !isLeaveOneOut {
        alone.append(("folds", title("folds of whole speakers", of: disjoint), disjoint))
      }
      if !choices.isQuick || isLeaveOneOut { alone.append(("loso", "leave one speaker out", "loso")) }
    }
    return alone.map { run($0.0, $0.1, final(), $0.2, DataChoice()) }
      + (others ? [run("cross", "cross-corpus", final(), "cross", DataChoice(extra: .all))] : [])
  }

  /// What a plan divides by, with the one fold that it names.
  private func title(_ folds: String, of split: String) -> String {
    (try? SplitPlan(split).fold).map { "\(folds), fold \($0) alone" } ?? folds
  }

  private func run(
    _ name: String, _ title: String, _ settings: RunSettings, _ split: String, _ data: DataChoice,
    paperWA: Double? = nil
  ) -> Experiment.Run {
    var settings = settings
    settings.split = split
    var data = data
    if choices.isQuick { data.limit = 240 }
    return Experiment.Run(name: name, title: title, settings: settings, data: data, paperWA: paperWA)
  }
}
