import Evaluation
import Foundation
import Storage
import Testing
import Training

@testable import Reporting

@Suite(.enabled(if: Gnuplot.executable("gnuplot") != nil, "gnuplot is not installed: apt-get install gnuplot-nox"))
struct FigureTests {
  /// Names that mean something to gnuplot, to the shell, to markup, or to a terminal; one that is taken for a command
  /// leaves a file in the folder.
  private func hostileNames(_ folder: URL) -> [String] {
    let file = folder.appending(path: "taken").path
    return [
      "it's 5's", "'; system('touch \(file)'); '", "\"; system(\"touch \(file)\"); \"", "''", "`touch \(file)`",
      "$(touch \(file))", "@macro %d %s%n", "<b>&amp;_x^2 {/Symbol a}", "back\\slash \\n \\",
      "two\nEOD\nsystem 'touch \(file)'", "漢字 \u{1B}[2J",
    ]
  }

  /// Runs in a new folder, which must hold nothing but what the body is meant to write.
  private func inFolder(_ names: Set<String>, _ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "figures-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == names)
  }

  private func expectPicture(_ url: URL) throws {
    let data = try Data(contentsOf: url)
    if url.pathExtension == "png" {
      #expect(data.starts(with: [0x89, 0x50, 0x4E, 0x47]) && data.count > 3000)
    } else {
      #expect(data.starts(with: Data("<?xml".utf8)) && data.count > 3000)
    }
  }

  @Test(arguments: ["png", "svg"]) func drawsEachKind(type: String) throws {
    let names = ["confusion", "curves", "spectrogram", "reliability"].map { "\($0) of 'a'.\(type)" }
    try inFolder(Set(names)) { folder in
      let urls = names.map { folder.appending(path: $0) }
      let confusion = try ConfusionMatrix(labels: ["sad", "happy"], truth: [0, 1, 1], predicted: [0, 1, 0])
      try Figure.confusionMatrix(confusion, title: "made data, random split", to: urls[0])
      let curve = Figure.Curve(
        name: "AlexNet", trainingAccuracy: [0.2, 0.5, 0.7], validationAccuracy: [0.2, 0.4], trainingLoss: [2, 1, .nan],
        validationLoss: [2, 1.5, 1.4])
      try Figure.curves([curve], title: "made data", to: urls[1])
      let ramp = (0..<(8 * 16)).map { Float($0) }
      try Figure.spectrogram(
        channels: [ramp, ramp.reversed(), ramp.map { _ in 1 }], melCount: 8, frameCount: 16, duration: 2.5,
        names: ["rising", "falling", "constant"],
        axes: Array(repeating: (rows: "mel bin", values: "log power"), count: 3), rates: (32_000, 40_000),
        title: "ramps", to: urls[2])
      try Figure.reliability(scaling(), title: "made data, random split", to: urls[3])
      for url in urls { try expectPicture(url) }
    }
  }

  /// Too sure of itself, and less so at a temperature.
  private func scaling(source: String = "fitted on validation sides") throws -> TemperatureScaling {
    func calibration(_ sharpness: Double) throws -> Calibration {
      let rows = (0..<200).map { softmax([Double($0 % 20) / 5, 0, 1], temperature: 1 / sharpness) }
      return try Calibration(probabilities: rows, truth: rows.indices.map { $0 % 3 == 0 ? 1 : 0 })
    }
    struct Stored: Encodable {
      let before, after: Calibration
      let temperatures: [Double]
      let temperatureSource: String
    }
    let stored = try Stored(
      before: calibration(2), after: calibration(0.7), temperatures: [2.5, 2.9], temperatureSource: source)
    return try JSON.decode(TemperatureScaling.self, from: JSON.encode(stored))
  }

