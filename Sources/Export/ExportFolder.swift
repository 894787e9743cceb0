import Files
import Foundation
import Provenance
import Runs

#if canImport(Glibc)
  import Glibc
#endif

/// The place an export goes to: written aside, verified there, and renamed, so that under its own name stands a whole
/// export or whatever stood there before.
package struct ExportFolder {
  package let path: String
  /// What stands there now is an export of the same run.
  let holdsEarlier: Bool

  /// Everything an export consists of.
  package static func belongs(_ name: String) -> Bool {
    [
      "transformer", "scheduler", "text_embedder", "codec.json", ExportedModel.worldName, "README.md",
      ExportReplay.fileName, ExportExample.fileName, ConsentReportSPDX.fileName, ConsentReportCroissant.fileName,
    ].contains(name)
      || (name.hasPrefix("optin") && name.hasSuffix(".json"))
  }

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
    guard names.contains(ExportedModel.worldName) else {
      throw Problem(
        "the folder exists and is not an earlier export", at: path,
        expected: "a new or empty folder, or an export of this run", fix: "choose another --out")
    }
    let place = path + "/" + ExportedModel.worldName
    let other = try JSON.parse([UInt8](Disk.read(place)), at: place)["run"]?.string ?? "nothing known"
    guard other == run else {
      throw Problem(
        "the folder holds an export of another run (\(other.prefix(8)), not \(run.prefix(8)))", at: path,
        fix: "choose another --out, or remove the folder")
    }
    let strangers = names.filter { !Self.belongs($0) }
    guard strangers.isEmpty else {
      throw Problem(
        "the earlier export holds files that orrery did not write: \(strangers.prefix(5).joined(separator: ", "))",
        at: path, fix: "move them elsewhere, or choose another --out")
    }
    holdsEarlier = true
  }

  private static func names(_ path: String) throws -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: path).sorted() } catch {
      throw Problem("the folder cannot be read", at: path, fix: "check its permissions")
    }
  }

  /// `body` fills the folder it is given; when it returns, that folder takes its name. Whatever it throws, nothing is
  /// left.
  package func replace<T>(_ body: (String) throws -> T) throws -> T {
    let parent = (path as NSString).deletingLastPathComponent, name = (path as NSString).lastPathComponent
    try Disk.makeFolder(parent)
    Self.sweep(parent, name)
    let aside = "\(parent)/.\(name).\(getpid()).part", old = "\(parent)/.\(name).\(getpid()).old"
    var lock: Int32 = -1
    defer { if lock >= 0 { close(lock) } }
    do {
      guard mkdir(aside, 0o755) == 0 else { throw Disk.writeProblem(path, errno) }
      // What tells a living export from a killed one's remains; the system lets go of it with the process.
      lock = open(aside, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw Disk.writeProblem(path, errno) }
      let result = try body(aside)
      try Disk.sync(aside)
      if Disk.exists(path) { guard rename(path, old) == 0 else { throw Disk.writeProblem(path, errno) } }
      guard rename(aside, path) == 0 else {
        let code = errno
        if Disk.exists(old) { rename(old, path) }
        throw Disk.writeProblem(path, code)
      }
      try? Disk.sync(parent)
      try? FileManager.default.removeItem(atPath: old)
      return result
    } catch {
      try? FileManager.default.removeItem(atPath: aside)
      guard var problem = error as? Problem else { throw error }
      // The reader knows the place by its own name.
      problem.place = problem.place?.replacingOccurrences(of: aside, with: path)
      throw problem
    }
  }

  /// Removes what a killed export left beside `name`, and puts back what it had set aside.
  private static func sweep(_ parent: String, _ name: String) {
    for left in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] where left.hasPrefix(".\(name).") {
      let parts = left.dropFirst(name.count + 2).split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 2, Int32(parts[0]) != nil, ["part", "old"].contains(parts[1]),
        !isHeld("\(parent)/.\(name).\(parts[0]).part")
      else { continue }
      if parts[1] == "old", !Disk.exists(parent + "/" + name) {
        rename(parent + "/" + left, parent + "/" + name); continue
      }
      try? FileManager.default.removeItem(atPath: parent + "/" + left)
    }
  }

  /// Whether a living export is writing this folder.
  private static func isHeld(_ folder: String) -> Bool {
    let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return flock(file, LOCK_EX | LOCK_NB) != 0
  }
}
