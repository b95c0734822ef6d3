import Downloads
import Foundation

/// Where a published corpus can be had.
public struct CorpusDownload: Sendable {
  /// The corpus.
  public let kind: CorpusKind
  /// Its name as its authors write it.
  public let title: String
  /// Its terms, in short.
  public let licence: String
  /// Its page, for people.
  public let page: String
  /// The address of a zip file of all recordings, where there is a public one that lasts.
  public let address: String?
  /// What that file must hash to, where its publisher says so.
  public let checksum: Checksum?
  /// What to do by hand where there is no such file.
  public let instructions: String

  /// How to get a corpus; nil for the kinds that are the user's own.
  public init?(_ kind: CorpusKind) {
    switch kind {
    case .ravdess:
      self.init(
        kind, "RAVDESS, speech, audio only", licence: "CC BY-NC-SA 4.0", page: "https://zenodo.org/records/1188976",
        address: "https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip",
        checksum: .md5("bc696df654c87fed845eb13823edef8a"))
    case .tess:
      // The University of Toronto makes its zip file anew for each request; PaddleAudio keeps a copy that stays.
      self.init(
        kind, "TESS", licence: "CC BY-NC-ND 4.0", page: "https://doi.org/10.5683/SP2/E8H2MF",
        address: "https://bj.bcebos.com/paddleaudio/datasets/TESS_Toronto_emotional_speech_set.zip",
        checksum: .md5("1465311b24d1de704c4c63e4ccc470c7"))
    case .emoDB:
      self.init(
        kind, "EmoDB", licence: "free to use, cite Burkhardt et al. 2005", page: "http://emodb.bilderbar.info",
        address: "http://emodb.bilderbar.info/download/download.zip")
    case .savee:
      self.init(
        kind, "SAVEE", licence: "research use, by registration", page: "http://kahlan.eps.surrey.ac.uk/savee/",
        instructions: "Register on the page; its authors then send the address of the AudioData archive")
    case .cremaD:
      self.init(
        kind, "CREMA-D", licence: "ODbL 1.0", page: "https://github.com/CheyneyComputerScience/CREMA-D",
        instructions: "Install git-lfs, then: git clone https://github.com/CheyneyComputerScience/CREMA-D; "
          + "the recordings are in its folder AudioWAV")
    case .folder, .csv: return nil
    }
  }

  private init(
    _ kind: CorpusKind, _ title: String, licence: String, page: String, address: String? = nil,
    checksum: Checksum? = nil, instructions: String = ""
  ) {
    (self.kind, self.title, self.licence, self.page) = (kind, title, licence, page)
    (self.address, self.checksum, self.instructions) = (address, checksum, instructions)
  }

  /// The folder that the corpus is unpacked into unless another is asked for.
  public func cachedFolder(environment: [String: String] = ProcessInfo.processInfo.environment) -> URL {
    CacheFolder.url(environment).appending(path: "corpora/\(kind.rawValue)")
  }

  /// Fetches the corpus and unpacks it into `folder`, unless the folder exists.
  ///
  /// - Parameters:
  ///   - mirror: the address of the zip file, or of its folder, where it is not to come from its publisher.
  ///   - progress: called on the calling thread.
  /// - Returns: whether anything had to be fetched.
  /// - throws: `DownloadError` where it cannot be had that way, saying what to do instead.
  @discardableResult
  public func fetch(
    to folder: URL, from mirror: String? = nil, with downloader: Downloader = Downloader(),
    progress: (DownloadEvent) -> Void = { _ in }
  ) throws -> Bool {
    if FileManager.default.fileExists(atPath: folder.path) { return false }
    let name = address?.split(separator: "/").last.map(String.init) ?? "\(kind.rawValue).zip"
    guard let address = mirror ?? address else {
      throw DownloadError(
        title, "has no public address to download it from",
        advice: "\(instructions) (\(page)). A zip file that you have is unpacked by --from FILE, "
          + "and a folder is read where it is, with --corpus \(kind.rawValue)=DIR")
    }
    let file = folder.deletingLastPathComponent().appending(path: "\(folder.lastPathComponent)-\(name)")
    let source = try Download.address(address, of: name)
    try downloader.fetch(Download(from: source, to: file, checksum: checksum), progress: progress)
    try Archive.unpack(file, to: folder, removesDamaged: true)
    try? FileManager.default.removeItem(at: file)
    return true
  }
}

extension CorpusDownload {
  /// All corpora that are published.
  public static var all: [CorpusDownload] { CorpusKind.allCases.compactMap { CorpusDownload($0) } }
}
