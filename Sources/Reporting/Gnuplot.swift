import Foundation
import Storage

/// Why a figure could not be drawn.
public enum FigureError: DescribedError {
  /// No `gnuplot` is on the search path.
  case gnuplotMissing
  /// The path ends in something that is neither `.png` nor `.svg`.
  case fileType(String)
  /// The numbers do not fit the stated shape, or there are none.
  case data(String)
  /// gnuplot gave no picture; its own message follows.
  case gnuplot(path: String, message: String)

  /// The message for the person at the terminal.
  public var description: String {
    switch self {
    case .gnuplotMissing:
      "figures need gnuplot, which was not found: install it with `apt-get install gnuplot-nox fonts-dejavu-core`"
    case .fileType(let path): "cannot tell the kind of picture from \"\(path)\": its name must end in .png or .svg"
    case .data(let problem): "cannot draw the figure: \(problem)"
    case .gnuplot(let path, let message): "gnuplot could not draw \(path): \(message)"
    }
  }
}

/// Runs gnuplot on a script in a folder of its own, so that no path of the user's is ever part of a script.
enum Gnuplot {
  /// Draws a picture and puts it at `destination` in one step.
  ///
  /// - Parameters:
  ///   - script: gnuplot commands; `set terminal` and `set output` come before it.
  ///   - files: binary files that the script reads by these names.
  ///   - size: width and height in pixels.
  static func draw(
    _ script: String, files: [String: Data] = [:], size: (width: Int, height: Int), to destination: URL
  ) throws {
    let terminal =
      switch destination.pathExtension.lowercased() {
      case "png": "pngcairo"
      case "svg": "svg"
      default: throw FigureError.fileType(destination.relativePath)
      }
    guard let program = executable("gnuplot") else { throw FigureError.gnuplotMissing }
    let folder = FileManager.default.temporaryDirectory.appending(path: "emotive-figure-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, data) in files { try data.write(to: folder.appending(path: name)) }
    let preamble = """
      set encoding utf8
      set terminal \(terminal) noenhanced size \(size.width),\(size.height) font 'DejaVu Sans,12' background '#ffffff'
      set output 'picture'

      """
    try Data((preamble + script + "\nunset output\n").utf8).write(to: folder.appending(path: "script"))

    let process = Process()
    process.executableURL = program
    process.arguments = ["-d", "script"]  // -d: the user's own gnuplot settings must not change our figures
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let said = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let picture = (try? Data(contentsOf: folder.appending(path: "picture"))) ?? Data()
    guard process.terminationStatus == 0, !picture.isEmpty else {
      let message = String(decoding: said, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
      throw FigureError.gnuplot(path: destination.relativePath, message: message)
    }
    try OutputPlace(destination.path).write(terminal == "svg" ? tidied(picture) : picture)
  }

  /// An SVG without what gnuplot writes for nothing, half of the file, and with fonts for machines without DejaVu.
  private static func tidied(_ svg: Data) -> Data {
    var text = String(decoding: svg, as: UTF8.self).replacing(/<g fill="none"[^>]*>\s*<\/g>\n/, with: "")
    for (old, new) in [
      (" stroke-width=\"1.00\" stroke-linecap=\"butt\" stroke-linejoin=\"miter\"", ""),
      ("font-family=\"DejaVu Sans\"", "font-family=\"DejaVu Sans, Verdana, sans-serif\""),
    ] { text = text.replacing(old, with: new) }
    return Data(text.utf8)
  }

  /// Text as a gnuplot string that can only ever be text.
  ///
  /// All ASCII but letters, digits and a few harmless signs is written by its octal code. (Doubling quotes in
  /// single-quoted strings is not safe: gnuplot 5.4 takes three quotes for an empty string and executes the rest.)
  static func quoted(_ text: String) -> String { quoted([text]) }

  /// Several lines of text as one such string.
  static func quoted(_ lines: [String]) -> String {
    let plain = Set(" 0123456789.,:;-+()/".unicodeScalars)
    let escaped = lines.map { line in
      drawable(line).unicodeScalars.map { scalar in
        let isPlain = !scalar.isASCII || scalar.properties.isAlphabetic || plain.contains(scalar)
        return isPlain ? String(scalar) : "\\" + String(scalar.value + 0o1000, radix: 8).dropFirst()
      }.joined()
    }
    return "\"" + escaped.joined(separator: "\\n") + "\""
  }

  /// Text with a question mark for what DejaVu Sans has no glyph of, as cairo draws such a letter as a black shape.
  ///
  /// Kept are Latin, Greek and Cyrillic letters, and common signs.
  static func drawable(_ text: String) -> String {
    let kept: [ClosedRange<UInt32>] = [
      0x20...0x52F, 0x1E00...0x1FFF, 0x2010...0x2027, 0x2030...0x205E, 0x20A0...0x20B5, 0x2100...0x214E,
      0x2190...0x22FF, 0xFFFD...0xFFFD,
    ]
    return String(
      String.UnicodeScalarView(
        escaped(text).unicodeScalars.map { scalar in kept.contains { $0.contains(scalar.value) } ? scalar : "?" }))
  }

  /// Text broken between words into lines of at most `width` characters; a longer word, such as a path, is cut hard.
  static func lines(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      var rest = word
      while !rest.isEmpty {
        let piece = rest.prefix(width)
        if let last = lines.last, last.count + 1 + piece.count <= width {
          lines[lines.count - 1] += " " + piece
        } else {
          lines.append(String(piece))
        }
        rest = rest.dropFirst(width)
      }
    }
    return lines
  }

  /// Text as the label of a tic, where gnuplot would take a percent sign for a number's format.
  static func tic(_ text: String, at position: Double) -> String {
    quoted(text.replacingOccurrences(of: "%", with: "%%")) + " \(position)"
  }

  static func executable(_ name: String, path: String? = ProcessInfo.processInfo.environment["PATH"]) -> URL? {
    (path ?? "").split(separator: ":").map { URL(filePath: String($0)).appending(path: name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }
}
