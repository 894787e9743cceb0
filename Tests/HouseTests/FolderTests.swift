import Foundation
import Testing

/// What can be found by looking at the folders stays so.
@Suite struct FolderTests {
  @Test func noFolderHoldsMoreThanFortyFiles() throws {
    let sources = try House.sources("Sources") + House.sources("Tests")
    #expect(sources.count > 500)
    let folders = Dictionary(grouping: sources) { ($0.path as NSString).deletingLastPathComponent }
    for (folder, files) in folders where files.count > 40 {
      Issue.record("\(folder) holds \(files.count) Swift files: which topics hide in it?")
    }
  }

  @Test func linesAreOneHundredAndTwentyColumns() throws {
    let suffixes = [".swift", ".c", ".h", ".inc"]
    let sources = try House.sources("Sources", suffixes) + House.sources("Tests", suffixes)
    let lines = sources.reduce(0) { $0 + $1.lines.count }
    let long = sources.flatMap { source in
      source.lines.enumerated().filter { $0.element.count > 120 }.map { "\(source.path):\($0.offset + 1)" }
    }
    #expect(long.count * 100 <= lines, "\(long.count) of \(lines) lines are over 120 columns: \(long.prefix(20))")
  }

  /// A target's files bear different names anyway; a name that stands in two rooms would send a reader to the wrong
  /// one.
  @Test func aFileNameStandsOnce() throws {
    let names = Dictionary(grouping: try House.sources("Sources")) { ($0.path as NSString).lastPathComponent }
    for (name, files) in names where files.count > 1 {
      Issue.record("\(name) stands \(files.count) times: \(files.map(\.path).joined(separator: ", "))")
    }
  }
}
