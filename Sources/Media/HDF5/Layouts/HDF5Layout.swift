/// A way in which people lay clips in an HDF5 file: how it is recognised, and what it comes to.
protocol HDF5Layout: Sendable {
  /// - Returns: nil when the file is none of this layout.
  /// - Throws: `Problem` when it is, and something in it cannot be so, or can be read in two ways.
  static func read(_ file: LayoutFile) throws -> ClipTable?
}
