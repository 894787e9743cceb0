import Files
import Frames
import Media

/// Videos that were made elsewhere, in a folder and in folders in it.
package struct FilmFolder: Sendable {
  package let path: String
  /// Relative to it, sorted.
  package let names: [String]
  /// SHA-256 of each file.
  let hashes: [String: String]
  /// Folders of which nothing was taken, and why, in sentences.
  package let passed: [String]

  /// Where results of it lie.
  package static let resultsName = "bench"

  /// Whether there is any.
  package static func isOne(_ path: String) -> Bool {
    Disk.isFolder(path) && !((try? videos(path).names) ?? []).isEmpty
  }

  /// - Throws: `Problem` when there are none, or one cannot be read.
  package init(_ path: String, threads: Int) throws {
    let (names, passed) = try Self.videos(path)
    guard !names.isEmpty else { throw VideoFiles.none(path) }
    let found = try concurrently(names.count, threads: threads) { try OpenedFile(path + "/" + names[$0]).sha256() }
    (self.path, self.names, self.passed) = (path, names, passed)
    hashes = Dictionary(zip(names, found), uniquingKeysWith: { first, _ in first })
  }

  /// Identity of all of them, by name and content.
  package var hash: String {
    Hashing.sha256(names.map { "\($0)\u{0}\(hashes[$0] ?? "")" }.joined(separator: "\n"))
  }

  /// All but what a bench of the folder wrote.
  private static func videos(_ path: String) throws -> (names: [String], passed: [String]) {
    let files = try VideoFiles(in: path)
    return (
      files.found.map(\.relative).filter { !$0.hasPrefix(resultsName + "/") },
      files.passed.map { "\($0.path) is left out: \($0.reason)" }
    )
  }
}
