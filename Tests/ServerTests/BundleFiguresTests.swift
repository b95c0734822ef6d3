import Evaluation
import Foundation
import Hummingbird
import HummingbirdTesting
import Storage
import Testing

@testable import Server

/// What `GET /v1/bundles` says of how well a bundle did.
@Suite struct BundleFiguresTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.shared.get() }

  /// A result of four classes: c is never taken for another, the others are.
  private static let result = """
    {
      "protocol": "speaker-disjoint, each speaker once", "speaker_disjoint": true, "notes": ["trained on tess besides"],
      "n": 20, "wa": 0.6, "uar": 0.5, "macro_f1": 0.43,
      "intervals": {
        "wa": {"low": 0.125, "high": 0.875, "level": 0.95, "resamples": 2000, "unit": "speaker"},
        "uar": {"low": 0.375, "high": 0.75, "level": 0.95, "resamples": 2000, "unit": "speaker"}
      },
      "labels": ["a", "b", "c", "d"],
      "confusion": [[3, 1, 0, 0], [1, 1, 2, 0], [0, 0, 8, 0], [4, 0, 0, 0]],
      "classes": [
        {"label": "a", "precision": 0.375, "recall": 0.75, "f1": 0.5, "support": 4},
        {"label": "b", "precision": 0.5, "recall": 0.25, "f1": 0.33, "support": 4},
        {"label": "c", "precision": 0.8, "recall": 1, "f1": 0.89, "support": 8},
        {"label": "d", "precision": 0, "recall": 0, "f1": 0, "support": 4}
      ],
      "splits": [], "members": [],
      "mean_over_splits": {"name": "mean", "n": 20, "wa": 0.6, "uar": 0.5, "macro_f1": 0.43, "notes": []},
      "ece": 0.0625, "temperature": 1.5
    }
    """

  private static let expected = [
    #""figures":[{"classes":[{"confused_with":"b","label":"a","recall":0.75},"#,
    #"{"confused_with":"c","label":"b","recall":0.25},{"label":"c","recall":1},"#,
    #"{"confused_with":"a","label":"d","recall":0}],"n":20,"notes":["trained on tess besides"],"#,
    #""protocol":"speaker-disjoint, each speaker once","speaker_disjoint":true,"#,
    #""uar":0.5,"uar_high":0.75,"uar_low":0.375,"wa":0.6}],"#,
  ].joined()

  @Test func figuresAreThoseOfTheResult() async throws {
    let result = try JSON.decode(EvaluationResult.self, from: Data(Self.result.utf8))
    let folder = fixture.folder.appending(path: "figures-\(UUID().uuidString)")
    try await Fixture.writeBundle(to: folder, name: "figures", seed: 6, figures: [result])
    let bundles = try BundleRegistry([(name: nil, directory: folder)])
    try await RecognitionServer(bundles, settings: .init()).application().test(.router) { client in
      let list = try await client.get("/v1/bundles").text
      #expect(list.contains(Self.expected), "\(list)")
    }
  }
}
