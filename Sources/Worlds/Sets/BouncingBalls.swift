import Files
import Foundation
import Frames

/// Bouncing balls of the recurrent temporal RBM (Sutskever, Hinton & Taylor 2008), with the parameters of its released
/// code.
///
/// A box of 10 units, balls of radius 1.2 and mass 1, 128 frames of two half steps of .5 each: every ball moves, walls
/// turn velocities inwards, overlapping pairs exchange momentum along their line. A pixel centre at distance d shows Σ
/// exp(−(d²/r²)⁴), at most 1. Velocities are normal, normalised together to a length of .5 over all balls, so a ball is
/// slower the more there are. Numbers come from our generator. `y` runs down, as the picture does.
public struct BouncingBalls: ClipSet {
  public static let version = "bouncing-balls/1"
  static let box = 10.0, radius = 1.2
  public let balls: Int
  public let size: Int
  public let frames: Int
  public let count: Int
  public let validationCount: Int
  private let first: Int

  /// - Throws: `Problem` (usage) for an impossible request; more than 4 balls hardly ever fit.
  public init(
    balls: Int = 3, size: Int = 30, frames: Int = 128, count: Int, validationShare: Double = 0.1, first: Int = 0
  ) throws {
    guard (1...4).contains(balls) else {
      throw Problem.usage("\(balls) balls of radius 1.2 in a box of 10", expected: "1 to 4")
    }
    guard (8...1024).contains(size), (2...4096).contains(frames) else {
      throw Problem.usage("\(frames) frames of \(size)×\(size)", expected: "2 to 4096 frames of 8 to 1024 pixels")
    }
    (self.balls, self.size, self.frames, self.count, self.first, validationCount) = (
      balls, size, frames, count, first, try Self.heldOut(of: count, share: validationShare)
    )
  }

  public var height: Int { size }
  public var width: Int { size }
  public var fps: FrameRate { World.fps }
  public var attributes: [String: String] { ["set": Self.version, "balls": String(balls)] }
  public var stateColumns: [String] {
    (1...balls).flatMap { k in ["x", "y", "vx", "vy"].map { k == 1 ? $0 : "\($0)\(k)" } }
  }

  /// Positions and velocities shown in each frame, `[frames][balls]`.
  public static func simulate(
    x: [SIMD2<Double>], v: [SIMD2<Double>], frames: Int
  ) -> [(x: [SIMD2<Double>], v: [SIMD2<Double>])] {
    var x = x, v = v, shown: [(x: [SIMD2<Double>], v: [SIMD2<Double>])] = []
    for _ in 0..<frames {
      shown.append((x, v))
      for _ in 0..<2 {
        for i in x.indices {
          x[i] += 0.5 * v[i]
        }
        for i in x.indices {
          for axis in 0..<2 {
            if x[i][axis] - radius < 0 { v[i][axis] = abs(v[i][axis]) }
            if x[i][axis] + radius > box { v[i][axis] = -abs(v[i][axis]) }
          }
        }
        for i in x.indices {
          for j in 0..<i {
            let d = x[i] - x[j], distance = (d * d).sum().squareRoot()
            guard distance < 2 * radius, distance > 0 else { continue }
            let along = d / distance, a = (along * v[i]).sum(), b = (along * v[j]).sum()
            v[i] += along * (b - a)  // equal masses swap
            v[j] += along * (a - b)
          }
        }
      }
    }
    return shown
  }

  public func clip(_ position: Int) throws -> WorldClip {
    let (split, index) = place(position), name = split == .train ? "train" : "val"
    var random = InstanceRandom([Self.version, name, String(balls), String(first + index)])
    func normal() -> Double { (-2 * log(1 - random.unit())).squareRoot() * cos(2 * Double.pi * random.unit()) }
    var v = (0..<balls).map { _ in SIMD2(normal(), normal()) }
    let length = v.reduce(0) { $0 + ($1 * $1).sum() }.squareRoot()
    v = v.map { $0 / length * 0.5 }
    let states = Self.simulate(x: start(&random), v: v, frames: frames)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(frames * size * size * 3)
    for state in states {
      for i in 0..<size {
        for j in 0..<size {
          let at = SIMD2(Double(j) + 0.5, Double(i) + 0.5) * (Self.box / Double(size))
          let sum = state.x.reduce(0.0) { sum, ball in
            let d = at - ball, q = (d * d).sum() / (Self.radius * Self.radius), square = q * q
            return sum + exp(-square * square)
          }
          let level = UInt8((255 * min(1, sum)).rounded())
          for _ in 0..<3 { pixels.append(level) }
        }
      }
    }
    return WorldClip(
      id: "bouncing-balls/\(name)/\(sixDigits(first + index))",
      frames: Frames(count: frames, height: size, width: size, pixels: pixels, fps: fps), split: split,
      caption: "\(balls) ball\(balls == 1 ? "" : "s") bounce\(balls == 1 ? "s" : "") in a box",
      state: states.map { s in zip(s.x, s.v).flatMap { [Float($0.x), Float($0.y), Float($1.x), Float($1.y)] } })
  }

  /// Uniform in [2, 10)², drawn again together until all are inside and none overlap.
  private func start(_ random: inout InstanceRandom) -> [SIMD2<Double>] {
    while true {
      let x = (0..<balls).map { _ in SIMD2(2 + 8 * random.unit(), 2 + 8 * random.unit()) }
      let apart = x.indices.allSatisfy { i in
        x[i].max() + Self.radius <= Self.box
          && x[..<i].allSatisfy { d in ((x[i] - d) * (x[i] - d)).sum() >= 4 * Self.radius * Self.radius }
      }
      if apart { return x }
    }
  }
}
