extension Array where Element: Comparable {
  /// The index of the largest element, the first if several are equal, as `argmax`; 0 for an empty list.
  package var indexOfMaximum: Int { indices.dropFirst().reduce(0) { self[$1] > self[$0] ? $1 : $0 } }
}
