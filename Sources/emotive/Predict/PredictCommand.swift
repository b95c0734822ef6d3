import ArgumentParser
import Audio
import Foundation
import Recognition
import Reporting
import Storage

/// `emotive predict`
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict", abstract: "Tells the emotion in recordings, over time, and in live sound.",
    discussion: """
      Takes files of any format that libsndfile reads (WAV, FLAC, OGG, MP3, AIFF ...), folders, which are searched for \
      such files, and lists of files. A recording that cannot be used is reported and left out; the exit status is then \
      1, unless --skip-bad is given.
      Of a recording longer than the networks' images, which show 3.1 s with the bundle that ships, the middle is heard; \
      --timeline goes through all of it.

      With --timeline, a recording of any length is cut into overlapping windows, and windows of one emotion are \
      joined into segments. Ctrl-C ends it early: the output so far is complete and valid, and the exit status is 130. \
      Of many recordings, each gets a file of its own, below the folder --output.

      With -, WAV or raw PCM is read from standard input, and a line is printed for each hop as the sound arrives: the \
      emotion of the last window. With --whole, all input is one recording with one answer; so it is for formats that \
      cannot be decoded piece by piece.

      EXAMPLES
        emotive predict speech.wav
        emotive predict --json recordings/ > predictions.jsonl
        emotive predict --bundle runs/1/all/bundle *.flac --csv
        find /data -name '*.wav' \\
          | emotive predict --list - --json --output all.jsonl --resume
        emotive predict --list files.txt --shard 2/8 --csv --output part-2.csv
        emotive predict --timeline talk.flac --picture talk.png
        emotive predict --timeline talk.flac --vtt --output talk.vtt
        emotive predict --timeline calls/ --json --output timelines --resume
        arecord -f S16_LE -r 16000 | emotive predict -
        parec --raw --rate=16000 --channels=1 | emotive predict - --rate 16000
        sox speech.mp3 -t wav - trim 0 3 | emotive predict - --whole
      """)

  @Option(help: ArgumentHelp("The model bundle to use instead of the one that ships.", valueName: "DIR"))
  var bundle: String?
  @Argument(
    help: ArgumentHelp("Recordings, folders of recordings, or - for standard input.", valueName: "FILE|FOLDER|-"))
  var inputs: [String] = []
  @Flag(exclusivity: .exclusive) var form: OutputForm?
  @Option(
    help: ArgumentHelp(
      "Write to a file instead of printing; with --timeline of many recordings, to a file for each in this folder.",
      valueName: "FILE|FOLDER"))
  var output: String?
  @Option(help: ArgumentHelp("Parallel workers; the number of cores by default.", valueName: "N"))
  var jobs = ProcessorCount.available
  @OptionGroup var computing: ComputingOptions
  @Flag(help: "Exit with status 0 even if recordings had to be left out.") var skipBad = false
  @OptionGroup(title: "Many recordings") var many: ManyOptions

  @Flag(help: "Follow the emotion through recordings of any length.") var timeline = false
  @Option(help: ArgumentHelp("With --timeline of one recording, draw it, .png or .svg.", valueName: "FILE"))
  var picture: String?
  @OptionGroup(title: "Timelines and live sound") var timelineOptions: TimelineOptions
  @Flag(help: "With -, take all input as one recording.") var whole = false
  @OptionGroup(title: "Raw sound") var raw: RawOptions

  enum OutputForm: String, EnumerableFlag {
    case json, csv, vtt, audacity, rttm

    static func help(for value: OutputForm) -> ArgumentHelp? {
      switch value {
      case .json: "Print one JSON object per line; with --timeline a single one."
      case .csv: "Print CSV with a header; with --timeline, of the windows."
      case .vtt: "With --timeline, print WebVTT captions."
      case .audacity: "With --timeline, print an Audacity label track."
      case .rttm: "With --timeline, print RTTM, with the emotions as speakers."
      }
    }
  }

  /// Whether there may be more than one recording.
  private var isForMany: Bool {
    var isFolder: ObjCBool = false
    return many.list != nil || inputs.count > 1
      || inputs.contains { FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && isFolder.boolValue }
  }

  func validate() throws {
    func refuse(_ isGiven: Bool, _ text: String) throws { if isGiven { throw ValidationError(text) } }
    let isInput = inputs.contains("-")
    try checkJobs(jobs)
    try refuse(inputs.isEmpty && many.list == nil, "Missing expected argument '<FILE|FOLDER|->'")
    try refuse(!inputs.isEmpty && many.list != nil, "--list excludes other inputs")
    try refuse(many.null && many.list == nil, "--null is for --list")
    try refuse(isInput && inputs.count > 1, "- stands for standard input and excludes other inputs")
    try refuse(
      isForMany && timeline && output == nil, "--timeline of many recordings needs --output, a folder for their files")
    try refuse(isForMany && picture != nil, "--picture is for the timeline of one recording")
    try refuse(
      (timeline && !isForMany || isInput) && !many.isEmpty, "--list, --shard and --resume are for many recordings")
    try refuse(whole && !isInput, "--whole is for -, standard input")
    try refuse(whole && timeline, "--whole and --timeline exclude each other; give one of them")
    try refuse(raw.pcmFormat != nil && !isInput, "--rate, --channels and --format are for -, standard input")
    try refuse(picture != nil && !timeline, "--picture needs --timeline")
    try refuse(timelineOptions.dense != nil && !timeline, "--dense and --no-dense need --timeline")
    try refuse(
      !timelineOptions.isEmpty && !timeline && (!isInput || whole),
      "--window, --hop, --silence, --smoothing and --minimum-segment need --timeline or -")
    if let form, form != .json, form != .csv { try refuse(!timeline, "--\(form.rawValue) needs --timeline") }
    if !timeline {
      try refuse(output != nil && isInput, "--output is not for -; send what is printed to a file with >")
      try refuse(output != nil && form == nil, "--output needs --json or --csv")
      try refuse(many.resume && output == nil, "--resume needs --output, the file to continue")
    }
    try checkPicture(picture)
  }

  func run() throws {
    // From the beginning, as a container's first process is deaf to all signals that it does not watch for.
    Interruption.watch()
    do { try predict() } catch is Interrupted { throw Interrupted.exitCode }
  }

  private func predict() throws {
    try checkWritable(output, flag: "--output", isFolder: timeline && isForMany)
    try checkWritable(picture, flag: "--picture")
    let model = try ModelBundle(directory: bundle.map { URL(filePath: $0) } ?? ModelBundle.shipped())
    let settings = timelineOptions.settings(for: model.manifest, duration: nil)
    if timeline || inputs == ["-"] && !whole { try usage { try settings.validate(for: model.manifest) } }
    let recognizer = try Recognizer(model, device: computing.device, precision: computing.precision)
    try Interruption.check()
    if timeline {
      let form = form.flatMap { TimelineForm(rawValue: $0.rawValue) } ?? .table
      let run = TimelineRun(recognizer: recognizer, options: timelineOptions, form: form, workers: jobs)
      if let output, isForMany {
        let folder = TimelineFolder(path: output, form: form)
        try TimelinesRun(timeline: run, many: many, folder: folder, skipBad: skipBad).run(inputs)
      } else {
        try run.run(inputs[0], raw: raw.pcmFormat, output: output, picture: picture)
      }
    } else if inputs == ["-"] {
      try StandardInputRun(recognizer: recognizer, settings: settings, form: predictionForm(isOne: true)).run(
        raw: raw.pcmFormat, isWhole: whole, skipBad: skipBad)
    } else {
      try FilesRun(recognizer: recognizer, many: many, output: output, workers: jobs, skipBad: skipBad).run(
        inputs, form: predictionForm)
    }
  }

  private func predictionForm(isOne: Bool) -> PredictionForm {
    switch form {
    case .json: .json
    case .csv: .csv
    default: isOne ? .table : .lines
    }
  }
}

/// Which of many recordings to go through, and how.
struct ManyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A file with the path of a recording on each line; - is standard input.", valueName: "FILE"))
  var list: String?
  @Flag(help: "The paths in --list end with NUL instead of a line end, as those of `find -print0`.") var null = false
  @Option(
    help: ArgumentHelp(
      "Only part I of N, 1/N to N/N, to spread the work over machines: every Nth recording.", valueName: "I/N"))
  var shard: RecordingPaths.Shard?
  @Flag(
    help: """
      Go on with the --output of an earlier run that was ended; what it has finished is not done again. Recordings that it \
      left out are tried again, and their lines come after those that are there.
      """)
  var resume = false

  /// Whether none is given.
  var isEmpty: Bool { list == nil && shard == nil && !resume }
}
