import Features
import Foundation
import Recognition
import Storage
import Synchronization
import Torch

/// The bundles that a server answers with, by name; the first is the default one.
public final class BundleRegistry: Sendable {
  /// A bundle that is loaded.
  struct Entry: Sendable {
    /// What requests call it; it stays when the folder's content is replaced.
    let name: String
    let directory: URL
    let recognizer: Recognizer
    let loaded: Date

    var manifest: BundleManifest { recognizer.bundle.manifest }
  }

  private let state: Mutex<[Entry]>
  private let device: Device
  private let precision: Precision?

  /// Loads bundles.
  ///
  /// - parameter bundles: folders, each with the name that requests call it, or nil for the one that it gives itself.
  /// - parameter device: where the networks are computed.
  /// - parameter precision: their number format; nil for the one that each bundle's weights are stored in.
  /// - throws: `BundleError` naming the folder, `ServerError` for a name that is given twice.
  public init(
    _ bundles: [(name: String?, directory: URL)], device: Device = .cpu, precision: Precision? = nil
  ) throws {
    self.device = device
    self.precision = precision
    var entries: [Entry] = []
    for (name, directory) in bundles {
      let recognizer = try Self.load(directory, device, precision)
      let entry = Entry(
        name: name ?? recognizer.bundle.manifest.name, directory: directory, recognizer: recognizer, loaded: Date())
      if let other = entries.first(where: { $0.name == entry.name }) {
        throw ServerError(
          "two bundles are called \(entry.name): \(other.directory.path) and \(directory.path); "
            + "give one of them another name, as in --bundle NAME=DIR")
      }
      entries.append(entry)
    }
    guard !entries.isEmpty else { throw ServerError("a server needs a bundle; give its folder with --bundle") }
    state = Mutex(entries)
  }

  /// All bundles, the default one first.
  var all: [Entry] { state.withLock { $0 } }

  /// The bundle of a name, or the default one.
  ///
  /// - throws: `Problem.unknownBundle`.
  func entry(named name: String?) throws -> Entry {
    let entries = all
    guard let name else { return entries[0] }
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw Problem.unknownBundle(name, known: entries.map(\.name))
    }
    return entry
  }

  /// Loads every bundle anew beside the old one and then puts it in its place. Requests under way keep the bundle that
  /// they began with; a bundle that cannot be loaded leaves the old one where it is.
  ///
  /// - parameter report: is told of each bundle and what went wrong with it, if anything.
  func reload(report: (_ name: String, _ failure: (any Error)?) -> Void) {
    for entry in all {
      do {
        let new = Entry(
          name: entry.name, directory: entry.directory, recognizer: try Self.load(entry.directory, device, precision),
          loaded: Date())
        state.withLock { entries in
          if let index = entries.firstIndex(where: { $0.name == new.name }) { entries[index] = new }
        }
        report(entry.name, nil)
      } catch {
        report(entry.name, error)
      }
    }
  }

  /// A recognizer that has predicted once: a first prediction takes longer than those after it.
  private static func load(_ directory: URL, _ device: Device, _ precision: Precision?) throws -> Recognizer {
    let recognizer = try Recognizer(ModelBundle(directory: directory), device: device, precision: precision)
    let features = recognizer.bundle.manifest.features
    let blank = SpectrogramImage(
      values: Array(repeating: 0, count: 3 * features.melCount * features.frameCount), melCount: features.melCount,
      frameCount: features.frameCount)
    _ = try recognizer.predict(images: [blank])
    return recognizer
  }
}

/// Why a server cannot be started; the message says what to do.
public struct ServerError: DescribedError {
  /// What was wrong, with which flag, and what to do.
  public let description: String

  init(_ description: String) { self.description = description }
}
