import Foundation
import Testing

@testable import Recognition

/// The parts of a timeline without networks.
@Suite struct TimelinePartsTests {
  func settings(_ change: (inout TimelineSettings) -> Void) -> TimelineSettings {
    var settings = TimelineSettings()
    change(&settings)
    return settings
  }

  @Test(arguments: [TimelineStream.Alignment.centred, .trailing])
  func slotsCoverTheStreamAndLieInTheirWindows(_ alignment: TimelineStream.Alignment) {
    for (window, hop) in [(3.0, 0.5), (1.0, 1.0), (0.7, 0.3333), (0.05, 0.01), (1.0, 0.99)] {
      for count in [1, 49, 700, 3_000, 3_001, 9_999, 20_000] {
        for chunk in [17, 100_000] {
          let settings = settings { ($0.window, $0.hop, $0.silence) = (window, hop, -120) }
          var cutter = WindowCutter(settings, rate: 1_000, alignment: alignment)
          // The samples are their places, to see that the right ones are cut out.
          let samples = (0..<count).map { Float($0) }
          var cuts: [WindowCutter.Cut] = []
          for start in stride(from: 0, to: count, by: chunk) {
            cuts += samples[start..<min(start + chunk, count)].withUnsafeBufferPointer { cutter.add($0) }
          }
          if let last = cutter.finish() { cuts.append(last) }
          var end = 0
          for cut in cuts {
            #expect(cut.slot.lowerBound == end && !cut.slot.isEmpty)
            #expect(cut.range.lowerBound <= cut.slot.lowerBound && cut.slot.upperBound <= cut.range.upperBound)
            #expect(cut.isSilent || cut.samples == Array(samples[cut.range]))
            let isWhole = cut.range.count == Int((window * 1_000).rounded())
            #expect(isWhole || cut.range.lowerBound == 0)
            end = cut.slot.upperBound
          }
          #expect(end == count, "window \(window), hop \(hop), \(count) samples")
        }
      }
    }
  }

  @Test func stretchesFollowEachOtherWithTheirNeighbours() {
    for (length, margin) in [(400, 50), (10, 30), (1, 0)] {
      for count in [1, 49, 400, 450, 451, 3_000] {
        let samples = (0..<count).map { Float($0) }
        for chunk in [7, 100_000] {
          var cutter = StretchCutter(length: length, margin: margin)
          var stretches: [StretchCutter.Stretch] = []
          for start in stride(from: 0, to: count, by: chunk) {
            let new = samples[start..<min(start + chunk, count)].withUnsafeBufferPointer { cutter.add($0) }
            // None is late: it comes with the sample after its margin.
            #expect(stretches.count + new.count == max(0, min(start + chunk, count) - margin - 1) / length)
            stretches += new
          }
          stretches += cutter.finish().map { [$0] } ?? []
          var end = 0
          for stretch in stretches {
            #expect(stretch.start == max(0, end - margin) && stretch.end > end)
            let last = min(count, stretch.end + margin)
            #expect(stretch.samples == Array(samples[stretch.start..<last]))
            end = stretch.end
          }
          #expect(end == count && stretches.dropLast().allSatisfy { $0.end % length == 0 })
        }
      }
    }
  }

  @Test func levelsAreThoseOfStandardDeviations() throws {
    let settings = settings { ($0.window, $0.hop) = (1, 1) }
    let square = (0..<1_000).map { Float($0 % 2 == 0 ? 1 : -1) }
    let sine = (0..<1_000).map { Float(sin(Double($0) * 2 * .pi / 100)) }
    let constant = [Float](repeating: 0.3, count: 1_000)
    let cases: [([Float], Double)] = [
      (square, 0), (sine, -3.0103), (square.map { 0.7 + 0.01 * $0 }, -40), (constant, -120),
    ]
    for (samples, level) in cases {
      var cutter = WindowCutter(settings, rate: 1_000, alignment: .trailing)
      let cut = try #require(samples.withUnsafeBufferPointer { cutter.add($0) }.first)
      #expect(abs(cut.level - level) < 1e-3)
    }
  }

