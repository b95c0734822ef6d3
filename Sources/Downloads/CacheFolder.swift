import Foundation

/// The folder that keeps what was downloaded.
public enum CacheFolder {
  /// `EMOTIVE_CACHE`, or `emotive` in `XDG_CACHE_HOME`, or `~/.cache/emotive`.
  public static func url(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> URL {
    if let own = environment["EMOTIVE_CACHE"], !own.isEmpty { return folder(own) }
    // The XDG specification has relative paths ignored.
    if let shared = environment["XDG_CACHE_HOME"], shared.hasPrefix("/") {
      return folder(shared).appending(path: "emotive")
    }
    return folder(environment["HOME"] ?? NSHomeDirectory()).appending(path: ".cache/emotive")
  }

  private static func folder(_ path: String) -> URL {
    URL(filePath: (path as NSString).expandingTildeInPath, directoryHint: .isDirectory).standardizedFileURL
  }
}
