import Files
import Foundation

/// A way in which people lay clips in a folder that is no HDF5 file.
protocol FolderLayout: Sendable {
  /// - Returns: nil when the folder is none of this layout.
  static func read(_ folder: ClipFolder) throws -> ClipTable?
}

/// A folder as a layout looks at it. Files are reached below it only, and through no link.
package final class ClipFolder: Sendable {
  /// Files in a folder and below.
  static let mostFiles = 200_000

  let path: String
  let answers: Reading
  let cache: BlockCache
  let cacheBytes: Int
  /// Regular files below, by their path from here, numbers in order.
  let files: [String]

  init(_ path: String, _ answers: Reading, cacheBytes: Int) throws {
    (self.path, self.answers, self.cacheBytes) = ((path as NSString).standardizingPath, answers, cacheBytes)
    cache = BlockCache(budget: cacheBytes)
    var found: [String] = []
    func walk(_ folder: String, _ level: Int) throws {
      for name in Disk.names(folder.isEmpty ? path : path + "/" + folder) where !name.hasPrefix(".") {
        let inner = folder.isEmpty ? name : folder + "/" + name
        let facts = try? FileManager.default.attributesOfItem(atPath: path + "/" + inner)
        switch facts?[.type] as? FileAttributeType {
        case .typeRegular?: found.append(inner)
        case .typeDirectory? where level < 12: try walk(inner, level + 1)
        case .typeSymbolicLink?:
          throw Problem(
            "'\(inner)' is a link, which could lead out of the folder", at: path,
            fix: "put what it leads to in its place")
        default: continue
        }
        guard found.count <= Self.mostFiles else {
          throw Problem("there are more than \(Self.mostFiles) files", at: path, fix: "name a folder with fewer")
        }
      }
    }
    try walk("", 0)
    files = found.sorted(by: NumericOrder.isBefore)
  }

  /// What tells the folder's content: SHA-256 of the names and lengths of its files.
  func mark() throws -> String {
    var hasher = SHA256Hasher()
    hasher.update("orrery.reading/1 folder\n")
    for name in files { hasher.update("\(name)\u{0}\(try OpenedFile(at(name)).count)\n") }
    return hasher.finish()
  }

  func at(_ name: String) -> String { path + "/" + name }

  func has(_ name: String) -> Bool { files.contains(name) }

  func ending(_ endings: String...) -> [String] {
    files.filter { name in endings.contains { name.lowercased().hasSuffix($0) } }
  }

  /// The name without its extension.
  static func stem(_ name: String) -> String { (name as NSString).deletingPathExtension }

  func problem(_ what: String, expected: String? = nil, fix: String) -> Problem {
    Problem(what, at: path, expected: expected, fix: fix)
  }

  /// A path a file of the folder names: below it. - Throws: `Problem` when it leads out of it.
  func named(_ name: String, in place: String) throws -> String {
    var inner = name
    if inner.hasPrefix(path + "/") { inner = String(inner.dropFirst(path.count + 1)) }
    let steps = inner.split(separator: "/").filter { $0 != "." }
    guard !inner.hasPrefix("/"), !steps.contains("..") else {
      throw Problem("it names '\(name)', which lies out of the folder", at: place, fix: "put the files into the folder")
    }
    return steps.joined(separator: "/")
  }
}

package enum FolderLayouts {
  private static let all: [any FolderLayout.Type] = [
    LeRobot.self, HDF5Folder.self, WebDataset.self, CaptionedFilms.self, ImageFolders.self,
  ]

  /// Whether a folder is one of a layout's rather than of loose films, for who takes both.
  package static func isDataset(_ path: String) -> Bool {
    Disk.exists(path + "/meta/info.json") || Disk.names(path).contains { $0.hasSuffix(".tar") }
      || (try? ClipFolder(path, Reading(), cacheBytes: 0)).map { !$0.ending(".hdf5", ".h5").isEmpty } ?? false
  }

  static func read(_ path: String, _ answers: Reading, cacheBytes: Int) throws -> (ClipTable, BlockCache) {
    let folder = try ClipFolder(path, answers, cacheBytes: cacheBytes)
    for layout in all {
      guard var table = try layout.read(folder) else { continue }
      table.clips = table.clips.filter { clip in answers.camera.map { $0 == clip.camera } ?? true }
      guard !table.clips.isEmpty else {
        throw folder.problem(
          answers.camera.map { "there is no camera '\($0)' in it" } ?? "it has no clips", expected: "at least one clip",
          fix: "name one of its cameras, or none for all")
      }
      return (table, folder.cache)
    }
    throw folder.problem(
      "there is nothing in the folder that is recognised: "
        + (folder.files.isEmpty ? "it is empty" : folder.files.prefix(8).joined(separator: ", ")),
      expected: "a layout of docs/LAYOUTS.md", fix: "import videos with 'orrery dataset import'")
  }
}