  @Test func namesAreOnlyEverText() throws {
    try inFolder(["a.svg", "b.svg", "c.svg"]) { folder in
      let hostile = hostileNames(folder)
      let classes = Array(hostile.indices)
      let confusion = try ConfusionMatrix(labels: hostile, truth: classes, predicted: classes)
      let title = hostile.joined(separator: " ")
      try Figure.confusionMatrix(confusion, title: title, to: folder.appending(path: "a.svg"))
      let curves = hostile.map { Figure.Curve(name: $0, validationAccuracy: [0.1, 0.2]) }
      try Figure.curves(curves, title: title, to: folder.appending(path: "b.svg"))
      let channels = hostile.map { _ in [Float](arrayLiteral: 0, 1, 2, 3) }
      try Figure.spectrogram(
        channels: channels, melCount: 2, frameCount: 2, duration: 1, names: hostile,
        axes: hostile.map { ($0, title) }, title: title, to: folder.appending(path: "c.svg"))
      for name in ["a", "b", "c"] {
        let text = try String(contentsOf: folder.appending(path: "\(name).svg"), encoding: .utf8)
        #expect(
          text.contains("it's 5's") && text.contains("back\\slash \\n \\") && text.contains("@macro %d %s%n"), "\(name)"
        )
        #expect(!text.contains("\u{1B}") && !text.contains("<b>"), "\(name)")
      }
    }
  }

  /// Its panels are narrow and break long lines, so one name at a time.
  @Test func namesInAReliabilityDiagramAreOnlyEverText() throws {
    try inFolder(["a.svg"]) { folder in
      for name in hostileNames(folder) {
        let file = folder.appending(path: "a.svg")
        try Figure.reliability(scaling(source: name), title: name, to: file)
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(!text.contains("\u{1B}") && !text.contains("<b>"))
        if ["it's 5's", "back\\slash \\n \\", "@macro %d %s%n"].contains(name) { #expect(text.contains(name)) }
      }
    }
  }

  @Test func replacesAFileAndKeepsItWhenDrawingFails() throws {
    try inFolder(["a.png"]) { folder in
      let url = folder.appending(path: "a.png")
      try Data("old".utf8).write(to: url)
      #expect(throws: FigureError.self) { try Gnuplot.draw("plot nonsense(", size: (100, 100), to: url) }
      #expect(try Data(contentsOf: url) == Data("old".utf8))
      try Figure.curves([.init(name: "a", validationLoss: [1])], title: "one epoch", to: url)
      try expectPicture(url)
    }
  }

  /// Short names leave the key's columns to the widest of its own two entries.
  @Test func entriesOfAKeyDoNotTouch() throws {
    try inFolder(["a.svg"]) { folder in
      let file = folder.appending(path: "a.svg")
      try Figure.curves(["1", "2", "3"].map { .init(name: $0, validationLoss: [2, 1]) }, title: "", to: file)
      let text = try String(contentsOf: file, encoding: .utf8)
      func place(_ entry: String) throws -> (x: Double, y: Double) {
        let entries = text.matches(of: /translate\(([0-9.]+),([0-9.]+)\)[^>]*>\s*<text>([^<]*)<\/text>/)
        let found = try #require(entries.last { $0.3 == entry })
        return (try #require(Double(found.1)), try #require(Double(found.2)))
      }
      let (validation, training) = (try place("validation"), try place("training"))
      // The line before a name begins 42 pixels before it; "validation" is some 65 pixels wide.
      #expect(training.y > validation.y || training.x - validation.x > 42 + 65)
    }
  }

  @Test func saysWhatIsWrong() throws {
    let nowhere = URL(filePath: "/nowhere/a.pdf")
    let confusion = try ConfusionMatrix(labels: ["a"], truth: [0], predicted: [0])
    let type = #expect(throws: FigureError.self) { try Figure.confusionMatrix(confusion, title: "", to: nowhere) }
    #expect(type.map { "\($0)" }?.contains(".png or .svg") == true)
    let shape = #expect(throws: FigureError.self) {
      try Figure.spectrogram(
        channels: [[1]], melCount: 2, frameCount: 2, duration: 1, names: ["a"], axes: [("row", "value")], title: "",
        to: nowhere)
    }
    #expect(shape.map { "\($0)" }?.contains("2 x 2") == true)
    #expect(throws: FigureError.self) { try Figure.curves([], title: "", to: nowhere) }
    #expect("\(FigureError.gnuplotMissing)".contains("apt-get install gnuplot-nox"))
  }
}

@Suite struct CurveTests {
  @Test func aMeanGoesAsFarAsTheLongestTraining() throws {
    func epoch(_ number: Int, _ accuracy: Double) throws -> EpochRecord {
      let json = """
        {"epoch": \(number), "learning_rate": 0.1, "training_loss": 2, "training_accuracy": \(accuracy), "seconds": 1, \
        "images_per_second": 1, "loading_share": 0}
        """
      return try JSON.decode(EpochRecord.self, from: Data(json.utf8))
    }
    let curve = try Figure.Curve("two", meanOf: [[epoch(1, 0.25), epoch(2, 0.75)], [epoch(1, 0.5)]])
    #expect(curve.name == "two" && curve.trainingAccuracy == [0.375, 0.75] && curve.trainingLoss == [2, 2])
    #expect(curve.validationAccuracy.isEmpty && curve.validationLoss.isEmpty)
    #expect(Figure.Curve("none", meanOf: []).trainingLoss.isEmpty)
  }
}

@Suite struct GnuplotTextTests {
  @Test func textIsBrokenIntoLines() {
    #expect(Gnuplot.lines("one two three", width: 7) == ["one two", "three"])
    #expect(Gnuplot.lines("abcdefghij k", width: 4) == ["abcd", "efgh", "ij k"])
    #expect(Gnuplot.quoted(["it's", "b"]) == #""it\047s\nb""#)
    #expect(Gnuplot.quoted([String]()) == #""""#)
    // What DejaVu Sans has no glyph of would be drawn as a black shape.
    #expect(Gnuplot.drawable("日本 \u{1F600} é Я Ω – a.flac\u{202E}") == "?? ? é Я Ω – a.flac?")
  }

  @Test func gnuplotIsSoughtOnThePath() {
    #expect(Gnuplot.executable("sh", path: "/nowhere:/bin")?.path == "/bin/sh")
    #expect(Gnuplot.executable("gnuplot", path: "/nowhere") == nil)
  }

  /// A bin's centre must come out at the bin: torchaudio puts bin b at (b + 1) / (n + 1) of the mel scale.
  @Test func hertzStandWhereTheFiltersAre() throws {
    let tics = Figure.hertzTics((filterBank: 32_000, actual: 32_000), melCount: 128)
    let places = tics.split(separator: ",").compactMap { Double($0.split(separator: " ").last ?? "") }
    // 2595 log10(1 + 1000/700) = 999.99 and 2595 log10(1 + 16000/700) = 3574.92, so that 1 kHz is near bin 35.
    #expect(places.count == 7)
    #expect(abs(places[2] - (999.9856 / 3574.9198 * 129 - 1)) < 1e-3)
    #expect(abs((places.last ?? 0) - 128) < 1e-9)
  }
}
