import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A folder that is filled beside its name and takes it once it is whole. While it is filled it is locked: that tells a
/// living one from a killed one's remains, which the next call for the same name removes.
public struct AsideFolder {
  /// The name it will have.
  public let path: String
  /// Where it is filled meanwhile: hidden, in the same folder, `.NAME.PID-….part`.
  public let aside: String
  /// Where what stands at `path` waits while the names change.
  private let old: String
  private let parent: String
  private let lock: FileLock

  /// Clears away what killed calls have left, and makes the empty folder.
  /// - Parameter mode: its permissions.
  public init(_ path: String, mode: UInt32 = 0o755) throws {
    let name = (path as NSString).lastPathComponent, tag = Disk.ownTag()
    self.path = path
    parent = (path as NSString).deletingLastPathComponent
    (aside, old) = ("\(parent)/.\(name).\(tag).part", "\(parent)/.\(name).\(tag).old")
    try Disk.makeFolder(parent)
    Self.sweep(parent, name)
    lock = try Self.made(aside, mode, for: path)
  }

  /// Made and locked. Before it is locked another call may sweep it: then it is made again.
  private static func made(_ aside: String, _ mode: UInt32, for path: String) throws -> FileLock {
    while true {
      guard mkdir(aside, mode) == 0 else { throw Disk.writeProblem(path, errno) }
      do {
        let lock = try FileLock(
          folder: aside, busy: Problem("another process is writing this folder", at: path, fix: "try again"))
        if Disk.exists(aside) { return lock }
      } catch  where Disk.exists(aside) {
        rmdir(aside)
        throw error
      } catch { continue }
    }
  }

  /// Syncs it and gives it its name in the place of what stood there. When it throws, what stood there does again, and
  /// the temporary folder is still there.
  public func commit() throws {
    defer { lock.release() }
    try Disk.sync(aside, as: path)
    if Disk.exists(path) { guard rename(path, old) == 0 else { throw Disk.writeProblem(path, errno) } }
    guard rename(aside, path) == 0 else {
      let code = errno
      if Disk.exists(old) { rename(old, path) }
      throw Disk.writeProblem(path, code)
    }
    try? Disk.sync(parent)
    try? FileManager.default.removeItem(atPath: old)
  }

  /// As `commit`, but never in the place of another folder, an empty one apart.
  /// - Returns: false when one has the name already; that stays, and the temporary one too.
  public func commitUnlessTaken() throws -> Bool {
    defer { lock.release() }
    try Disk.sync(aside, as: path)
    guard rename(aside, path) == 0 else {
      if errno == ENOTEMPTY || errno == EEXIST { return false }
      throw Disk.writeProblem(path, errno)
    }
    try? Disk.sync(parent)
    return true
  }

  /// Removes the temporary folder, if there is one.
  public func discard() {
    try? FileManager.default.removeItem(atPath: aside)
    lock.release()
  }

  /// Removes what killed calls left beside `name`, and puts back what they had set aside.
  private static func sweep(_ parent: String, _ name: String) {
    for left in Disk.names(parent) where left.hasPrefix(".\(name).") {
      let parts = left.dropFirst(name.count + 2).split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 2, Int32(parts[0].prefix { $0 != "-" }) != nil, ["part", "old"].contains(parts[1]) else {
        continue
      }
      let part = "\(parent)/.\(name).\(parts[0]).part", place = parent + "/" + left
      // Held while it is removed, so that nobody begins to fill it.
      let lock = try? FileLock(folder: part, patience: .zero, busy: Problem("it is being filled", at: part))
      defer { lock?.release() }
      guard lock != nil || !Disk.exists(part) else { continue }
      if parts[1] == "old", !Disk.exists(parent + "/" + name) {
        rename(place, parent + "/" + name)
      } else {
        try? FileManager.default.removeItem(atPath: place)
      }
    }
  }
}

extension Disk {
  /// Fills a folder aside and gives it its name. `body` gets the temporary folder; whatever it throws, nothing is left.
  public static func replaceFolder<T>(_ path: String, _ body: (String) throws -> T) throws -> T {
    let folder = try AsideFolder(path)
    defer { folder.discard() }
    do {
      let result = try body(folder.aside)
      try folder.commit()
      return result
    } catch var problem as Problem {
      // The reader knows the place by its own name.
      problem.place = problem.place?.replacingOccurrences(of: folder.aside, with: path)
      throw problem
    }
  }
}
