import Foundation

/// How to divide recordings into training and test, as written on the command line.
///
///     let plan = try SplitPlan("kfold:5@ravdess")
///     let splits = try plan.splits(of: recordings, seed: 1)
///
/// | text | splits |
/// | --- | --- |
/// | `random`, `random:0.2` | one, stratified by class, with that share on the test side |
/// | `speakers:savee-DC,savee-JE` | one, with those speakers on the test side; a name with a comma in quotes |
/// | `loso` | one for each speaker |
/// | `kfold:5`, `kfold:5:2` | five with whole speakers, balanced by recordings; or the second of them |
/// | `emobox`, `luna-jimenez`, `emobox:3` | the published folds of RAVDESS; or the third of them |
/// | `predefined` | one, as the corpora themselves say (a CSV's column `split`, folders `train`, `dev` and `test`); corpora that say nothing are trained on |
/// | `cross`, `cross:ravdess` | for each pair of corpora, training on one and testing on the other; or on RAVDESS alone |
/// | `none` | one with everything on the training side: for a model that ships |
///
/// `@CORPUS` behind `random`, `loso` or `kfold` (`loso@savee`) tests on that corpus only; the others stay in training. Corpora
/// are named as ``CorpusSource/name`` has them.
public struct SplitPlan: Sendable, Equatable, CustomStringConvertible {
  /// The ways to divide.
  public enum Method: Sendable, Equatable {
    /// One split stratified by class, with the given share on the test side.
    case random(testFraction: Double)
    /// One split with the given speakers on the test side.
    case speakers([String])
    /// A split for each speaker.
    case leaveOneSpeakerOut
    /// The given number of folds of whole speakers.
    case kFold(Int)
    /// One split as the corpora themselves have it, see ``Recording/side``.
    case predefined
    /// A split for each pair of corpora, or for those that train on the given one: training on one, testing on the other.
    case crossCorpus(training: String?)
    /// One split with nothing on the test side.
    case none
    /// Published folds of RAVDESS.
    case named(NamedFolds)
  }

  /// The way to divide.
  public let method: Method
  /// The one fold that is wanted, from 1; nil for all.
  public let fold: Int?
  /// The one corpus to test on; nil for all.
  public let corpus: String?
  /// The plan as it was written.
  public let description: String

  /// Reads a plan in the forms of the table above.
  ///
  /// - throws: ``CorpusError`` that lists the forms.
  public init(_ text: String) throws {
    description = text
    if text.hasPrefix("speakers:") {
      let rows = (try? CSV.parse(Data(text.dropFirst("speakers:".count).utf8))) ?? []
      let names = rows.first?.fields.filter { !$0.isEmpty } ?? []
      guard !names.isEmpty else { throw Self.error(text, "no speaker is named") }
      (method, fold, corpus) = (.speakers(names), nil, nil)
      return
    }
    let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let parts = halves[0].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    corpus = try halves.dropFirst().first.map { try Self.corpus(String($0), in: text) }
    func number(_ index: Int, _ what: String, in range: ClosedRange<Int>) throws -> Int? {
      guard parts.indices.contains(index) else { return nil }
      guard let value = Int(parts[index]), range.contains(value) else {
        let upper = range.upperBound == .max ? "" : " and at most \(range.upperBound)"
        throw Self.error(text, "the \(what) must be a whole number of at least \(range.lowerBound)\(upper)")
      }
      return value
    }
    let most: Int
    switch parts[0] {
    case "random":
      guard let fraction = parts.count > 1 ? Double(parts[1]) : 0.2 else {
        throw Self.error(text, "the test share must be a number between 0 and 1")
      }
      try Self.checkFraction(fraction, in: "--split \(text)")
      (method, fold, most) = (.random(testFraction: fraction), nil, 2)
    case "predefined":
      guard corpus == nil else { throw Self.error(text, "predefined tests on what corpora say; leave out the @") }
      (method, fold, most) = (.predefined, nil, 1)
    case "none":
      guard corpus == nil else { throw Self.error(text, "none tests on nothing; leave out the @") }
      (method, fold, most) = (.none, nil, 1)
    case "cross":
      guard corpus == nil else { throw Self.error(text, "cross tests on every other corpus; leave out the @") }
      let trained = try parts.dropFirst().first.map { try Self.corpus($0, in: text) }
      (method, fold, most) = (.crossCorpus(training: trained), nil, 2)
    case "loso":
      (method, fold, most) = (.leaveOneSpeakerOut, nil, 1)
    case "kfold":
      guard let count = try number(1, "number of folds", in: 2...Int.max) else {
        throw Self.error(text, "the number of folds is missing (kfold:5)")
      }
      (method, fold, most) = (.kFold(count), try number(2, "fold", in: 1...count), 3)
    default:
      guard let folds = NamedFolds(rawValue: parts[0]) else { throw Self.error(text, "unknown kind \"\(parts[0])\"") }
      guard corpus == nil else { throw Self.error(text, "\(parts[0]) always tests on ravdess; leave out the @") }
      (method, fold, most) = (.named(folds), try number(1, "fold", in: 1...folds.testActors.count), 2)
    }
    guard parts.count <= most else { throw Self.error(text, "too many parts") }
  }

  /// The forms of the table above, for messages and help texts.
  package static let forms = inWords(["random[:SHARE]"] + disjoint + ["predefined", "none"])
  /// Those that keep each speaker on one side.
  package static let disjointForms = inWords(disjoint)

  private static let disjoint = [
    "speakers:ID,ID", "loso", "kfold:K[:FOLD]", "emobox[:FOLD]", "luna-jimenez[:FOLD]", "cross[:CORPUS]",
  ]

  private static func inWords(_ forms: [String]) -> String {
    forms.dropLast().joined(separator: ", ") + " or " + (forms.last ?? "")
  }

  /// The plan with all of its folds, where it names one.
  public var withAllFolds: SplitPlan {
    let text: String =
      switch method {
      case .kFold(let count): "kfold:\(count)" + (corpus.map { "@\($0)" } ?? "")
      case .named(let folds): folds.rawValue
      default: description
      }
    return SplitPlan(method: method, fold: nil, corpus: corpus, description: text)
  }

  /// Whether it keeps each speaker on one side, wherever speakers are known; nil where only its recordings can tell.
  public var isSpeakerDisjoint: Bool? {
    switch method {
    case .predefined: nil
    case .random, .none: false
    case .speakers, .leaveOneSpeakerOut, .kFold, .crossCorpus, .named: true
    }
  }

  private init(method: Method, fold: Int?, corpus: String?, description: String) {
    (self.method, self.fold, self.corpus, self.description) = (method, fold, corpus, description)
  }

  private static func corpus(_ name: String, in text: String) throws -> String {
    guard CorpusSource.isName(name) else { throw error(text, "no corpus can be called \"\(name)\"") }
    return name
  }

  private static func error(_ text: String, _ what: String) -> CorpusError {
    CorpusError(
      "--split \"\(text)\": \(what); expected \(forms); @CORPUS behind random, loso or kfold tests on that corpus only")
  }

  static func checkFraction(_ fraction: Double, in setting: String) throws {
    guard fraction > 0, fraction < 1 else {
      throw CorpusError("\(setting): the share must be between 0 and 1, found \(fraction)")
    }
  }
}
