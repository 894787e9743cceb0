import Files
import Foundation
import Frames

/// Known damage done to a clip, to learn what a metric answers to and what it cannot see.
public enum Corruption: String, Sendable, CaseIterable {
  /// Every frame blurred by a Gaussian.
  case blur
  /// Independent Gaussian noise in every pixel and channel.
  case noise
  /// The whole picture brighter in even frames and darker in odd ones.
  case flicker
  /// The last frames all repeat the one before them.
  case frozen
  /// Every frame after the first shifted by a random amount of its own.
  case jitter
  /// An object takes another colour for the last frames.
  case swap
  /// An object is gone for the last frames.
  case vanish

  /// What `strength` of `apply` counts.
  public var unit: String {
    switch self {
    case .blur: "px (σ)"
    case .noise: "levels (σ)"
    case .flicker: "levels (±)"
    case .frozen, .swap, .vanish: "share of frames"
    case .jitter: "px (σ)"
    }
  }

  /// From barely visible to plain; calibration curves run over these.
  public var strengths: [Double] {
    switch self {
    case .blur: [0.5, 1, 2, 3]
    case .noise: [2, 4, 8, 16]
    case .flicker: [1, 2, 4, 8]
    case .frozen, .swap, .vanish: [0.25, 0.5, 0.75]
    case .jitter: [0.25, 0.5, 1, 2]
    }
  }

  /// The damaged clip; strength 0 returns it unchanged.
  /// - Parameters:
  ///   - strength: ≥ 0, in `unit`.
  ///   - scene: whose first object is swapped or made to vanish. Without one, a disc in the middle of the picture
  ///     stands in for it.
  ///   - seed: of noise and jitter, which are keyed by frame: the damage to frame t does not depend on how many frames
  ///     there are.
  public func apply(to frames: Frames, strength: Double, scene: SceneTruth? = nil, seed: UInt64 = 0) throws -> Frames {
    guard strength.isFinite, strength >= 0 else {
      throw Problem("a strength of \(strength) cannot be applied", at: rawValue, expected: "0 or more \(unit)")
    }
    guard strength > 0, frames.count > 0 else { return frames }
    switch self {
    case .blur: return Self.each(frames) { _, picture in picture.blur(strength) }
    case .noise:
      return Self.each(frames) { t, picture in
        var random = KeyedNormals(seed: seed, kind: self, frame: t)
        picture.values.indices.forEach { picture.values[$0] += Float(strength * random.next()) }
      }
    case .flicker:
      return Self.each(frames) { t, picture in
        let shift = Float(t % 2 == 0 ? strength : -strength)
        picture.values.indices.forEach { picture.values[$0] += shift }
      }
    case .jitter:
      return Self.each(frames) { t, picture in
        guard t > 0 else { return }
        var random = KeyedNormals(seed: seed, kind: self, frame: t)
        picture.shift(x: strength * random.next(), y: strength * random.next())
      }
    case .frozen:
      return Controls.frozen(frames, conditioning: max(1, frames.count - Self.affected(frames.count, strength)))
    case .swap, .vanish:
      let first = frames.count - Self.affected(frames.count, strength)
      return Self.each(frames) { t, picture in
        guard t >= first else { return }
        let mask = Self.object(scene, frames, t)
        if self == .swap { picture.swapColour(under: mask) } else { picture.fill(under: mask) }
      }
    }
  }

  /// Frames at the end that a share of them covers.
  private static func affected(_ count: Int, _ share: Double) -> Int {
    min(count, Int((Double(count) * min(share, 1)).rounded()))
  }

  /// Coverage of the object that is swapped or removed, `[H·W]`.
  private static func object(_ scene: SceneTruth?, _ frames: Frames, _ t: Int) -> [Float] {
    if let masks = scene?.masks, t < masks.count, let mask = masks[t].first, mask.count == frames.height * frames.width
    {
      return mask
    }
    let radius = Double(min(frames.height, frames.width)) / 6
    return (0..<frames.height * frames.width).map { p in
      let x = Double(p % frames.width) + 0.5 - Double(frames.width) / 2,
        y = Double(p / frames.width) + 0.5 - Double(frames.height) / 2
      return Float(min(max(0.5 + radius - (x * x + y * y).squareRoot(), 0), 1))
    }
  }

  private static func each(_ frames: Frames, _ body: (Int, inout FloatPicture) -> Void) -> Frames {
    var out = frames
    for t in 0..<frames.count {
      var picture = FloatPicture(frames, t)
      body(t, &picture)
      picture.store(in: &out, t)
    }
    return out
  }
}

/// Standard normals keyed by seed, kind of damage and frame (Box & Muller 1958 over SplitMix64).
private struct KeyedNormals {
  private var random: ResamplingRandom

  init(seed: UInt64, kind: Corruption, frame: Int) {
    random = ResamplingRandom(
      seed: FNV1a.hash(kind.rawValue, from: seed ^ FNV1a.basis) &+ UInt64(frame) &* 0x9E37_79B9_7F4A_7C15)
    _ = random.bits()
  }

  mutating func next() -> Double {
    let u = Double((random.bits() >> 11) + 1) * 0x1p-53, v = Double(random.bits() >> 11) * 0x1p-53
    return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
  }
}
