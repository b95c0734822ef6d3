import Corpora
import Foundation
import Testing

private let shared = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("../../../shared/data").standardizedFileURL.path
private let isPresent = FileManager.default.fileExists(atPath: "\(shared)/ravdess")

/// The real recordings beside the checkout, where there are any.
@Suite(.enabled(if: isPresent, "no real corpora in ../shared/data")) struct SharedDataTests {
  func corpus(_ kind: CorpusKind) throws -> Corpus {
    try Corpus.read(CorpusSource(kind: kind, path: "\(shared)/\(kind.rawValue)"))
  }

  @Test(arguments: [(CorpusKind.ravdess, 1_200, 20), (.savee, 360, 3), (.tess, 477, 2), (.cremaD, 400, 47)])
  func everyRecordingIsRead(kind: CorpusKind, recordings: Int, speakers: Int) throws {
    let corpus = try corpus(kind)
    #expect(corpus.recordings.count == recordings)
    #expect(Set(corpus.recordings.compactMap(\.speaker)).count == speakers)
    #expect(corpus.skipped.isEmpty)
    let emotions = Set(Emotion.allCases.map(\.rawValue))
    #expect(corpus.recordings.allSatisfy { emotions.contains($0.label) && $0.sentence != nil })
  }

  @Test func fiveFoldsOfEmoBoxArePresent() throws {
    let recordings = try corpus(.ravdess).recordings
    let folds = try SplitPlan("emobox").splits(of: recordings, seed: 0)
    #expect(folds.map(\.test.count) == [240, 240, 240, 240, 240])
    #expect(folds.flatMap(\.test).sorted() == Array(recordings.indices))
    #expect(
      try SplitPlan("luna-jimenez").splits(of: recordings, seed: 0).map(\.test.count) == [300, 300, 180, 240, 180])
  }

  @Test func theScanFindsTheOneDuplicate() throws {
    let scan = CorpusScan([try corpus(.ravdess), try corpus(.savee), try corpus(.tess), try corpus(.cremaD)])
    #expect(scan.unreadable.isEmpty && scan.durations != nil)
    #expect(scan.corpora.map(\.recordings).reduce(0, +) == 2_437)
    #expect(scan.duplicates.count == 1 && scan.duplicates.first?.labelsDiffer == false)
  }
}
