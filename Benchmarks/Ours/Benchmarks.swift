import ArgumentParser
import Foundation
import Storage

/// Our side of the benchmarks; `Benchmarks/measure.py` starts it, asks and compares.
@main
struct Benchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmarks", abstract: "Does the work that `make bench` measures.",
    subcommands: [TrainingSteps.self, FeatureImages.self, Soak.self])
}

/// Prints `hello` once everything is prepared, then an answer to every line on standard input; all as lines of JSON.
func answerLines(hello: some Encodable, _ answer: (String) throws -> [String: Double]) throws {
  try printLine(hello)
  while let line = readLine() { try printLine(answer(line)) }
}

/// Prints a value as one line of JSON, at once even into a pipe.
func printLine(_ value: some Encodable) throws {
  print(try JSON.text(value))
  fflush(nil)
}

/// The seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let start = ContinuousClock.now
  try body()
  return (ContinuousClock.now - start) / .seconds(1)
}
