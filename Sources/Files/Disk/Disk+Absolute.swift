import Foundation

extension Disk {
  /// A path from the root, without `~`, `.` and `..`. - Parameter folder: where a relative one starts; nil is the
  /// current folder.
  package static func absolute(_ path: String, from folder: String? = nil) -> String {
    let expanded = (path as NSString).expandingTildeInPath
    let base =
      expanded.hasPrefix("/") ? expanded : (folder ?? FileManager.default.currentDirectoryPath) + "/" + expanded
    return URL(fileURLWithPath: base).standardizedFileURL.path
  }
}
