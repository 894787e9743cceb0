/// A way in which people lay clips in a folder that is no HDF5 file.
protocol FolderLayout: Sendable {
  /// What a person can say of it: keys of `Reading`.
  static var keys: [String] { get }

  /// - Returns: nil when the folder is none of this layout.
  static func read(_ folder: ClipFolder) throws -> ClipTable?
}
