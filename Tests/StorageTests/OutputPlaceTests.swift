import Foundation
import Testing

@testable import Storage

@Suite struct OutputPlaceTests {
  let folder = URL.temporaryDirectory.appending(path: UUID().uuidString)

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  private func permissions(_ path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
  }

  @Test func whatIsReplacedKeepsItsPermissions() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let place = OutputPlace(folder.appending(path: "deep/out").path)
    try place.write(Data("new".utf8))
    for (before, after) in [(0o600, 0o600), (0o640, 0o640), (0o666, 0o666), (0o444, 0o644)] as [(mode_t, mode_t)] {
      try #require(chmod(place.path, before) == 0)
      let text = "after \(before)"
      try place.write(Data(text.utf8))
      #expect(permissions(place.path) == after)
      #expect(try Data(contentsOf: URL(filePath: place.path)) == Data(text.utf8))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/deep") == ["out"])
  }

  @Test func linesThatWaitHaveThePermissionsOfTheirPlace() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let place = OutputPlace(folder.appending(path: "out").path)
    let partial = try #require(place.partial)
    try place.write(Data("finished".utf8))
    try #require(chmod(place.path, 0o600) == 0)
    try place.claimPartial()?.close()
    #expect(permissions(partial) == 0o600)
    // Those of an earlier run are taken along.
    try #require(chmod(partial, 0o644) == 0)
    try place.claimPartial()?.close()
    #expect(permissions(partial) == 0o600)
  }

  @Test func whatCannotBeWrittenIsNamed() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "out")
    try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
    let long = folder.path + "/" + String(repeating: "x", count: 300)
    #expect { try OutputPlace(long).write(Data()) } throws: { error in
      "\(error)".hasPrefix("\(long): cannot be written: ") && "\(error)".contains("Check the folder")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out"])
  }
}
