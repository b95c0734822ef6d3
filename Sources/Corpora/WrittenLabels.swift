/// The class names of one corpus as they are written, so that those which become one class can be named.
struct WrittenLabels {
  private var names: [String: Set<String>] = [:]

  /// The label under which a class name is kept.
  mutating func label(for name: String) -> String {
    let label = Emotion.label(for: name)
    names[label, default: []].insert(Emotion.trimmed(name))
    return label
  }

  /// A sentence for each class of several names, which differ in more than capitals and spaces.
  ///
  /// - parameter corpus: what the corpus is called.
  func notes(on corpus: String) -> [String] {
    names.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { label, names in
      "the labels \(names.sorted().joined(separator: " and ")) of \(corpus) are one class, \(label)"
    }
  }
}
