import Foundation

/// Unpacking of zip files by a program of the system.
public enum Archive {
  /// Unpacks a zip file into a new folder, which appears when it is complete.
  ///
  /// - parameter removesDamaged: whether an archive that is damaged is removed, so that it can be fetched again.
  /// - throws: `DownloadError` where the archive is damaged, the folder exists, or neither `unzip` nor `python3` is there.
  public static func unpack(_ archive: URL, to folder: URL, removesDamaged: Bool = false) throws {
    let manager = FileManager.default
    let partial = folder.deletingLastPathComponent().appending(
      path: ".\(folder.lastPathComponent).\(UUID().uuidString)")
    defer { try? manager.removeItem(at: partial) }
    do {
      try manager.createDirectory(at: partial, withIntermediateDirectories: true)
    } catch {
      throw failure(folder, "cannot be made (\(error.localizedDescription))")
    }
    let commands = [
      ["unzip", "-q", "-o", archive.path, "-d", partial.path],
      ["python3", "-m", "zipfile", "-e", archive.path, partial.path],
    ]
    guard let command = commands.first(where: { isInstalled($0[0]) }) else {
      throw DownloadError(
        archive.path, "cannot be unpacked: neither unzip nor python3 is there",
        advice: "Run `apt-get install unzip`, then try again")
    }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    let messages = Pipe()
    process.standardError = messages
    process.standardOutput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw failure(archive, "cannot be unpacked (\(error.localizedDescription))")
    }
    let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let isUnzip = command[0] == "unzip"
    // unzip's 1 is a warning, as of bytes before the archive, with everything unpacked.
    guard process.terminationStatus == 0 || (isUnzip && process.terminationStatus == 1) else {
      // unzip says first what is wrong, Python last; unzip's other statuses are no fault of the archive.
      let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty && !$0.hasPrefix("[") }
      let line = (isUnzip ? lines.first : lines.last)?.split(separator: ".  ").first
      let reason = line.map { " (\($0))" } ?? ""
      let isDamaged = isUnzip ? [2, 3, 9, 51].contains(process.terminationStatus) : text.contains("BadZipFile")
      guard isDamaged else { throw failure(archive, "cannot be unpacked\(reason)") }
      guard removesDamaged else { throw failure(archive, "is damaged or not a zip file\(reason)") }
      try? manager.removeItem(at: archive)
      throw DownloadError(
        archive.path, "is damaged or not a zip file\(reason), and was removed",
        advice: "Fetch it again, or name another one with --from")
    }
    do {
      try manager.moveItem(at: partial, to: folder)
    } catch {
      throw failure(folder, "cannot be made (\(error.localizedDescription))")
    }
  }

  private static func isInstalled(_ program: String) -> Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
  }

  private static func failure(_ url: URL, _ problem: String) -> DownloadError {
    DownloadError(url.path, problem, advice: "Check the folder and the free space, remove the file and fetch it again")
  }
}
