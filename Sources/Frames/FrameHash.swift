import Files

/// The content hash of decoded frames, which a consent manifest names: it survives re-muxing, re-chunking and
/// re-compressing.
public enum FrameHash {
  /// SHA-256 of `"rgb24" ‖ 0 ‖ u32le width, height, count ‖ pixels`, as 64 hexadecimal digits.
  public static func sha256(_ frames: Frames) -> String {
    var hasher = begin(width: frames.width, height: frames.height, count: frames.count)
    hasher.update(frames.pixels)
    return hasher.finish()
  }

  /// A hasher that has taken the header; the caller streams `count` frames of bytes into it.
  package static func begin(format: String = "rgb24", width: Int, height: Int, count: Int) -> SHA256Hasher {
    var hasher = SHA256Hasher()
    hasher.update(format)
    hasher.update([0])
    for size in [width, height, count] {
      hasher.update(withUnsafeBytes(of: UInt32(truncatingIfNeeded: size).littleEndian) { Array($0) })
    }
    return hasher
  }
}
