import Files
import Foundation

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
  private let names: Set<String>

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
    names = Set(found)
  }

  /// What tells the folder's content: SHA-256 of the names and lengths of its files.
  func mark() throws -> String {
    var hasher = SHA256Hasher()
    hasher.update("orrery.reading/1 folder\n")
    for name in files { hasher.update("\(name)\u{0}\(try OpenedFile(at(name)).count)\n") }
    return hasher.finish()
  }

  func at(_ name: String) -> String { path + "/" + name }

  func has(_ name: String) -> Bool { names.contains(name) }

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
