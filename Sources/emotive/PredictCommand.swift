import ArgumentParser
import Audio
import Corpora
import Evaluation
import Foundation
import Recognition
import Reporting

/// `emotive predict`
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Tells the emotion in recordings.",
    discussion: """
      Takes files of any format that libsndfile reads (WAV, FLAC, OGG, MP3, AIFF ...), folders, which are searched for \
      such files, and - for a whole file on standard input. A recording that cannot be used is reported and left out, \
      and makes the exit status 1 unless --skip-bad is given.

      EXAMPLES
        emotive predict speech.wav
        emotive predict --json recordings/ > predictions.jsonl
        emotive predict --bundle runs/1/all/bundle *.flac --csv
        sox speech.wav -t wav - trim 0 3 | emotive predict -
      """)

  @Option(help: ArgumentHelp("The model bundle to use instead of the one that ships.", valueName: "DIR"))
  var bundle: String?
  @Argument(
    help: ArgumentHelp("Recordings, folders of recordings, or - for standard input.", valueName: "FILE|FOLDER|-"))
  var inputs: [String]
  @Flag(help: "Print one JSON object a line.") var json = false
  @Flag(help: "Print comma-separated values with a header.") var csv = false
  @Flag(help: "Exit with status 0 even if recordings had to be left out.") var skipBad = false
  @Option(help: ArgumentHelp("Parallel feature workers; the number of cores by default.", valueName: "N"))
  var jobs = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    if json && csv { throw ValidationError("--json and --csv exclude each other; give one of them") }
    if jobs < 1 { throw ValidationError("--jobs must be at least 1, but is \(jobs)") }
    if inputs.contains("-"), inputs.count > 1 {
      throw ValidationError("- stands for standard input and excludes other inputs")
    }
    if inputs.isEmpty { throw ValidationError("Missing expected argument '<FILE|FOLDER|->'") }
  }

  func run() throws {
    let folder = try bundle.map { URL(filePath: $0) } ?? ModelBundle.shipped()
    let recognizer = try Recognizer(ModelBundle(directory: folder))
    let files = try soundFiles(inputs)
    var writer = PredictionWriter(
      form: json ? .json : csv ? .csv : files.count == 1 ? .table : .lines, manifest: recognizer.bundle.manifest)
    var leftOut = LeftOut()
    let progress = files.count > 1 ? ProgressBar("predict", total: files.count, unit: "recordings") : nil
    func deliver(_ file: String, _ result: Result<Prediction, any Error>) throws {
      switch result {
      case .success(let prediction): try writer.write(file, prediction)
      case .failure(let error):
        try writer.write(file, error)
        leftOut.add(file, error)
      }
      progress?.advance()
    }
    if files == ["-"] {
      let bytes = try FileHandle.standardInput.readToEnd() ?? Data()
      try deliver("-", Result { try recognizer.predict(data: bytes, name: "standard input") })
    } else {
      try recognizer.predict(files: files, workers: jobs) { try deliver(files[$0], $1) }
    }
    progress?.finish()
    try leftOut.finish(skipBad: skipBad)
  }
}

/// Prints predictions in the form asked for.
private struct PredictionWriter {
  enum Form { case table, lines, json, csv }

  let form: Form
  let manifest: BundleManifest
  private var isFirst = true

  init(form: Form, manifest: BundleManifest) {
    self.form = form
    self.manifest = manifest
  }

  mutating func write(_ file: String, _ prediction: Prediction) throws {
    switch form {
    case .json:
      let line = Line(
        file: file, label: prediction.label,
        probabilities: Dictionary(uniqueKeysWithValues: zip(manifest.labels, prediction.probabilities)),
        uncertainty: prediction.uncertainty, bundle: manifest.name)
      print(String(decoding: try json(line, pretty: false), as: UTF8.self))
    case .csv:
      printHeader()
      let numbers = prediction.probabilities.map { decimals($0, 6) }
      print(([quoted(file), quoted(prediction.label)] + numbers + [""]).joined(separator: ","))
    case .lines:
      let top = prediction.probabilities.max() ?? 0
      print("\(file)\t\(prediction.label)\t\(decimals(top))")
    case .table:
      var table = TextTable(["emotion", "", "probability"], leading: 2)
      for (label, probability) in zip(manifest.labels, prediction.probabilities).sorted(by: { $0.1 > $1.1 }) {
        table.add([label, String(repeating: "█", count: Int((probability * 40).rounded())), decimals(probability)])
      }
      print("\(file): \(prediction.label)\n\n\(table)\n")
      print("\(agreement(prediction)) Bundle: \(manifest.name).")
    }
    isFirst = false
  }

  mutating func write(_ file: String, _ error: any Error) throws {
    switch form {
    case .json:
      print(
        String(
          decoding: try json(["file": file, "error": "\(error)", "bundle": manifest.name], pretty: false), as: UTF8.self
        ))
    case .csv:
      printHeader()
      print(([quoted(file), ""] + manifest.labels.map { _ in "" } + [quoted("\(error)")]).joined(separator: ","))
    case .lines, .table: return
    }
    isFirst = false
  }

  private func printHeader() {
    if isFirst { print((["file", "label"] + manifest.labels + ["error"]).map(quoted).joined(separator: ",")) }
  }

  private func agreement(_ prediction: Prediction) -> String {
    let count = manifest.members.count
    let agreeing = count - Int((prediction.uncertainty.disagreement * Double(count)).rounded())
    return count == 1 ? "One network." : "\(agreeing) of \(count) networks agree."
  }

  private func quoted(_ text: String) -> String {
    text.contains { ",\"\n\r".contains($0) } ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }

  private struct Line: Encodable {
    let file: String
    let label: String
    let probabilities: [String: Double]
    let uncertainty: Uncertainty
    let bundle: String
  }
}
