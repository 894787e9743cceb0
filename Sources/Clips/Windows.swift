import Files

/// How clips are cut into windows, for training, for evaluating, and for whoever wants to see it beforehand.
///
/// In a clip of T frames windows of `length` frames begin at 0, `stride`, 2·`stride`, … as long as they end within T.
public struct Windows: Sendable, Equatable {
  /// Frames a window.
  public let length: Int
  /// Frames from one window's start to the next's in the same clip.
  public let stride: Int

  /// - Throws: `Problem` (usage) unless both are at least 1.
  public init(length: Int, stride: Int) throws {
    guard length >= 1, stride >= 1 else {
      throw Problem.usage("a window of \(length) frames every \(stride) cannot be cut", expected: "both at least 1")
    }
    (self.length, self.stride) = (length, stride)
  }

  /// How many a clip of so many frames has.
  public func count(in frames: Int) -> Int { frames < length ? 0 : (frames - length) / stride + 1 }

  /// The windows of a clip of so many frames, in its order.
  public func ranges(in frames: Int) -> [Range<Int>] {
    (0..<count(in: frames)).map { $0 * stride..<$0 * stride + length }
  }

  /// Frames of the clip that no window covers: behind the last one, and between them where `stride` is the larger.
  public func leftOver(in frames: Int) -> Int {
    let count = count(in: frames)
    return count == 0 ? frames : frames - (count - 1) * min(stride, length) - length
  }

  /// Why the clip, or part of it, is left out; nil when all of it is used.
  func reason(in frames: Int) -> String? {
    let left = leftOver(in: frames)
    if frames < length { return "too short: \(frames) of \(length) frames" }
    if left == 0 { return nil }
    return stride > length
      ? "\(left) frames lie between windows or after the last" : "the last \(left) frames do not fill a window"
  }
}
