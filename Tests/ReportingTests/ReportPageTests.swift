import Foundation
import FoundationXML
import Storage
import Testing

@testable import Evaluation
@testable import Reporting

@Suite struct MarkupTests {
  @Test func valuesAreTextInHTML() {
    let name = "<b>\"it's\" & \u{1}"
    let html: HTML = "<td>\(name)</td>\("<i>ours</i>" as HTML)"
    #expect(html.source == "<td>&lt;b&gt;&quot;it&#39;s&quot; &amp; \\001</td><i>ours</i>")
    // A sign with a combining mark is one character to Swift, but still a sign to browsers.
    let combined: HTML = "\("\"\u{301} onload=x <\u{301}b>")"
    #expect(!combined.source.unicodeScalars.contains("\"") && !combined.source.unicodeScalars.contains("<"))
  }

  @Test func valuesAreTextInMarkdown() {
    let markdown: Markdown = "\("a|b *c* _d_ e_f [x](y) <i> `z`\nnext")"
    #expect(markdown.source == #"a\|b \*c\* \_d\_ e_f \[x\](y) \<i\> \`z\` next"#)
  }

  @Test func anIntervalOfTooFewSpeakersIsNotShown() {
    func interval(_ clusters: Int) -> BootstrapInterval {
      BootstrapInterval(low: 0.386, high: 0.524, level: 0.95, resamples: 2000, unit: .speaker, clusters: clusters)
    }
    #expect(interval(3).text == nil && interval(4).text == "0.386 to 0.524")
  }

  @Test func slugsAreSafeNames() {
    #expect("../A b/漢字 <x>.svg".slug == "a-b-x-svg" && "漢字".slug == "")
  }
}

@Suite(.enabled(if: Gnuplot.executable("gnuplot") != nil, "gnuplot is not installed: apt-get install gnuplot-nox"))
struct ReportPageTests {
  let made: MadeRuns
  let html: String
  let markdown: String
  let page: Page

  static let hostile = "</title></script><script>alert(1)</script>\" onload='x' `|* ![](http://example.invalid/)"

  /// An experiment with every kind of run and names that would be markup, beside a quick one.
  init() throws {
    made = try MadeRuns()
    try made.declare("ensemble", runs: ["single", "ensemble", "failed", Self.hostile], title: "A \(Self.hostile)")
    try made.makeRun("ensemble/single", members: [{ $0 % 4 == 0 ? 1 : $1 }])
    try made.makeRun("ensemble/ensemble", members: [{ $1 }, { $0 % 3 == 0 ? 1 : $1 }])
    try made.write(RunFailure(reason: Self.hostile), to: "ensemble/failed/failed.json")
    try made.declare("whitening", runs: ["per-spectrogram", "none"], quick: true)
    try made.makeRun("whitening/none", split: "kfold:2")
    try made.makeRun("whitening/per-spectrogram", split: "kfold:2", epochs: [0.2], members: [])
    let report = try made.report()
    // Twice, as the second time replaces the first.
    for _ in 0..<2 { try report.write(to: made.folder.appending(path: "report")) }
    html = try made.text("report/index.html")
    markdown = try made.text("report/report.md")
    page = try Page(html)
  }

  @Test func theReportIsWhole() throws {
    try expectAPageThatStandsByItself()
    expectEveryLabel()
    try expectMarkdownWithPicturesAndWholeTables()
    let report = try JSON.decode(Report.self, from: Data(made.text("report/report.json").utf8))
    #expect(report.experiments.map(\.record.name) == ["whitening", "ensemble"])
    #expect(report.experiments[1].runs[0].result?.n == report.experiments[1].runs[1].result?.n)
    #expect(try !made.text("report/report.json").contains("/secret/"))
    #expect(!html.contains("/secret/") && !markdown.contains("/secret/") && !html.contains("/nowhere/"))
  }

  @Test func runsOfOnesOwnAreComparedWithEachOtherAndNotWithThePaper() throws {
    let made = try MadeRuns()
    try made.makeRun("a", split: "kfold:2")
    try made.makeRun("b", split: "kfold:2", members: [{ $0 % 5 == 0 ? ($1 + 1) % 3 : $1 }]) { $0.training.seed = 2 }
    try made.report().write(to: made.folder.appending(path: "report"))
    let markdown = try made.text("report/report.md")
    #expect(markdown.contains("| run | WA | UAR | macro-F1 | ECE | recordings |"))
    #expect(markdown.contains("| training.seed | 1 | 2 |"))
    #expect(markdown.contains("| a and b | 1 and 2 | 0.900 ± 0.141 |"))
    #expect(markdown.contains("| b less a | -20.0 ("))
  }

  @Test func recordingsOnBothSidesAreAWarningUnderEachProtocol() throws {
    let made = try MadeRuns()
    try made.makeRun("a", split: "kfold:2")
    let data = Data(try made.text("a/result.json").utf8)
    var result = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    result["splits"] = (result["splits"] as? [[String: Any]])?.map { split in
      let leakage = (split["leakage"] as? [String: Any] ?? [:]).merging(["shared_recordings": 1]) { _, one in one }
      return split.merging(["leakage": leakage]) { _, new in new }
    }
    try made.write(String(decoding: JSONSerialization.data(withJSONObject: result), as: UTF8.self), to: "a/result.json")
    try made.report().write(to: made.folder.appending(path: "report"))
    let row = "| a (**speaker-disjoint, sentences and 1 identical recording on both sides**) |"
    #expect(try made.text("report/report.md").contains(row))
  }

