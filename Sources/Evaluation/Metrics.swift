/// The figures by which the field compares classifiers, all computed from a confusion matrix.
///
/// ```swift
/// let metrics = try Metrics(ConfusionMatrix(labels: ["sad", "happy"], truth: [0, 1], predicted: [0, 0]))
/// metrics.uar  // 0.5
/// ```
public struct Metrics: Codable, Sendable, Equatable {
  /// One class's figures; a ratio whose denominator is zero is 0, as in scikit-learn.
  public struct OfClass: Codable, Sendable, Equatable {
    /// The class's name.
    public let label: String
    /// Of the recordings given this label, the share that deserve it.
    public let precision: Double
    /// Of the recordings that deserve this label, the share that were given it.
    public let recall: Double
    /// The harmonic mean of precision and recall.
    public let f1: Double
    /// The number of recordings that deserve this label.
    public let support: Int
  }

  /// The number of recordings.
  public let n: Int
  /// Weighted accuracy: the share of recordings that were classified correctly.
  public let wa: Double
  /// Unweighted average recall: the mean recall over the classes that occur in the truth
  /// (scikit-learn's `balanced_accuracy_score`).
  public let uar: Double
  /// The mean F1 over the classes that occur in the truth or among the predictions
  /// (scikit-learn's `f1_score(average="macro")` with its default labels).
  public let macroF1: Double
  /// Each class's own figures, in the order of the labels.
  public let classes: [OfClass]

  /// Computes all figures from a confusion matrix.
  ///
  /// - throws: `MetricsError.empty` if it counts no recording.
  public init(_ confusion: ConfusionMatrix) throws {
    let counts = confusion.counts
    n = confusion.total
    guard n > 0 else { throw MetricsError.empty }
    let correct = counts.indices.map { counts[$0][$0] }
    let support = counts.map { $0.reduce(0, +) }
    let claimed = counts.indices.map { column in counts.reduce(0) { $0 + $1[column] } }
    classes = counts.indices.map { index in
      OfClass(
        label: confusion.labels[index],
        precision: ratio(correct[index], claimed[index]),
        recall: ratio(correct[index], support[index]),
        f1: ratio(2 * correct[index], claimed[index] + support[index]),
        support: support[index])
    }
    wa = ratio(correct.reduce(0, +), n)
    uar = mean(classes.filter { $0.support > 0 }.map(\.recall))
    macroF1 = mean(counts.indices.filter { support[$0] + claimed[$0] > 0 }.map { [classes] in classes[$0].f1 })
  }
}

private func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }

private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
