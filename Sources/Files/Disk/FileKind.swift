#if canImport(Glibc)
  import Glibc
#endif

/// What stands under a name, links followed.
package enum FileKind: Sendable {
  case regular, folder, pipe, socket, device

  /// nil when there is nothing, or it cannot be examined.
  package init?(_ path: String) {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    self.init(info.st_mode)
  }

  /// Of what is open: nobody can exchange it any more.
  init(of descriptor: Int32) {
    var info = stat()
    self.init(fstat(descriptor, &info) == 0 ? info.st_mode : S_IFCHR)
  }

  private init(_ mode: mode_t) {
    self =
      switch mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .folder
      case S_IFIFO: .pipe
      case S_IFSOCK: .socket
      default: .device
      }
  }

  /// Why it is not read as a file.
  func refusal(_ path: String) -> Problem {
    let name =
      switch self {
      case .regular: "a file"
      case .folder: "a folder"
      case .pipe: "a pipe"
      case .socket: "a socket"
      case .device: "a device"
      }
    guard self != .folder else { return Problem("this is a folder", at: path, expected: "a file") }
    return Problem(
      "this is not a regular file but \(name)", at: path, expected: "a regular file",
      fix: "check the path, and where the folder comes from")
  }
}
