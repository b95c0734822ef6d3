/// Means of probabilities over neighbouring windows; silent windows neither give nor take.
struct Smoother {
  typealias Item = (cut: WindowCutter.Cut, probabilities: [Double]?)

  private let before: Int
  private let after: Int
  /// The windows that means are still made of; the first `position` of them have been returned.
  private var items: [Item] = []
  private var position = 0

  init(_ settings: TimelineSettings, alignment: TimelineStream.Alignment) {
    // A little more than the quotient, which rounding may have put just below a whole number.
    before = Int(settings.smoothing / 2 / settings.hop + 1e-9)
    after = alignment == .centred ? before : 0
  }

  /// Takes a window and returns the next that has all of its neighbours.
  mutating func add(_ item: Item) -> Item? {
    items.append(item)
    return items.count > position + after ? next() : nil
  }

  /// The windows that lack neighbours, as no more will come.
  mutating func finish() -> [Item] {
    var rest: [Item] = []
    while position < items.count { rest.append(next()) }
    return rest
  }

  private mutating func next() -> Item {
    let item = items[position]
    let near = items[max(0, position - before)...min(items.count - 1, position + after)].compactMap(\.probabilities)
    let mean = item.probabilities.map { own in
      own.indices.map { label in near.reduce(0) { $0 + $1[label] } / Double(near.count) }
    }
    position += 1
    if position > before {
      items.removeFirst()
      position -= 1
    }
    return (item.cut, mean)
  }
}
