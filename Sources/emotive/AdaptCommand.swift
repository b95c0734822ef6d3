import ArgumentParser
import Features
import Foundation
import Recognition
import Reporting

/// `emotive adapt`
struct AdaptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adapt",
    abstract: "Adapts a model bundle to a speaker or a room, by recordings without labels.",
    discussion: """
      Moves the statistics of the networks' batch normalisations towards those of the recordings (adaptive batch \
      normalisation); the weights stay as they are.

      Give about twenty recordings of one speaker, or one long recording, of which each window of 3 s that is not silent \
      counts as one. Their emotions should be as varied as those to come. No labels or transcripts are needed. The new \
      bundle works wherever a bundle does. `emotive evaluate --adapt` measures the gain on labelled recordings.

      EXAMPLES
        emotive adapt anna/*.wav --output bundles/anna
        emotive predict --bundle bundles/anna anna-today.wav
        emotive adapt talk.flac --bundle runs/1/emobox-2/bundle \\
          --output bundles/speaker
        emotive predict --timeline talk.flac --bundle bundles/speaker
      """)

  @Argument(help: ArgumentHelp("Recordings of the speaker, or folders of them.", valueName: "FILE|FOLDER"))
  var inputs: [String]
  @Option(help: ArgumentHelp("The model bundle; the one that ships by default.", valueName: "DIR")) var bundle: String?
  @Option(help: ArgumentHelp("The folder for the new bundle.", valueName: "DIR")) var output: String
  @Option(
    help: ArgumentHelp(
      "The name of the new bundle; by default the old one's name, \"adapted\" and the folder's name.",
      valueName: "NAME"))
  var name: String?
  @Flag(help: "Exit with status 0 even if recordings had to be left out.") var skipBad = false

  func run() throws {
    try checkWritable(output, flag: "--output", isFolder: true)
    try checkReplaceable(output, flag: "--output", mark: "bundle.json", isOwn: ModelBundle.isOwn)
    let folder = URL(filePath: output).resolvingSymlinksInPath()
    let source = try ModelBundle(directory: bundle.map { URL(filePath: $0) } ?? ModelBundle.shipped())
    let recognizer = try Recognizer(source)
    var leftOut = LeftOut()
    var images: [SpectrogramImage] = []
    let recordings = try soundFiles(inputs, &leftOut)
    let progress = recordings.count > 1 ? ProgressBar("adapt", total: recordings.count, unit: "recordings") : nil
    var known = 0
    for recording in recordings {
      do {
        images += try recognizer.imagesToAdapt(toFile: recording)
        known += 1
      } catch {
        leftOut.add(recording, error)
      }
      progress?.advance()
    }
    progress?.finish()
    guard !images.isEmpty else { throw Failure("no recording gave an image, so there is nothing to adapt to") }
    let count = try source.write(adaptedTo: images, name: name, to: folder)
    print(
      "\(source.manifest.name), adapted to \(count) image(s) of \(known) recording(s), is in \(folder.path).")
    try leftOut.finish(skipBad: skipBad)
  }
}
