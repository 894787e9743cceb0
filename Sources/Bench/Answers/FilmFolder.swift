import Files
import Foundation
import Frames

/// Videos that were made elsewhere, in a folder and in folders in it.
package struct FilmFolder: Sendable {
  package let path: String
  /// Relative to it, sorted.
  package let names: [String]
  /// SHA-256 of each file.
  let hashes: [String: String]

  private static let kinds: Set = ["mp4", "mov", "mkv", "webm", "avi", "gif", "m4v"]
  /// Where results of it lie.
  package static let resultsName = "bench"
  /// Videos, and folders in each other, at most.
  private static let most = 100_000, depth = 6

  /// Whether there is any.
  package static func isOne(_ path: String) -> Bool {
    Disk.isFolder(path) && !((try? videos(path)) ?? []).isEmpty
  }

  /// - Throws: `Problem` when there are none, too many, or one cannot be read.
  package init(_ path: String, threads: Int) throws {
    let names = try Self.videos(path)
    guard !names.isEmpty else {
      throw Problem("there is no video in it", at: path, expected: Self.kinds.sorted().joined(separator: ", "))
    }
    let found = try concurrently(names.count, threads: threads) { try OpenedFile(path + "/" + names[$0]).sha256() }
    (self.path, self.names) = (path, names)
    hashes = Dictionary(zip(names, found), uniquingKeysWith: { first, _ in first })
  }

  /// Identity of all of them, by name and content.
  package var hash: String {
    Hashing.sha256(names.map { "\($0)\u{0}\(hashes[$0] ?? "")" }.joined(separator: "\n"))
  }

  private static func videos(_ folder: String, _ below: String = "", depth: Int = 0) throws -> [String] {
    guard depth <= Self.depth else { return [] }
    var found: [String] = []
    for name in Disk.names(folder + (below.isEmpty ? "" : "/" + below)) where !name.hasPrefix(".") {
      let path = below.isEmpty ? name : below + "/" + name
      // What a bench of it wrote.
      if path == resultsName { continue }
      if FileKind(folder + "/" + path) == .folder {
        found += try videos(folder, path, depth: depth + 1)
      } else if kinds.contains((name as NSString).pathExtension.lowercased()) {
        found.append(path)
      }
      guard found.count <= most else {
        throw Problem("there are more than \(most) videos", at: folder, fix: "bench a part of them")
      }
    }
    return found.sorted()
  }
}
