/// The frames of one clip, wherever they lie. Safe to use from many threads.
package protocol ClipPictures: Sendable {
  var frames: Int { get }
  var height: Int { get }
  var width: Int { get }
  /// Frames as they are meant to be seen: upright, RGB. - Parameter out: `range.count · height · width · 3` bytes.
  func read(_ range: Range<Int>, into out: UnsafeMutableRawBufferPointer) throws
}
