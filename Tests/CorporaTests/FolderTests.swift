import Foundation
import Testing

@testable import Corpora

@Suite struct FolderTests {
  @Test func filesAreNamedTheSameHoweverTheFolderIsWritten() throws {
    let tree = try Tree(["a.wav", "deep/b.wav"])
    defer { withExtendedLifetime(tree) {} }
    let names = ["\(tree.path)/a.wav", "\(tree.path)/deep/b.wav"]
    for end in ["", "/", "//"] {
      let files = try CorpusFile.all(below: tree.path + end)
      #expect(files.map(\.path) == names && files.map(\.components) == [["a.wav"], ["deep", "b.wav"]])
    }
    #expect(message { _ = try CorpusFile.all(below: tree.path + "/none/") }.hasPrefix("\(tree.path)/none: "))
  }
}
