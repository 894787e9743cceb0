/// A way in which people lay clips in a folder that is no HDF5 file.
protocol FolderLayout: Sendable {
  /// - Returns: nil when the folder is none of this layout.
  static func read(_ folder: ClipFolder) throws -> ClipTable?
}
