import Foundation

/// Something to be fetched: where from, where to, and how to know that it arrived whole.
public struct Download: Sendable, Hashable {
  /// The address, `http`, `https` or `file`.
  public let source: URL
  /// Where the file goes; while it is on its way it lies beside, with `.part` at the end of its name.
  public let file: URL
  /// What its bytes must hash to; nil where nobody has published that.
  public let checksum: Checksum?

  /// A file to be fetched from `source`.
  public init(from source: URL, to file: URL, checksum: Checksum?) {
    self.source = source
    self.file = file
    self.checksum = checksum
  }

  /// The address of a file at a mirror that the user names: the file's own address, or that of the folder it is in.
  ///
  /// - Parameters:
  ///   - text: an `http`, `https` or `file` address, or a path on this machine.
  ///   - name: the file's published name; an address that ends with its extension, or a path where there is a file, is
  ///     taken for the file's own.
  /// - throws: `DownloadError` where the text is no such address.
  public static func address(_ text: String, of name: String) throws -> URL {
    let url: URL?
    switch text.prefix(while: { $0 != ":" }).lowercased() {
    case "http", "https", "file": url = URL(string: text)
    case _ where text.contains("://"): url = nil
    default: url = URL(filePath: (text as NSString).expandingTildeInPath).standardizedFileURL
    }
    guard let url, url.isFileURL || url.host?.isEmpty == false else {
      throw DownloadError(
        text, "is not an address to download from",
        advice: "Expected http://..., https://..., file:///... or a path, of a folder or of \(name)")
    }
    var isFolder: ObjCBool = false
    let isFile =
      url.isFileURL && FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && !isFolder.boolValue
    return isFile || url.pathExtension == (name as NSString).pathExtension ? url : url.appending(path: name)
  }
}

/// How a download goes on.
public enum DownloadEvent: Sendable, Equatable {
  /// Bytes begin to arrive, `byteCount` in all where the server says so; an earlier try has brought `present` of them.
  case started(byteCount: Int?, present: Int)
  /// So many further bytes have arrived.
  case received(Int)
  /// The connection failed; the next try comes after a pause.
  case retrying(problem: String, seconds: Double)
}