  /// Beside a moving average written down plainly.
  @Test(arguments: [0.0, 0.4, 1.0, 2.0, 7.3]) func smoothingIsAMovingAverage(_ smoothing: Double) {
    let values: [Double?] = [1, 0, 0.5, nil, 0.25, nil, nil, 0.9, 0.1, 0.1, 1, 0.3]
    let settings = settings { ($0.smoothing, $0.hop) = (smoothing, 0.5) }
    for alignment in [TimelineStream.Alignment.centred, .trailing] {
      var smoother = Smoother(settings, alignment: alignment)
      var found: [Double?] = []
      for value in values {
        let cut = WindowCutter.Cut(range: 0..<1, slot: 0..<1, level: 0, isSilent: true, samples: [])
        if let item = smoother.add((cut, value.map { [$0, 1 - $0] })) { found.append(item.probabilities?[0]) }
        if alignment == .trailing { #expect(!found.isEmpty) }
      }
      found += smoother.finish().map { $0.probabilities?[0] }
      let reach = Int(smoothing)
      let expected = values.indices.map { index -> Double? in
        let last = alignment == .centred ? index + reach : index
        let near = values[max(0, index - reach)...min(values.count - 1, last)].compactMap { $0 }
        return values[index] == nil ? nil : near.reduce(0, +) / Double(near.count)
      }
      #expect(found.count == expected.count)
      for (a, b) in zip(found, expected) { #expect(abs((a ?? -1) - (b ?? -1)) < 1e-12) }
    }
  }

  /// Segments of windows of half a second each: a letter for its class, - for silence.
  func segments(_ text: String, minimum: Double) -> [String] {
    let labels = ["a", "b", "c"]
    var segmenter = Segmenter(settings { $0.minimumSegment = minimum }, labels: labels)
    var found: [Timeline.Segment] = []
    for (index, letter) in text.enumerated() {
      let probabilities = letter == "-" ? nil : labels.map { $0 == String(letter) ? 0.8 : 0.1 }
      let slot = 0.5 * Double(index)..<0.5 * Double(index + 1)
      if let segment = segmenter.add(slot, probabilities) { found.append(segment) }
    }
    if let segment = segmenter.finish() { found.append(segment) }
    for (one, next) in zip(found, found.dropFirst()) { #expect(one.end <= next.start) }
    return found.map {
      "\($0.label) \(Int($0.start * 10)) \(Int($0.end * 10)) \(Int(($0.probability * 100).rounded()))"
    }
  }

  @Test func windowsOfOneClassAreJoined() {
    #expect(segments("aaabb", minimum: 0) == ["a 0 15 80", "b 15 25 80"])
    #expect(segments("aa--bb", minimum: 0) == ["a 0 10 80", "b 20 30 80"])
    #expect(segments("aa--aa", minimum: 1) == ["a 0 10 80", "a 20 30 80"])
    #expect(segments("---", minimum: 1) == [])
    #expect(segments("", minimum: 1) == [])
  }

  @Test func shortWordsBetweenSilencesStay() {
    #expect(segments("--b--", minimum: 1) == ["b 10 15 80"])
    #expect(segments("b--", minimum: 1) == ["b 0 5 80"])
    #expect(segments("--b", minimum: 1) == ["b 10 15 80"])
    #expect(segments("aa--b--cc", minimum: 1) == ["a 0 10 80", "b 20 25 80", "c 35 45 80"])
    // A short silence joins the word before it; several short words are one, of the class that they have most of.
    #expect(segments("--b-b--", minimum: 1) == ["b 10 25 80"])
    #expect(segments("--b-", minimum: 1) == ["b 10 20 80"])
    #expect(segments("------abbba------", minimum: 3) == ["b 30 55 52"])
    // What follows without a pause is one with it.
    #expect(segments("--abb", minimum: 1) == ["b 10 25 57"])
  }

  @Test func shortStretchesJoinTheOneBefore() {
    // Five windows of a and one of b: (5 * 0.8 + 0.1) / 6.
    #expect(segments("aabaaa", minimum: 1) == ["a 0 30 68"])
    #expect(segments("aa-aa", minimum: 1) == ["a 0 25 80"])
    #expect(segments("aabcbc", minimum: 1) == ["a 0 30 33"])
    #expect(segments("aab", minimum: 1) == ["a 0 15 57"])
    #expect(segments("aabbb", minimum: 1.5) == ["b 0 25 52"])
    // Nothing is before the first stretch.
    #expect(segments("abbbb", minimum: 1) == ["b 0 25 66"])
    #expect(segments("-bbb", minimum: 1) == ["b 0 20 80"])
    // A recording that is too short for any segment is one.
    #expect(segments("a", minimum: 1) == ["a 0 5 80"])
  }

  /// Whatever comes, segments lie in order, are long enough unless they stand alone, and no two neighbours could be one.
  @Test func segmentsOfAnything() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let text = String(
        (0..<Int.random(in: 0...60, using: &random)).map { _ in "aaabc-".randomElement(using: &random)! })
      for minimum in [0.0, 1, 2.5] {
        let parts = segments(text, minimum: minimum).map { $0.split(separator: " ") }
        for (index, part) in parts.enumerated() where Int(part[2])! - Int(part[1])! < Int(minimum * 10) {
          #expect(index == 0 || parts[index - 1][2] != part[1], "\(text)")
          #expect(index == parts.count - 1 || parts[index + 1][1] != part[2], "\(text)")
        }
        for (one, next) in zip(parts, parts.dropFirst()) { #expect(one[0] != next[0] || one[2] != next[1], "\(text)") }
      }
    }
  }
}
