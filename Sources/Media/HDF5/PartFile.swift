import Files
import Foundation
import Glibc

/// Opening what a file says its data lies in. A dataset somebody sent does not decide which files are opened: a part lies
/// in the file's own folder or below, is reached through no link, and is a regular file.
enum PartFile {
  /// O_PATH, which Swift's Glibc leaves out: a folder need not be readable to be passed through.
  private static let pathOnly: Int32 = 0o10_000_000

  /// - Returns: a descriptor, which is the caller's, and the part's path.
  static func open(_ name: String, beside path: String) throws -> (Int32, String) {
    let folder = (Disk.absolute(path) as NSString).deletingLastPathComponent
    var steps = name
    if name.hasPrefix(folder + "/") { steps = String(name.dropFirst(folder.count + 1)) }
    let parts = steps.split(separator: "/", omittingEmptySubsequences: false).filter { $0 != "." }
    func refused(_ why: String, fix: String) -> Problem {
      Problem("a part of it, '\(name)', \(why)", at: path, fix: fix)
    }
    guard !parts.isEmpty, !parts.contains(""), !parts.contains("..") else {
      throw refused(
        name == "." ? "is the file itself" : "does not lie beside the file",
        fix: "move the part into the file's own folder and name it so, or write the data into one file")
    }
    var at = Glibc.open(folder, pathOnly | O_DIRECTORY | O_CLOEXEC)
    guard at >= 0 else { throw refused("cannot be looked for: \(reason())", fix: "check the folder's permissions") }
    for step in parts.dropLast() {
      let next = openat(at, String(step), pathOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      let why = reason()
      close(at)
      guard next >= 0 else { throw refused("cannot be found: \(why)", fix: "put the missing part where it was") }
      at = next
    }
    defer { close(at) }
    let last = String(parts[parts.count - 1])
    var status = stat()
    guard fstatat(at, last, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw refused(
        errno == ENOENT ? "is missing" : "cannot be looked at: \(reason())", fix: "put the missing part where it was")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw refused("is \(words(status.st_mode)), not a file", fix: "put the data itself there")
    }
    let file = openat(at, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw refused("cannot be opened: \(reason())", fix: "check its permissions") }
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(file)
      throw refused("is no longer a file", fix: "put the data itself there")
    }
    return (file, folder + "/" + parts.joined(separator: "/"))
  }

  private static func reason() -> String { String(cString: strerror(errno)) }

  /// What a thing in a folder is, in a message's words.
  static func words(_ mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFIFO: "a pipe"
    case S_IFCHR, S_IFBLK: "a device"
    case S_IFDIR: "a folder"
    case S_IFLNK: "a link"
    case S_IFSOCK: "a socket"
    case S_IFREG: "a file"
    default: "something unknown"
    }
  }
}

/// A raw part, closed when nobody reads it any more.
final class RawPart: Sendable {
  let descriptor: Int32
  let path: String
  let size: Int

  init(_ name: String, beside path: String) throws {
    (descriptor, self.path) = try PartFile.open(name, beside: path)
    var status = stat()
    size = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  deinit { close(descriptor) }
}
