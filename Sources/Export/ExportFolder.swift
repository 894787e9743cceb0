import Files
import Foundation
import Provenance
import Runs

/// The place an export goes to: written aside, verified there, and renamed, so that under its own name stands a whole
/// export or whatever stood there before.
package struct ExportFolder {
  package let path: String
  /// What stands there now is an export of the same run, and no part of it is missing.
  let holdsEarlier: Bool

  /// - Parameters:
  ///   - path: absolute.
  ///   - run: hash of the run to be exported.
  /// - Throws: `Problem` when something stands there that is not an earlier export of this run, or holds files we did
  ///   not write.
  package init(_ path: String, run: String) throws {
    self.path = path
    guard Disk.exists(path) else { holdsEarlier = false; return }
    guard Disk.isFolder(path) else {
      throw Problem("a file stands where the export should go", at: path, fix: "choose another --out")
    }
    let names = try Self.names(path)
    if names.isEmpty { holdsEarlier = false; return }
    guard names.contains(ExportFile.world.name) else {
      throw Problem(
        "the folder exists and is not an earlier export", at: path,
        expected: "a new or empty folder, or an export of this run", fix: "choose another --out")
    }
    let place = path + "/" + ExportFile.world.name
    let other = try JSON.parse([UInt8](Disk.read(place)), at: place)["run"]?.string ?? "nothing known"
    guard other == run else {
      throw Problem(
        "the folder holds an export of another run (\(other.prefix(8)), not \(run.prefix(8)))", at: path,
        fix: "choose another --out, or remove the folder")
    }
    let strangers = names.filter { name in !ExportFile.allCases.contains { $0.covers(name) } }
    guard strangers.isEmpty else {
      throw Problem(
        "the earlier export holds files that orrery did not write: \(strangers.prefix(5).joined(separator: ", "))",
        at: path, fix: "move them elsewhere, or choose another --out")
    }
    holdsEarlier = ExportFile.allCases.allSatisfy { $0.isOfSome || names.contains($0.name) }
  }

  private static func names(_ path: String) throws -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: path).sorted() } catch {
      throw Problem("the folder cannot be read", at: path, fix: "check its permissions")
    }
  }

  /// `body` fills the folder it is given; when it returns, that folder takes its name. Whatever it throws, nothing is
  /// left.
  package func replace<T>(_ body: (String) throws -> T) throws -> T { try Disk.replaceFolder(path, body) }
}
