import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A file that is written beside its name and takes it once it is whole: after a crash the old file stands there or the
/// new one, never half of one. `Disk.replace` is this for whoever writes in one go.
public struct AsideFile: Sendable {
  /// The name it will have.
  public let path: String
  /// Where it is written meanwhile: hidden, in the same folder, `.NAME.PID-….part`.
  public let aside: String

  /// Makes the folder if there is none. Nothing is written yet.
  /// - Parameter kind: what is written, for the message.
  /// - Throws: `Problem` when the folder cannot be made or a folder stands at `path`.
  public init(_ path: String, kind: String = "file") throws {
    let folder = (path as NSString).deletingLastPathComponent
    if !folder.isEmpty { try Disk.makeFolder(folder) }
    guard !Disk.isFolder(path) else { throw Problem("a folder stands where the \(kind) should be written", at: path) }
    self.path = path
    aside = (folder as NSString).appendingPathComponent(
      ".\((path as NSString).lastPathComponent).\(Disk.ownTag()).part")
  }

  /// Syncs it, gives it its name, and syncs the folder. When it throws, the temporary file is still there.
  public func commit() throws {
    try Disk.sync(aside, as: path)
    guard rename(aside, path) == 0 else { throw Disk.writeProblem(path, errno) }
    syncFolder()
  }

  /// As `commit`, but never in the place of another file.
  /// - Returns: false when something has the name already; that stays. The temporary file is gone either way.
  public func commitUnlessTaken() throws -> Bool {
    defer { discard() }
    try Disk.sync(aside, as: path)
    // A link, not a rename: of two processes that write the same file, the second is told.
    if link(aside, path) != 0 {
      if errno == EEXIST { return false }
      // A file system without links: the name is taken first, and then filled.
      guard [EPERM, ENOTSUP, EMLINK].contains(errno) else { throw Disk.writeProblem(path, errno) }
      let claim = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      if claim < 0, errno == EEXIST { return false }
      guard claim >= 0 else { throw Disk.writeProblem(path, errno) }
      close(claim)
      guard rename(aside, path) == 0 else { throw Disk.writeProblem(path, errno) }
    }
    syncFolder()
    return true
  }

  /// Removes the temporary file, if there is one.
  public func discard() { unlink(aside) }

  private func syncFolder() {
    let folder = (path as NSString).deletingLastPathComponent
    try? Disk.sync(folder.isEmpty ? "." : folder)
  }
}

extension Disk {
  /// Tells what this call leaves aside from what any other one does, in this process or another.
  static func ownTag() -> String { "\(getpid())-" + String(UInt32.random(in: 0 ... .max), radix: 16) }

  /// Writes a file aside and gives it its name. `body` gets the temporary path; whatever it throws, the temporary file
  /// is removed.
  public static func replace<T>(_ path: String, _ body: (String) throws -> T) throws -> T {
    let file = try AsideFile(path)
    // After the commit there is nothing left under that name.
    defer { file.discard() }
    let result = try body(file.aside)
    try file.commit()
    return result
  }
}
