import Foundation
import Testing

@Suite struct HelpTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  @Test func examplesFitATerminalOf80Columns() throws {
    var commands: [[String]] = [[]]
    var seen = 0
    while let command = commands.popLast() {
      let help = try sandbox.emotive(arguments: command + ["--help"])
      #expect(help.status == 0 && help.output.contains((["emotive"] + command).joined(separator: " ")))
      let lines = help.output.split(separator: "\n", omittingEmptySubsequences: false)
      let examples = lines.drop { $0 != "EXAMPLES" }.dropFirst().prefix { !$0.isEmpty }
      #expect(!examples.isEmpty, "\(command)")
      // What the help wraps loses its indentation.
      for line in examples { #expect(line.hasPrefix("  ") && line.count <= 78, "\(command): \(line)") }
      commands += lines.drop { $0 != "SUBCOMMANDS:" }.dropFirst().prefix { !$0.isEmpty }
        .compactMap { $0.firstMatch(of: /^  ([a-z]+)/) }.map { command + [String($0.1)] }
      seen += 1
    }
    #expect(seen > 15)
  }
}
