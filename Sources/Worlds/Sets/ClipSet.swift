import Files
import Frames

/// One rendered clip, ready for a dataset file.
public struct WorldClip: Sendable {
  /// "free-fall/train/000123".
  public let id: String
  public let frames: Frames
  public let split: Split
  public let caption: String
  /// `[T][columns]`, see `ClipSet.stateColumns`.
  public let state: [[Float]]

  public init(id: String, frames: Frames, split: Split, caption: String, state: [[Float]]) {
    (self.id, self.frames, self.split, self.caption, self.state) = (id, frames, split, caption, state)
  }
}

/// A set of clips a program draws: any of them by its place alone. Training clips come first, then those held out.
public protocol ClipSet: Sendable {
  /// Clips in the set.
  var count: Int { get }
  /// How many of them, the last, are held out.
  var validationCount: Int { get }
  var height: Int { get }
  var width: Int { get }
  /// Of every clip.
  var frames: Int { get }
  var fps: FrameRate { get }
  /// Names of a frame's numbers.
  var stateColumns: [String] { get }
  /// Root attributes of the dataset file: what it takes to make it again.
  var attributes: [String: String] { get }

  /// The `position`th clip of the set, by itself.
  func clip(_ position: Int) throws -> WorldClip
}

extension ClipSet {
  public var trainCount: Int { count - validationCount }

  /// Renders every clip in order and hands it over with its position. A clip exists only while it is looked at, so
  /// memory does not grow with the count.
  public func forEach(_ body: (Int, WorldClip) throws -> Void) throws {
    for position in 0..<count { try body(position, try clip(position)) }
  }

  /// How many of `count` clips are held out for a share of them: rounded, and at least one when the share is positive.
  /// - Throws: `Problem` (usage) for an impossible request.
  static func heldOut(of count: Int, share: Double) throws -> Int {
    guard (1...10_000_000).contains(count) else {
      throw Problem.usage("\(count) clips cannot be rendered", expected: "1 to 10,000,000")
    }
    guard share >= 0, share < 1 else {
      throw Problem.usage(
        "a validation share of \(share) leaves nothing to train on", expected: "0 up to but not including 1")
    }
    return share == 0 ? 0 : max(1, Int((Double(count) * share).rounded()))
  }

  /// A place in the set as an instance of one of its two halves.
  func place(_ position: Int) -> (split: Split, index: Int) {
    position < trainCount ? (.train, position) : (.validation, position - trainCount)
  }
}

/// "000123".
func sixDigits(_ index: Int) -> String {
  let digits = String(index)
  return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
}
