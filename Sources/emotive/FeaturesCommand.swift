import ArgumentParser
import Audio
import Corpora
import Features
import Foundation
import Reporting
import Storage
import Torch

/// `emotive features`
struct FeaturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features", abstract: "Makes the spectrogram images that networks see, as a file or a picture.",
    discussion: """
      The output is a .safetensors file with the tensor "images" (n, 3, mel, time), float32; its metadata hold the \
      files' names and the settings. Training-set whitening is part of `emotive train`.

      EXAMPLES
        emotive features speech.wav --output images.safetensors
        emotive features recordings/ --output images.safetensors \\
          --fit pad --whitening none
        emotive features speech.wav --picture spectrogram.png --whitening none
      """)

  @Argument(help: ArgumentHelp("Recordings, or folders of recordings.", valueName: "FILE|FOLDER")) var inputs: [String]
  @Option(help: ArgumentHelp("The file for the images, .safetensors.", valueName: "FILE")) var output: String?
  @Option(help: ArgumentHelp("A picture of the first recording's image, .png or .svg.", valueName: "FILE")) var picture:
    String?
  @OptionGroup(title: "Features") var features: FeatureOptions
  @Flag(help: "Exit with status 0 even if recordings had to be left out.") var skipBad = false
  @Option(help: ArgumentHelp("Parallel workers; the number of cores by default.", valueName: "N"))
  var jobs = ProcessorCount.available

  func validate() throws {
    if output == nil, picture == nil {
      throw ValidationError("give --output FILE.safetensors, --picture FILE.png, or both")
    }
    if features.whitening == .trainingSet {
      throw ValidationError("--whitening training-set is fitted on a training set: it is part of `emotive train`")
    }
    try usage { try features.settings().validate() }
    try checkPicture(picture)
    try checkJobs(jobs)
  }

  func run() throws {
    let settings = features.settings()
    let extractor = try FeatureExtractor(settings)
    try checkWritable(output, flag: "--output")
    try checkWritable(picture, flag: "--picture")
    var leftOut = LeftOut()
    let files = try soundFiles(inputs, &leftOut)
    try checkDistinct(output, flag: "--output", from: files)
    try checkDistinct(picture, flag: "--picture", from: files)
    Interruption.watch()
    var first: (file: String, image: SpectrogramImage)?
    var spool = try output.map { try ImageSpool(beside: $0) }
    let progress = files.count > 1 ? ProgressBar("features", total: files.count, unit: "recordings") : nil
    do {
      try extractor.images(ofFiles: files, workers: jobs) { index, result in
        switch result {
        case .success(let image):
          if first == nil { first = (files[index], image) }
          try spool?.append(image, file: files[index])
        case .failure(let error): leftOut.add(files[index], error)
        }
        progress?.advance()
        try Interruption.check()
      }
    } catch is Interrupted {
      note("stopped; nothing was written")
      throw Interrupted.exitCode
    }
    progress?.finish()
    guard let first else {
      let outputs = [output, picture].compactMap { $0 }.joined(separator: " and ")
      throw Failure("no recording gave an image, so nothing was written to \(outputs)")
    }
    try spool?.finish(settings)
    if let picture { try draw(first.image, of: first.file, settings, to: URL(filePath: picture)) }
    try leftOut.finish(skipBad: skipBad)
  }

  private func draw(_ image: SpectrogramImage, of file: String, _ settings: FeatureSettings, to picture: URL) throws {
    let duration = try AudioFile.read(file, limits: settings.limits).duration
    let shown = settings.shownSeconds(ofDuration: duration)
    let windows = settings.resolutions.map { "window \($0.window), hop \($0.hop)" }
    let names = settings.representation == .spectrograms ? windows : [windows[0], "MFCC", "delta MFCC"]
    let isSpectrum = settings.representation == .spectrograms && settings.whitening == .none
    func values(_ name: String) -> String {
      settings.whitening == .none ? "\(name), \(settings.inputScale.rawValue)" : "whitened \(name)"
    }
    let spectrum = (rows: "mel bin", values: values("log power"))
    let axes: [(rows: String, values: String)] =
      settings.representation == .spectrograms
      ? names.map { _ in spectrum }
      : [spectrum, ("coefficient", values("coefficient")), ("coefficient", values("delta"))]
    try Figure.spectrogram(
      channels: (0..<3).map { Array(image.channel($0)) }, melCount: image.melCount, frameCount: image.frameCount,
      duration: shown, names: names, axes: axes,
      rates: isSpectrum
        ? (filterBank: Double(settings.melRate), actual: Double(settings.sampleCount) / shown) : nil,
      title: "\(file) (fit \(settings.fit.rawValue), whitening \(settings.whitening.rawValue))", to: picture)
    print("The picture of \(file) is in \(picture.path).")
  }
}

/// Images on their way into one file; they wait in a file beside it, as a million do not fit into memory. For a device or a
/// pipe, it is among the temporary files.
private struct ImageSpool: ~Copyable {
  private let output: String
  private let waiting: URL
  private let handle: FileHandle
  private var files: [String] = []

  init(beside output: String) throws {
    self.output = output
    let place = OutputPlace(output)
    let start = place.isSpecial ? FileManager.default.temporaryDirectory.appending(path: "emotive").path : place.path
    waiting = URL(filePath: "\(start).\(UUID().uuidString).part")
    try emotive.write(Data(), to: waiting.path)
    handle = try FileHandle(forWritingTo: waiting)
  }

  deinit { try? FileManager.default.removeItem(at: waiting) }

  mutating func append(_ image: SpectrogramImage, file: String) throws {
    do {
      try image.values.withUnsafeBytes { try handle.write(contentsOf: Data($0)) }
    } catch {
      throw readable(error, path: output)
    }
    files.append(file)
  }

  func finish(_ settings: FeatureSettings) throws {
    let images = waiting
    let shape = [files.count, 3, settings.melCount, settings.frameCount]
    let entry = WeightFile.Entry(
      name: "images", dtype: .float32, shape: shape, bytes: try Data(contentsOf: images, options: .alwaysMapped))
    try WeightFile.write(
      [entry],
      metadata: [
        "files": JSON.text(files),
        "features": String(decoding: settings.json(), as: UTF8.self),
      ], to: output)
    print("\(files.count) image(s) are in \(output): tensor \"images\" \(shape), float32.")
  }
}
