import ArgumentParser
import Features
import Foundation
import Recognition
import Reporting

/// `emotive adapt`
struct AdaptCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adapt",
    abstract: "Gets a model bundle used to a speaker or a room, from recordings without labels.",
    discussion: """
      The statistics of the networks' batch normalisations are moved towards those of the recordings (adaptive batch \
      normalisation); weights stay as they are, and what was said, and how, need not be known. Give some twenty recordings \
      of one speaker, in moods as various as they will be later. The new bundle goes wherever a bundle goes. What \
      this is worth on labelled recordings, `emotive evaluate --adapt` tells.

      EXAMPLES
        emotive adapt anna/*.wav --output bundles/anna
        emotive predict --bundle bundles/anna anna-today.wav
        emotive adapt room12/ --bundle runs/1/emobox-2/bundle --output bundles/room12
      """)

  @Argument(help: ArgumentHelp("Recordings of the speaker, or folders of them.", valueName: "FILE|FOLDER"))
  var inputs: [String]
  @Option(help: ArgumentHelp("The model bundle; the one that ships by default.", valueName: "DIR")) var bundle: String?
  @Option(help: ArgumentHelp("The folder for the new bundle.", valueName: "DIR")) var output: String
  @Option(help: ArgumentHelp("What the new bundle is called.", valueName: "NAME")) var name: String?
  @Flag(help: "Exit with status 0 even if recordings had to be left out.") var skipBad = false
  @Option(help: ArgumentHelp("Parallel workers; the number of cores by default.", valueName: "N"))
  var jobs = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws { try checkJobs(jobs) }

  func run() throws {
    try checkWritable(output, flag: "--output", isFolder: true)
    let folder = URL(filePath: output)
    let files = FileManager.default
    if let found = try? files.contentsOfDirectory(atPath: output), !found.isEmpty, !found.contains("bundle.json") {
      throw ValidationError("--output \(output): the folder holds something else than a bundle; give another one")
    }
    let source = try ModelBundle(directory: bundle.map { URL(filePath: $0) } ?? ModelBundle.shipped())
    let recognizer = try Recognizer(source)
    var leftOut = LeftOut()
    let images = try recognizer.images(of: soundFiles(inputs, &leftOut), jobs: jobs, &leftOut).map(\.image)
    guard !images.isEmpty else { throw Failure("no recording gave an image, so that there is nothing to adapt to") }
    try source.write(adaptedTo: images, name: name, to: folder)
    print("The bundle \(source.manifest.name), adapted to \(images.count) recording(s), is in \(folder.path).")
    try leftOut.finish(skipBad: skipBad)
  }
}

extension Recognizer {
  /// The images of the files that give one, with their places among the files; the others are reported.
  func images(
    of files: [String], jobs: Int, _ leftOut: inout LeftOut
  ) throws -> [(index: Int, image: SpectrogramImage)] {
    var images: [(index: Int, image: SpectrogramImage)] = []
    try self.images(ofFiles: files, workers: jobs) { index, result in
      switch result {
      case .success(let image): images.append((index, image))
      case .failure(let error): leftOut.add(files[index], error)
      }
    }
    return images
  }
}
