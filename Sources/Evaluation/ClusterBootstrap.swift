import Corpora

/// Draws of whole clusters with replacement, for the interval of any figure of a list.
///
/// A list may hold the same recordings twice, as two runs judged them: both are in the cluster of their speaker, so that
/// the runs are compared in pairs.
struct ClusterBootstrap {
  private let clusters: [[Int]]

  /// - Parameter names: the cluster of each element of the list.
  init(names: [String]) {
    var clusters: [[Int]] = []
    var numbers: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      let number = numbers[name] ?? clusters.count
      if number == clusters.count { clusters.append([]) }
      numbers[name] = number
      clusters[number].append(index)
    }
    self.clusters = clusters
  }

  /// The interval of a figure over the draws.
  ///
  /// - Parameters:
  ///   - unit: what the clusters are, for the record.
  ///   - figure: computes it from indices into the list; nil where a draw does not give it.
  /// - Returns: nil where no draw gives the figure.
  func interval(_ unit: BootstrapInterval.Unit, of figure: ([Int]) -> Double?) -> BootstrapInterval? {
    intervals(unit) { figure($0).map { [$0] } }?.first
  }

  /// The intervals of several figures over the same draws, in the order in which `figures` gives them.
  func intervals(
    _ unit: BootstrapInterval.Unit, resamples: Int = 2000, seed: UInt64 = 0, of figures: ([Int]) -> [Double]?
  ) -> [BootstrapInterval]? {
    guard !clusters.isEmpty else { return nil }
    var generator = SeededGenerator(seed: seed)
    let values = (0..<resamples).compactMap { _ in
      figures(clusters.indices.flatMap { _ in clusters[generator.below(clusters.count)] })
    }
    return values.first?.indices.compactMap { figure in
      BootstrapInterval(
        of: values.map { $0[figure] }, level: 0.95, resamples: resamples, unit: unit, clusters: clusters.count)
    }
  }

  /// The clusters of recordings, and what they are: speakers, with a recording of unknown speaker on its own; or
  /// recordings, where fewer than two speakers are named.
  static func names(speakers: [String?], files: [String]) -> (names: [String], unit: BootstrapInterval.Unit) {
    guard Set(speakers.compactMap(\.self)).count >= 2 else { return (files, .recording) }
    return (zip(speakers, files).map { speaker, file in speaker.map { "speaker \($0)" } ?? "file \(file)" }, .speaker)
  }
}
