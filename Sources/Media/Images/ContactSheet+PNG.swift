import Files
import Frames

extension ContactSheet {
  /// Draws the sheet into a PNG file.
  /// - Throws: `Problem` as `draw` does, or when the file cannot be written.
  public func write(to path: String) throws { try PNG.write(try draw(), to: path) }
}
