import Files
import Frames

/// The constants that every scenario shares (WORLDS §1): a box 10 units high, y up, pixel i's centre at i + ½.
public enum World {
  /// Names the whole set of draws; a change of any range, law or drawing rule needs a new version.
  public static let suite = "wm-eval/1"
  /// World units from the bottom of the frame to its top; the width is 10·w/h.
  public static let height = 10.0
  /// Units/s², downwards. A constant of the domain: four frames of a fall would not reveal it.
  public static let gravity = 2.5
  /// Seconds from one frame to the next.
  public static let timeStep = 0.1
  /// Clean frames a model is given before it must continue.
  public static let conditioning = 4
  /// Frames a second of every rendered clip.
  public static let fps = FrameRate(10)
}

/// How an instance is looked at: frame size, clip length, backdrop.
public struct Setting: Sendable, Equatable {
  public enum Backdrop: Sendable, Equatable {
    /// One grey level everywhere; the suite's default is 230.
    case flat(UInt8)
    /// Value noise around 230, ± `amplitude` levels, seeded by the instance.
    case noise(amplitude: Double)
  }

  /// Pixels.
  public let height: Int
  public let width: Int
  public let frames: Int
  public var backdrop: Backdrop

  /// - Throws: `Problem` (usage) for sizes outside 16…4096 pixels or fewer than 6 frames (4 conditioning and 2 to
  ///   score).
  public init(height: Int, width: Int, frames: Int, backdrop: Backdrop = .flat(230)) throws {
    guard (16...4096).contains(height), (16...4096).contains(width) else {
      throw Problem.usage(
        "a frame of \(width)×\(height) pixels cannot be rendered", expected: "16 to 4096 pixels a side")
    }
    guard (World.conditioning + 2...4096).contains(frames) else {
      throw Problem.usage(
        "a clip of \(frames) frames cannot be scored",
        expected: "\(World.conditioning + 2) to 4096 frames: the first \(World.conditioning) are given")
    }
    self.height = height
    self.width = width
    self.frames = frames
    self.backdrop = backdrop
  }

  /// Square frames.
  public init(size: Int, frames: Int) throws { try self.init(height: size, width: size, frames: frames) }

  /// Pixels in one world unit.
  public var pixelsPerUnit: Double { Double(height) / World.height }
  /// World units across.
  public var worldWidth: Double { World.height * Double(width) / Double(height) }

  /// Seconds at frame `frame`.
  public func time(_ frame: Int) -> Double { Double(frame) * World.timeStep }
}
