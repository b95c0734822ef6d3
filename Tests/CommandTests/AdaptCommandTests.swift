import Foundation
import Testing

@Suite(.serialized) struct AdaptCommandTests {
  let sandbox: Sandbox

  init() throws {
    sandbox = try Sandbox()
    try sandbox.makeCorpus()
  }

  private struct Result: Decodable {
    let n: Int
    let confusion: [[Int]]
    let `protocol`: String
    let speaker_disjoint: Bool
    let unadapted: Unadapted?

    struct Unadapted: Decodable { let wa: Double }
  }

  private func result(_ arguments: String...) throws -> Result {
    let outcome = try sandbox.emotive(
      arguments: ["evaluate", "--corpus", "csv=\(sandbox.path("corpus.csv"))", "--output", "result.json"] + arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let result = try JSONDecoder().decode(Result.self, from: sandbox.data("result.json"))
    #expect(outcome.output.contains("Protocol: \(result.protocol)\n"))
    return result
  }

  private func probabilities(_ bundle: String) throws -> String {
    let outcome = try sandbox.emotive("predict", "--bundle", bundle, "--json", "happy-2-0.wav")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  @Test func bundlesAndRunsAdaptToSpeakers() throws {
    let run = try sandbox.train("run", "--network", "resnet18", "--members", "1", "--epochs", "2")
    #expect(run.status == 0, "\(run.errors)")
    let (bundle, split) = ("run/speakers/bundle", "speakers:speaker2")

    // A run's networks are judged as its bundle is, and neither as without adaptation.
    let all = try result("--run", "run", "--adapt", "all")
    #expect(all.n == 8 && all.speaker_disjoint && all.protocol.contains("without labels (transductive)"))
    #expect(try result("--bundle", bundle, "--split", split, "--adapt", "all").confusion == all.confusion)
    #expect(try !result("--run", "run").protocol.contains("adapted"))
    // Of eight recordings three are listened to and five judged.
    let few = try result("--run", "run", "--adapt", "3")
    #expect(few.unadapted?.wa != nil)
    #expect(few.n == 5 && few.protocol.contains("adapted to 3 other recordings of each test speaker"))
    #expect(try result("--bundle", bundle, "--split", split, "--adapt", "3").confusion == few.confusion)
    #expect(try result("--bundle", bundle, "--split", split, "--adapt", "3", "--seed", "9").n == 5)

    let files = try FileManager.default.contentsOfDirectory(atPath: sandbox.folder.path)
      .filter { $0.hasSuffix("-2-1.wav") }
    #expect(files.count == 2)
    let adapted = try sandbox.emotive(
      arguments: ["adapt", "--bundle", bundle, "--output", "bundles/two", "--name", "speaker 2"] + files)
    #expect(
      adapted.status == 0 && adapted.output.contains("adapted to 2 image(s) of 2 recording(s)"), "\(adapted.errors)")
    #expect(try probabilities("bundles/two") != probabilities(bundle))
    // Judged, it says what it was adapted to.
    let judged = try sandbox.emotive("evaluate", "--bundle", "bundles/two", "--corpus", "csv=corpus.csv")
    #expect(judged.output.contains("adapted, without labels, to 2 image(s)"), "\(judged.output)")

    // What is bad is named and left out.
    try Data("no sound".utf8).write(to: sandbox.folder.appending(path: "bad.wav"))
    let partly = try sandbox.emotive(
      arguments: ["adapt", "--bundle", bundle, "--output", "bundles/two", "bad.wav"] + files)
    #expect(partly.status == 1 && partly.errors.contains("left out: bad.wav"), "\(partly.errors)")
    #expect(partly.output.contains("adapted to 2 image(s) of 2 recording(s)"))
    let nothing = try sandbox.emotive("adapt", "--bundle", bundle, "--output", "bundles/none", "bad.wav")
    #expect(nothing.status == 1 && nothing.errors.contains("nothing to adapt to") && !sandbox.exists("bundles/none"))
    let inTheWay = try sandbox.emotive(arguments: ["adapt", "--bundle", bundle, "--output", "bundles"] + files)
    #expect(inTheWay.status == 64 && inTheWay.errors.contains("holds \"two\""), "\(inTheWay.errors)")
    try Data().write(to: sandbox.folder.appending(path: "bundles/two/notes.txt"))
    let foreign = try sandbox.emotive(arguments: ["adapt", "--bundle", bundle, "--output", "bundles/two"] + files)
    #expect(foreign.status == 64 && foreign.errors.contains("holds \"notes.txt\""), "\(foreign.errors)")
    #expect(sandbox.exists("bundles/two/notes.txt"))
    let toAll = try sandbox.emotive(
      "evaluate", "--bundle", bundle, "--corpus", "csv=corpus.csv", "--split", split, "--adapt", "8")
    #expect(toAll.status == 1 && toAll.errors.contains("speaker2 has 8 recordings"), "\(toAll.errors)")
    for wrong in ["0", "some"] {
      let outcome = try sandbox.emotive("evaluate", "--corpus", "csv=corpus.csv", "--adapt", wrong)
      #expect(outcome.status == 64 && outcome.errors.contains("--adapt"), "\(outcome.errors)")
    }
    let table = try sandbox.text("corpus.csv").split(separator: "\n").map { $0.split(separator: ",").prefix(2) }
    try Data(table.map { $0.joined(separator: ",") + "\n" }.joined().utf8)
      .write(to: sandbox.folder.appending(path: "nobody.csv"))
    let unknown = try sandbox.emotive(
      "evaluate", "--bundle", bundle, "--corpus", "csv=nobody.csv", "--adapt", "all")
    #expect(unknown.status == 1 && unknown.errors.contains("is not known"), "\(unknown.errors)")
  }

  @Test func networksWithoutBatchNormalisationsCannotAdapt() throws {
    let run = try sandbox.train("run", "--members", "1", "--epochs", "1")
    #expect(run.status == 0, "\(run.errors)")
    for arguments in [
      ["adapt", "happy-2-0.wav", "--bundle", "run/speakers/bundle", "--output", "adapted"],
      ["evaluate", "--run", "run", "--adapt", "all", "--corpus", "csv=\(sandbox.path("corpus.csv"))"],
    ] {
      let outcome = try sandbox.emotive(arguments: arguments)
      #expect(
        outcome.status == 1 && outcome.errors.contains("SqueezeNet 1.1) have no batch normalisation"),
        "\(outcome.errors)")
    }
    #expect(!sandbox.exists("adapted"))
  }
}
