import ArgumentParser
import Foundation
import Storage

@main
struct Emotive: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "emotive",
    abstract: "Tells the emotion in recordings of speech, and trains, evaluates and compares the networks that do.",
    discussion: """
      Recordings become three-channel log-mel spectrogram images, which convolutional networks pretrained on ImageNet \
      are fine-tuned on.

      EXAMPLES
        emotive predict speech.wav
        emotive features speech.wav --picture spectrogram.png
        emotive corpora scan --corpus ravdess=/data/ravdess
        emotive train --corpus ravdess=/data/ravdess --split emobox \\
          --network resnet18 --weights imagenet --output runs/1
        emotive evaluate --bundle runs/1/emobox-2/bundle \\
          --corpus ravdess=/data/ravdess --split emobox:2

      EXIT STATUS
        0 success; 1 a failure, or a recording that was left out; 64 wrong usage; 130 stopped by Ctrl-C
      """,
    version: Program.version,
    subcommands: [
      PredictCommand.self, AdaptCommand.self, TrainCommand.self, EvaluateCommand.self, ExperimentCommand.self,
      ReportCommand.self,
      ServeCommand.self, FeaturesCommand.self, CorporaCommand.self, NetworksCommand.self, FetchCommand.self,
    ])

  /// Runs the command asked for; errors of the file system are put into words.
  static func main() async {
    StandardStreams.openClosed()
    // The shell's own doing, with *.wav: as options, such names would ask for help or for nothing that there is.
    if let name = CommandLine.arguments.dropFirst().prefix(while: { $0 != "--" }).first(where: isFileLikeAnOption) {
      exit(wrongUsage: "\(name) is a file, but looks like an option; write ./\(name)", of: Emotive.self)
    }
    do {
      var command = try await asyncParseAsRoot()
      do {
        if var asynchronous = command as? any AsyncParsableCommand {
          try await asynchronous.run()
        } else {
          try command.run()
        }
        try checkPrinted()
      } catch let error as ValidationError {
        exit(wrongUsage: error.message, of: type(of: command))
      }
    } catch {
      exit(withError: readable(error))
    }
  }

  private static func isFileLikeAnOption(_ argument: String) -> Bool {
    argument.hasPrefix("-") && argument.contains(".") && FileManager.default.fileExists(atPath: argument)
  }

  /// Shows wrong usage that only a command that runs can find as it would be shown otherwise, with that command's own usage.
  private static func exit(wrongUsage message: String, of command: any ParsableCommand.Type) -> Never {
    let usage = usageString(for: command)
    // The command's words come before its options and arguments.
    let words = usage.split(separator: " ").prefix { $0.first?.isLetter == true }.joined(separator: " ")
    note("Error: \(message)\nUsage: \(usage)\n  See '\(words) --help' for more information.")
    exit(withError: ExitCode.validationFailure)
  }
}
