import Corpora
import Foundation
import Reporting
import Storage
import Testing

@Suite struct CorpusScanTableTests {
  private func scan(_ json: String) throws -> CorpusScan {
    try JSON.decode(CorpusScan.self, from: Data(json.utf8))
  }

  @Test func everythingIsShown() throws {
    let scan = try scan(
      """
      {
        "corpora": [
          {
            "corpus": "ravdess", "directory": "/ravdess", "recordings": 4, "unreadable": 1, "skipped": 1,
            "labels": {"sad": 1, "happy": 2, "neutral": 1}, "speakers": {"ravdess-02": 3, "ravdess-01": 1},
            "durations": {"total": 8, "minimum": 1, "median": 2, "maximum": 3}
          },
          {
            "corpus": "folder", "directory": "/mine", "recordings": 2, "unreadable": 0, "skipped": 0,
            "labels": {"bored": 1, "sad": 1}, "speakers": {},
            "durations": {"total": 1.5, "minimum": 0.5, "median": 0.75, "maximum": 1}
          }
        ],
        "durations": {"total": 9.5, "minimum": 0.5, "median": 1.5, "maximum": 3},
        "skipped": [{"path": "/ravdess/no\\ntes.txt", "reason": "not an audio file"}],
        "unreadable": [{"path": "/ravdess/x.wav", "reason": "the file is empty"}],
        "duplicates": [
          {"sha256": "00", "paths": ["/mine/a.wav", "/ravdess/b.wav"], "corpora": ["folder", "ravdess"],
           "labels": ["neutral", "sad"]}
        ],
        "same_sound": [
          {"sha256": "01", "paths": ["/mine/c.flac", "/mine/c.wav"], "corpora": ["folder"], "labels": ["sad"]}
        ]
      }
      """)
    #expect(
      scan.table == """
        corpus   recordings  speakers  unreadable  skipped    total  shortest  median  longest
        -------  ----------  --------  ----------  -------  -------  --------  ------  -------
        ravdess           4         2           1        1  0.1 min    1.00 s  2.00 s   3.00 s
        folder            2         0           0        0  0.0 min    0.50 s  0.75 s   1.00 s
        all               6         2           1        1  0.2 min    0.50 s  1.50 s   3.00 s

        class    ravdess  folder  all
        -------  -------  ------  ---
        neutral        1       0    1
        happy          2       0    2
        sad            1       1    2
        bored          0       1    1

        speaker           recordings
        ----------------  ----------
        ravdess-01                 1
        ravdess-02                 3
        unknown (folder)           2

        skipped: 1 file(s)
          1: not an audio file
            /ravdess/no\\ntes.txt

        unreadable: 1 file(s)
          1: the file is empty
            /ravdess/x.wav

        warning: 1 group(s) of identical files
          /mine/a.wav
          /ravdess/b.wav
          the labels differ: neutral, sad

        warning: 1 group(s) of the same sound in another format or with other tags
          /mine/c.flac
          /mine/c.wav

        """)
  }

  @Test func oneCorpusWithoutDurationsAndManySpeakers() throws {
    let speakers = (1...31).map { #""s\#($0)": \#($0 < 31 ? 1 : 2)"# }.joined(separator: ", ")
    let scan = try scan(
      """
      {
        "corpora": [
          {
            "corpus": "csv", "directory": "/list.csv", "recordings": 32, "unreadable": 0, "skipped": 0,
            "labels": {"sad": 32}, "speakers": {\(speakers)}
          }
        ],
        "skipped": [], "unreadable": [], "duplicates": [], "same_sound": []
      }
      """)
    #expect(
      scan.table == """
        corpus  recordings  speakers  unreadable  skipped  total  shortest  median  longest
        ------  ----------  --------  ----------  -------  -----  --------  ------  -------
        csv             32        31           0        0      -         -       -        -

        class  csv
        -----  ---
        sad     32

        speaker     recordings
        ---------  -----------
        31 of csv  1 to 2 each

        """)
  }

  @Test func labelsThatBecameOneClassAreNamed() throws {
    let scan = try scan(
      """
      {
        "corpora": [
          {
            "corpus": "csv", "directory": "/list.csv", "recordings": 2, "unreadable": 0, "skipped": 0,
            "labels": {"happy": 2}, "speakers": {},
            "notes": ["the labels happiness and joy of csv are one class, happy"]
          }
        ],
        "skipped": [], "unreadable": [], "duplicates": [], "same_sound": []
      }
      """)
    #expect(scan.table.hasSuffix("\n\nnote: the labels happiness and joy of csv are one class, happy\n"))
  }
}
