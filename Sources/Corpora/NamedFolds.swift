/// Published folds of RAVDESS, so that results can be set beside those of others.
public enum NamedFolds: String, CaseIterable, Sendable {
  /// The six folds of EmoBox (Ma et al. 2024).
  case emobox
  /// The five folds of Luna-Jimenez et al. 2021.
  case lunaJimenez = "luna-jimenez"

  /// The name to print.
  public var title: String {
    switch self {
    case .emobox: "EmoBox"
    case .lunaJimenez: "Luna-Jimenez"
    }
  }

  /// The test actors of each fold, 1 to 24.
  var testActors: [[Int]] {
    switch self {
    case .emobox:
      [[1, 11, 20, 21], [4, 10, 12, 14], [8, 9, 19, 23], [3, 5, 7, 24], [2, 15, 16, 18], [6, 13, 17, 22]]
    case .lunaJimenez:
      [[2, 5, 14, 15, 16], [3, 6, 7, 13, 18], [10, 11, 12, 19, 20], [8, 17, 21, 23, 24], [1, 4, 9, 22]]
    }
  }

  /// The test speakers of each fold, as ``Recording/speaker`` names them.
  var testSpeakers: [[String]] {
    testActors.map { $0.map { $0 < 10 ? "ravdess-0\($0)" : "ravdess-\($0)" } }
  }
}
