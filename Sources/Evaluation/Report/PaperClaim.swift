/// One claim of the paper, and the runs that it can be judged by.
struct PaperClaim: Sendable {
  /// What the paper says.
  let text: String
  let measure: ClaimResult.Measure
  /// The names of the run, of which the first that is declared counts, without the protocol at their end.
  let run: [String]
  /// Those of the run that it is compared with; empty where one run says it all.
  var other: [String] = []
  /// What the claim is about, in which alone the two runs may differ: keys of settings in run.json, or `corpora`.
  var varies: [String] = []
  /// The number of networks that the claim is about; nil where it is about any.
  var members: Int?
  /// The difference that the paper prints, as a share; nil where it prints none.
  var paper: Double?

  /// Whether the two runs may differ in a setting or in their `corpora`.
  ///
  /// Only recordings that both tested are compared where splits differ, and number formats alter less than a seed does.
  func allows(_ key: String) -> Bool { varies.contains(key) || ["split", "training.precision"].contains(key) }

  /// The claims by experiment, with the names that `emotive experiment` gives its runs.
  static let all: [Experiment.Name: [PaperClaim]] = [
    .representation: [
      PaperClaim(
        text: "Three spectrograms beat spectrogram, MFCC and delta-MFCC", measure: .accuracy, run: ["spectrograms"],
        other: ["mfcc"], varies: ["features.representation"])
    ],
    .whitening: [
      PaperClaim(
        text: "Whitening helps", measure: .accuracy, run: ["per-spectrogram"], other: ["none"],
        varies: ["features.whitening", "features.zca_epsilon", "features.zca_epsilon_is_absolute"])
    ],
    .architectures: [
      PaperClaim(
        text: "DenseNet beats SqueezeNet", measure: .accuracy, run: denseNets, other: squeezeNets, varies: network),
      PaperClaim(
        text: "DenseNet beats AlexNet", measure: .accuracy, run: denseNets, other: ["alexnet"], varies: network),
      PaperClaim(
        text: "DenseNet is steadier than SqueezeNet", measure: .steadiness, run: denseNets, other: squeezeNets,
        varies: network),
      PaperClaim(
        text: "DenseNet is steadier than AlexNet", measure: .steadiness, run: denseNets, other: ["alexnet"],
        varies: network),
    ],
    .dataMix: [
      PaperClaim(
        text: "All extra corpora but CREMA-D help", measure: .accuracy, run: ["all-without-crema-d", "all"],
        other: ["class"], varies: ["corpora"], paper: 0.02),
      PaperClaim(
        text: "256 recordings of each extra corpus but CREMA-D help", measure: .accuracy,
        run: ["256-without-crema-d", "256-each"], other: ["class"], varies: ["corpora"], paper: 0.01),
      PaperClaim(
        text: "CREMA-D hurts, all data", measure: .accuracy, run: ["all-without-crema-d"], other: ["all"],
        varies: ["corpora"], paper: 0.08),
      PaperClaim(
        text: "CREMA-D hurts, 256 recordings of each", measure: .accuracy, run: ["256-without-crema-d"],
        other: ["256-each"], varies: ["corpora"], paper: 0.05),
    ],
    .schedules: [
      PaperClaim(
        text: "Steps are steadier than a triangular cycle", measure: .steadiness, run: ["steps"], other: ["triangular"],
        varies: ["training.schedule"])
    ],
    .losses: [
      PaperClaim(
        text: "Cross-entropy is more accurate than hinge", measure: .accuracy, run: ["cross-entropy"],
        other: ["multi-margin"], varies: ["training.loss"], paper: 0.01),
      PaperClaim(
        text: "Hinge is steadier than cross-entropy", measure: .steadiness, run: ["multi-margin"],
        other: ["cross-entropy"], varies: ["training.loss"]),
    ],
    .batchSize: ["8", "16", "48"].map {
      PaperClaim(
        text: "Batches of \($0) and of 24 do equally well", measure: .sameAccuracy, run: ["batch-\($0)"],
        other: ["batch-24"], varies: ["training.batch_size"], paper: 0)
    },
    .ensemble: [
      PaperClaim(
        text: "Four networks beat a single one", measure: .accuracy, run: ["ensemble"], other: ["single"],
        varies: ["members"], members: 4, paper: 0.025),
      PaperClaim(text: "Four networks beat their mean member", measure: .ensembleGain, run: ["ensemble"], members: 4),
      PaperClaim(
        text: "Calm is taken for neutral more often than neutral for calm", measure: .calmForNeutral, run: ["ensemble"]),
    ],
  ]

  private static let denseNets = ["densenet161", "densenet121", "densenet169", "densenet201"]
  private static let squeezeNets = ["squeezenet1_1", "squeezenet1_0"]
  /// Weight files are each of one network; a random start is told from a pretrained one by itself.
  private static let network = ["networks", "weights"]
}
