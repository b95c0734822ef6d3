/// The share of examples that were told rightly; 0 where there are none.
func share(of right: [Bool]) -> Double { Double(right.count { $0 }) / Double(max(right.count, 1)) }

/// The mean over the classes that occur of the share of their examples that were told rightly (UAR).
func meanRecall(_ truth: [Int], isRight: [Bool]) -> Double {
  let recalls = Dictionary(grouping: zip(truth, isRight), by: \.0).sorted { $0.key < $1.key }
    .map { share(of: $0.value.map(\.1)) }
  return recalls.reduce(0, +) / Double(max(recalls.count, 1))
}
