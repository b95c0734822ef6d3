import Foundation
import Testing

@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/gnuplot"), "gnuplot is not installed"))
struct ReportCommandTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  @Test func aTrainedRunIsReportedWithItsHardestRecordings() throws {
    try sandbox.makeCorpus()
    let training = try sandbox.train("runs/a", "--epochs", "1")
    #expect(training.status == 0, "\(training.errors)")
    let outcome = try sandbox.emotive("report", "runs", "--hardest", "2")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("1 of 1 runs finished."))
    for file in ["index.html", "report.md", "report.json", "figures/runs-hardest-2.png", "figures/runs-1-a-curves.svg"]
    {
      #expect(sandbox.exists("runs/report/\(file)"), "\(file)")
    }
    let page = try sandbox.text("runs/report/index.html")
    #expect(page.contains("speaker-disjoint") && page.contains("data:image/png;base64,"))
    // The report is no run, and is replaced.
    let again = try sandbox.emotive("report", "runs", "--hardest", "0")
    #expect(again.status == 0 && again.output.contains("1 of 1 runs"))
    #expect(!sandbox.exists("runs/report/figures/runs-hardest-2.png"))
  }

  @Test func whatIsNoReportIsNotReplaced() throws {
    let record = #"{"name": "losses", "runs": [{"name": "a"}]}"#
    for path in ["losses/experiment.json", "other/keep.txt"] {
      let file = sandbox.folder.appending(path: path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(record.utf8).write(to: file)
    }
    let refused = try sandbox.emotive("report", "losses", "--output", "other")
    #expect(refused.status == 64 && refused.errors.contains("holds \"keep.txt\"") && sandbox.exists("other/keep.txt"))
    let written = try sandbox.emotive("report", "losses", "--output", "deep/er/report")
    #expect(written.status == 0 && written.output.contains("0 of 1 runs"), "\(written.errors)")
    try FileManager.default.createDirectory(
      atPath: sandbox.path("deep/er/report/best"), withIntermediateDirectories: false)
    let foreign = try sandbox.emotive("report", "losses", "--output", "deep/er/report")
    #expect(foreign.status == 64 && foreign.errors.contains("holds \"best\"") && sandbox.exists("deep/er/report/best"))
    let nothing = try sandbox.emotive("report", "other")
    #expect(nothing.status == 1 && nothing.errors.contains("holds no experiment and no run"))
    #expect(try sandbox.emotive("report", "losses", "--hardest=-1").status == 64)
  }
}