  private func expectAPageThatStandsByItself() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: made.folder.path)
    #expect(Set(names) == ["ensemble", "whitening", "report"])
    #expect(Set(page.identifiers).count == page.identifiers.count)
    let inside = Set(page.identifiers.map { "#\($0)" })
    #expect(page.links.allSatisfy { inside.contains($0) || $0.hasPrefix("data:") } && page.links.count >= 3)
    #expect(page.elements.isSuperset(of: ["svg", "table", "details", "figure", "nav"]))
    #expect(page.elements.isDisjoint(with: ["script", "iframe", "object", "form", "base"]))
    #expect(page.attributes.allSatisfy { !$0.hasPrefix("on") })
    #expect(html.contains("default-src 'none'") && html.contains("prefers-color-scheme: dark"))
    #expect(html.contains("@media print") && html.contains("width=device-width"))
    // On a phone there is no head above the figures.
    #expect(html.contains("<div class=\"table stack\">") && html.contains("<td data-name=\"verdict\""))
  }

  private func expectEveryLabel() {
    #expect(page.text.contains("3 of 6 runs finished") && page.text.contains(Self.hostile))
    let quick = page.titles(in: "whitening")
    #expect(quick.count > 10 && quick.allSatisfy { $0.contains("quick") }, "\(quick)")
    let random = page.titles(in: "ensemble").filter { $0.contains("Each line") || $0.contains("numbers of recordings") }
    #expect(random.count == 3 && random.allSatisfy { $0.contains("random split: speakers") })
    #expect(page.text.contains("calm was taken for neutral in 0 of"))
    #expect(page.text.contains(", taking recordings as independent)"))
    #expect(page.text.contains("Four networks beat their mean member"))
    #expect(page.text.contains("paper's WA"))
  }

  private func expectMarkdownWithPicturesAndWholeTables() throws {
    let pictures = markdown.matches(of: /!\[[^\]]*\]\((figures\/[^)]+)\)/).map { String($0.1) }
    #expect(pictures.count >= 5)
    for picture in pictures {
      #expect(
        FileManager.default.fileExists(atPath: made.folder.appending(path: "report/\(picture)").path), "\(picture)")
    }
    #expect(markdown.firstMatch(of: /[^\\](<script|\]\(http)/) == nil)
    var columns = 0
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      let bars = line.replacing("\\\\", with: "").replacing("\\|", with: "").count { $0 == "|" }
      let isRow = line.hasPrefix("|")
      #expect(!isRow || columns == 0 || bars == columns, "\(line)")
      columns = isRow ? bars : 0
    }
  }

  @Test(.enabled(if: Browser.program != nil, "chromium is not installed: apt-get install chromium"))
  func theBrowserHasNothingToComplainOf() throws {
    let browser = try #require(Browser.program.map(Browser.init))
    let quiet = try browser.open(made.folder.appending(path: "report/index.html"))
    #expect(quiet.console.isEmpty, "\(quiet.console)")
    #expect(quiet.page.contains("runs finished"))
    // The page's own policy refuses and reports any request, so that silence means that there was none.
    let altered = html.replacing("</main>", with: "<img alt=\"\" src=\"http://127.0.0.1:9/x.png\"/></main>")
    try made.write(altered, to: "report/altered.html")
    let loud = try browser.open(made.folder.appending(path: "report/altered.html"))
    #expect(loud.console.contains { $0.contains("http://127.0.0.1:9/x.png") && $0.contains("Content Security Policy") })
  }
}

/// What an XML parser finds in a page, which is written so that one can read it.
final class Page: NSObject, XMLParserDelegate {
  private(set) var elements: Set<String> = []
  private(set) var attributes: Set<String> = []
  private(set) var identifiers: [String] = []
  private(set) var links: [String] = []
  private(set) var text = ""
  /// Headings and captions by the section that they are in.
  private var titles: [(section: String, text: String)] = []
  private var current = ""
  private var start: String.Index?

  init(_ html: String) throws {
    super.init()
    let parser = XMLParser(data: Data(html.utf8))
    parser.delegate = self
    guard parser.parse() else { throw parser.parserError ?? CocoaError(.fileReadCorruptFile) }
  }

  /// The headings and captions of a section.
  func titles(in name: String) -> [String] { titles.filter { $0.section == name }.map(\.text) }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes found: [String: String]
  ) {
    elements.insert(name)
    attributes.formUnion(found.keys)
    identifiers += [found["id"]].compactMap(\.self)
    links += ["href", "src", "xlink:href"].compactMap { found[$0] }
    if name == "section" { current = found["id"] ?? "" }
    if Self.isTitle(name, found["class"]) { start = text.endIndex }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    if let begun = start, Self.isTitle(name, "caption") {
      let title = String(text[begun...])
      if !current.isEmpty { titles.append((current, title)) }
      start = nil
    }
    if name == "section" { current = "" }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  private static func isTitle(_ element: String, _ kind: String?) -> Bool {
    ["h2", "h3", "figcaption"].contains(element) || (element == "p" && kind == "caption")
  }
}

/// A headless Chromium that opens one page.
struct Browser {
  static let program = Gnuplot.executable("chromium")
  let program: URL

  /// The page as it stood after loading, and what was written to its console.
  func open(_ file: URL) throws -> (page: String, console: [String]) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "chromium-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func handle(_ name: String) throws -> FileHandle {
      try Data().write(to: folder.appending(path: name))
      return try FileHandle(forWritingTo: folder.appending(path: name))
    }
    let process = Process()
    process.executableURL = program
    process.arguments = [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
      "--user-data-dir=\(folder.appending(path: "profile").path)", "--enable-logging=stderr", "--v=0", "--dump-dom",
      file.absoluteString,
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try handle("page")
    process.standardError = try handle("log")
    try process.run()
    process.waitUntilExit()
    func text(_ name: String) throws -> String {
      String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
    }
    return (try text("page"), try text("log").split(separator: "\n").filter { $0.contains("CONSOLE") }.map(String.init))
  }
}
