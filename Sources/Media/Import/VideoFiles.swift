import Files
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// The videos in folders. Links to folders are followed; a folder that is reached twice is listed once, so circles end.
package struct VideoFiles {
  package struct Found: Equatable { package var path: String, relative: String }

  static let extensions: Set<String> = [
    "mp4", "m4v", "mov", "mkv", "webm", "avi", "mpg", "mpeg", "m2v", "ts", "mts", "ogv", "wmv", "flv", "gif", "3gp",
  ]

  private struct Identity: Hashable { var device: UInt, number: UInt }

  /// By relative path.
  package private(set) var found: [Found] = []
  /// Folders of which nothing was taken, with the reason.
  package private(set) var passed: [(path: String, reason: String)] = []
  private var seen: [Identity: String] = [:]

  /// - Throws: `Problem` when the folder itself cannot be listed.
  package init(in folder: String) throws {
    guard walk(folder, "") else {
      throw Problem("the folder cannot be listed", at: folder, fix: "check its permissions")
    }
    found.sort { $0.relative < $1.relative }
  }

  private mutating func walk(_ folder: String, _ relative: String) -> Bool {
    var facts = stat()
    guard stat(folder, &facts) == 0 else { return false }
    let identity = Identity(device: UInt(facts.st_dev), number: UInt(facts.st_ino))
    if let other = seen[identity] {
      passed.append((folder, "it is the folder \(other) again, by a link"))
      return true
    }
    seen[identity] = folder
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return false }
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = (folder as NSString).appendingPathComponent(name), below = relative + name
      if Disk.isFolder(path) {
        if !walk(path, below + "/") { passed.append((path, "the folder cannot be listed")) }
      } else if Self.extensions.contains((name as NSString).pathExtension.lowercased()) {
        found.append(Found(path: path, relative: below))
      }
    }
    return true
  }

  package static func none(_ place: String) -> Problem {
    Problem(
      "there are no videos here", at: place, expected: "files ending in \(extensions.sorted().joined(separator: ", "))")
  }
}
