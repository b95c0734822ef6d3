/// One claim of the paper, and the runs that it can be judged by.
struct PaperClaim: Sendable {
  /// What the paper says.
  let text: String
  let measure: ClaimResult.Measure
  /// The names of the run, of which the first that is declared counts, without the protocol at their end.
  let run: [String]
  /// Those of the run that it is compared with; empty where one run says it all.
  var other: [String] = []
  /// The difference that the paper prints, as a share; nil where it prints none.
  var paper: Double?

  /// The claims by experiment, with the names that `emotive experiment` gives its runs.
  static let all: [Experiment.Name: [PaperClaim]] = [
    .representation: [
      PaperClaim(
        text: "Three spectrograms beat spectrogram, MFCC and delta-MFCC", measure: .accuracy, run: ["spectrograms"],
        other: ["mfcc"])
    ],
    .whitening: [
      PaperClaim(text: "Whitening helps", measure: .accuracy, run: ["per-spectrogram"], other: ["none"])
    ],
    .architectures: [
      PaperClaim(text: "DenseNet beats SqueezeNet", measure: .accuracy, run: denseNets, other: squeezeNets),
      PaperClaim(text: "DenseNet beats AlexNet", measure: .accuracy, run: denseNets, other: ["alexnet"]),
      PaperClaim(
        text: "DenseNet is steadier than SqueezeNet", measure: .steadiness, run: denseNets, other: squeezeNets),
      PaperClaim(text: "DenseNet is steadier than AlexNet", measure: .steadiness, run: denseNets, other: ["alexnet"]),
    ],
    .dataMix: [
      PaperClaim(
        text: "All extra corpora but CREMA-D help", measure: .accuracy, run: ["all-without-crema-d", "all"],
        other: ["class"], paper: 0.02),
      PaperClaim(
        text: "256 recordings of each extra corpus but CREMA-D help", measure: .accuracy,
        run: ["256-without-crema-d", "256-each"], other: ["class"], paper: 0.01),
      PaperClaim(
        text: "CREMA-D hurts, all data", measure: .accuracy, run: ["all-without-crema-d"], other: ["all"], paper: 0.08),
      PaperClaim(
        text: "CREMA-D hurts, 256 recordings of each", measure: .accuracy, run: ["256-without-crema-d"],
        other: ["256-each"], paper: 0.05),
    ],
    .schedules: [
      PaperClaim(
        text: "Steps are steadier than a triangular cycle", measure: .steadiness, run: ["steps"], other: ["triangular"])
    ],
    .losses: [
      PaperClaim(
        text: "Cross-entropy is more accurate than hinge", measure: .accuracy, run: ["cross-entropy"],
        other: ["multi-margin"], paper: 0.01),
      PaperClaim(
        text: "Hinge is steadier than cross-entropy", measure: .steadiness, run: ["multi-margin"],
        other: ["cross-entropy"]),
    ],
    .batchSize: ["8", "16", "48"].map {
      PaperClaim(
        text: "Batches of \($0) do as well as batches of 24", measure: .sameAccuracy, run: ["batch-\($0)"],
        other: ["batch-24"], paper: 0)
    },
    .ensemble: [
      PaperClaim(
        text: "Four networks beat a single one", measure: .accuracy, run: ["ensemble"], other: ["single"], paper: 0.025),
      PaperClaim(text: "Four networks beat their mean member", measure: .ensembleGain, run: ["ensemble"]),
      PaperClaim(
        text: "Calm is taken for neutral more often than neutral for calm", measure: .calmForNeutral, run: ["ensemble"]),
    ],
  ]

  private static let denseNets = ["densenet161", "densenet121", "densenet169", "densenet201"]
  private static let squeezeNets = ["squeezenet1_1", "squeezenet1_0"]
}
