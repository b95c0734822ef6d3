import ArgumentParser
import Evaluation
import Foundation
import Reporting

/// `emotive report`
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Makes one page of all experiments and runs in a folder, finished or not.",
    discussion: """
      Writes report/index.html, a page that needs no other file; report/report.md with its pictures in report/figures; \
      and report/report.json, the figures behind both. DIR is the output folder of `emotive experiment`, one of its \
      experiments, or the output folder of `emotive train`. Unfinished runs are named; make the report again to add them.

      EXAMPLES
        emotive report runs/paper
        emotive report runs/paper/ensemble --output docs/results/ensemble
        emotive report runs/2
      """)

  @Argument(help: ArgumentHelp("The folder with the experiments or runs.", valueName: "DIR")) var folder: String
  @Option(help: ArgumentHelp("The folder for the report, which is replaced; DIR/report by default.", valueName: "DIR"))
  var output: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many of the hardest recordings to show for each experiment.", valueName: "N"))
  var hardest = 4

  func validate() throws {
    if hardest < 0 { throw ValidationError("--hardest must be 0 or more, but is \(hardest)") }
  }

  func run() throws {
    let place = URL(filePath: folder)
    guard FileManager.default.fileExists(atPath: folder) else {
      throw ValidationError("\(folder): there is no such folder; check the path")
    }
    let destination = (output.map { URL(filePath: $0) } ?? place.appending(path: "report")).resolvingSymlinksInPath()
    try checkReplaceable(destination.path, flag: "--output", mark: "report.json", isOwn: Report.isOwn)
    try checkWritable(destination.path, flag: "--output", isFolder: true)
    let report = try Report(folder: place, hardest: hardest) { note("reading \($0)") }
    try report.write(to: destination)
    let runs = report.experiments.flatMap(\.runs)
    print("\(runs.count { $0.state == .finished }) of \(runs.count) runs finished.")
    for run in runs { for problem in run.problems { note("\(run.declared.name): \(problem)") } }
    print("The page is \(destination.appending(path: "index.html").path).")
  }
}
