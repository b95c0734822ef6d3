import ArgumentParser
import Corpora
import Foundation
import Reporting
import Storage

/// `emotive corpora`
struct CorporaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "corpora", abstract: "Inspects corpora of labelled recordings.",
    discussion: """
      EXAMPLES
        emotive corpora scan --corpus ravdess=/data/ravdess
      """,
    subcommands: [Scan.self])

  struct Scan: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Counts recordings by class, speaker and duration; lists unreadable files and duplicates.",
      discussion: """
        Durations come from the files' headers: whether a recording is silent, too short or damaged further on only shows \
        when it is decoded, as by `emotive features` or `emotive train`. The exit status is 1 if a recording cannot be \
        opened, or if a CSV names a file that is not there.

        EXAMPLES
          emotive corpora scan --corpus ravdess=/data/ravdess \\
            --corpus savee=/data/savee
          emotive corpora scan --corpus csv=recordings.csv --json
          # one folder for each class:
          emotive corpora scan --corpus folder=/data/mine
        """)

    @OptionGroup var corpora: CorpusOptions
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
      let scan = CorpusScan(try corpora.read())
      if json {
        print(try JSON.text(scan, pretty: true))
      } else {
        print(scan.table)
      }
      if !scan.unreadable.isEmpty { throw ExitCode(1) }
    }
  }
}
