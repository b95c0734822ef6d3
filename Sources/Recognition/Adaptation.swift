import Audio
import Features
import Foundation
import Networks
import Torch

// Networks that get used to a voice or a room before they judge it.

extension ModelBundle {
  /// The number of images that the statistics of training count as: with fewer, one to three recordings would mislead a
  /// network (docs/LOG.md).
  static let adaptationPrior = 16
  /// More recordings than these are thinned out evenly: the statistics have long settled, and all go through at once.
  static let adaptationLimit = 128

  /// Writes this bundle adapted to a speaker or a room: the statistics of its networks' batch normalisations are moved
  /// towards those of the images, layer by layer (AdaBN, Li et al. 2018); weights stay as they are. No label is needed.
  ///
  /// The figures that the bundle quotes are left out, as they are not the new one's.
  ///
  /// - parameters:
  ///   - images: what ``Recognizer/imagesToAdapt(toFile:)`` made of recordings of that speaker, of emotions as various as
  ///     they will be later: eight angry ones alone cost 7 points (docs/LOG.md).
  ///   - name: what the new bundle is called; nil for this one's name with "adapted" and the folder's name, by which
  ///     results tell bundles apart.
  ///   - directory: the folder; one that is there is replaced.
  /// - returns: the number of images that the networks saw: at most 128, from all parts alike.
  /// - throws: `BundleError` where there are no images or no network of the bundle has batch normalisations,
  ///   `WeightFileError` where weights cannot be read or written, `TorchError` where the networks fail at the images, and
  ///   the file system's errors.
  @discardableResult
  public func write(adaptedTo images: [SpectrogramImage], name: String? = nil, to directory: URL) throws -> Int {
    let images = try evenly(Self.checked(images), count: Self.adaptationLimit)
    var provenance = manifest.provenance
    provenance.figures = []
    provenance.trainedOn += "; adapted to \(images.count) image(s), without labels"
    provenance.adaptedTo = (provenance.adaptedTo ?? 0) + images.count
    let folder = directory.absoluteURL.standardizedFileURL.lastPathComponent
    try Self.write(
      to: directory, name: name ?? "\(manifest.name), adapted: \(folder)", labels: manifest.labels,
      features: manifest.features, whitening: manifest.whitening, members: networks(adaptedTo: images, on: .cpu),
      weightFormat: weightFormat(), temperature: manifest.temperature,
      temperatureSource: "\(manifest.temperatureSource), before it was adapted", provenance: provenance,
      digests: trainedRecordings)
    return images.count
  }

  /// - throws: `BundleError` where there are no images.
  static func checked(_ images: [SpectrogramImage]) throws -> [SpectrogramImage] {
    guard images.isEmpty else { return images }
    throw BundleError("there is no recording to adapt to; give one or more")
  }

  /// The networks in evaluation mode, adapted where there are images.
  func networks(adaptedTo images: [SpectrogramImage], on device: Device) throws -> [Network] {
    let networks = try manifest.members.map { try network($0) }
    for network in networks {
      try network.parameters.move(to: device)
      try network.parameters.layChannelsLast()
    }
    guard !images.isEmpty else { return networks }
    let able = networks.filter(\.hasBatchNorms)
    guard !able.isEmpty else {
      throw BundleError(
        "\(directory.path): its networks (\(manifest.members.map(\.network.title).joined(separator: ", "))) have no batch "
          + "normalisation, so they cannot adapt; use a bundle of ResNet, DenseNet or CRNN")
    }
    let batch = try Tensor.batch(of: evenly(images, count: Self.adaptationLimit)).to(device)
    for network in able { try network.adapt(to: batch, prior: Self.adaptationPrior) }
    return networks
  }
}

extension Recognizer {
  /// The images that a recording of any length gives to adapt to: its own, or, where it is longer than two windows of a
  /// timeline, that of each window that is not silent, without overlap; of very many, some, evenly.
  ///
  /// - parameter path: the recording.
  /// - throws: `AudioError` naming the file; `FeatureError` and `TorchError` for want of memory.
  public func imagesToAdapt(toFile path: String) throws -> [SpectrogramImage] {
    let file = try SoundFile(path: path)
    var settings = TimelineSettings()
    settings.window = min(settings.window, bundle.manifest.features.longestWindow)
    settings.hop = settings.window
    var cutter = WindowCutter(settings, rate: file.sampleRate, alignment: .centred)
    let shortest = bundle.manifest.features.minimumDuration
    let longest = Int(2 * settings.window * Double(file.sampleRate))
    // The whole recording, as long as it may be a short one.
    var whole: [Float] = []
    var windows: [[Float]] = []
    var step = 1
    var count = 0
    func keep(_ cuts: [WindowCutter.Cut]) {
      for samples in cuts.filter({ !$0.isSilent }).map(\.samples) {
        if count.isMultiple(of: step) { windows.append(samples) }
        count += 1
        if windows.count == 2 * ModelBundle.adaptationLimit {
          windows = windows.indices.filter { $0.isMultiple(of: 2) }.map { windows[$0] }
          step *= 2
        }
      }
    }
    try file.forEachBlock { block in
      if whole.count <= longest { whole += block }
      keep(cutter.add(block))
    }
    guard cutter.count > longest else {
      let waveform = Waveform(samples: whole, sampleRate: file.sampleRate)
      guard whole.isEmpty || waveform.duration >= shortest else {
        throw AudioError.tooShort(path, duration: waveform.duration, minimum: shortest)
      }
      return [try image(of: waveform, name: path)]
    }
    if let last = cutter.finish() { keep([last]) }
    guard !windows.isEmpty else { throw AudioError.silent(path) }
    return try evenly(windows, count: ModelBundle.adaptationLimit).map {
      try image(of: Waveform(samples: $0, sampleRate: file.sampleRate), name: path)
    }
  }
}

/// At most `count` of the elements, from all parts alike.
private func evenly<Element>(_ elements: [Element], count: Int) -> [Element] {
  guard elements.count > count else { return elements }
  return (0..<count).map { elements[$0 * elements.count / count] }
}
