import Files
import Frames

extension PhyWorld {
  static func unknown(_ level: String, _ kind: Kind) -> Problem {
    .usage(
      "phyworld-\(kind.rawValue) has no level '\(level)'" + Nearest.hint(level, levels(kind)),
      expected: levels(kind).joined(separator: ", "))
  }

  static func crowded(_ level: String, _ kind: Kind) -> Problem {
    .usage(
      "no scene in 5,000 fits the box with eight frames before the contact",
      at: "phyworld-\(kind.rawValue), level \(level)",
      fix: "choose another level; the published generator leaves such scenes out too")
  }

  /// The clip, [32, 256, 256, 3]: red and blue discs on white. Pixel i samples coordinate i/255 of the box (not its
  /// centre), the edge is clip((r² − d²)/(.03·r²), 0, 1), and values are cut off, not rounded, to bytes: as published.
  public func render() -> Frames {
    let size = Self.size, last = Double(size - 1), colours: [SIMD3<Double>] = [SIMD3(255, 0, 0), SIMD3(0, 0, 255)]
    var pixels = [UInt8](repeating: 255, count: positions.count * size * size * 3)
    for (t, centres) in positions.enumerated() {
      var drawn: [Int: SIMD3<Double>] = [:]
      for (k, centre) in centres.enumerated() {
        let c = centre / 10, r = radii[k] / 10, square = r * r
        let (left, right) = (max(0, Int((c.x - r) * last)), min(size, Int((c.x + r) * last) + 2))
        let (top, bottom) = (max(0, Int((1 - c.y - r) * last)), min(size, Int((1 - c.y + r) * last) + 2))
        guard left < right, top < bottom else { continue }
        for i in top..<bottom {
          for j in left..<right {
            let d = SIMD2(Double(j) / last, Double(size - 1 - i) / last) - c,
              soft = min(1, max(0, (square - (d * d).sum()) / (square * 0.03)))
            guard soft > 0 else { continue }
            let p = i * size + j
            drawn[p] = (1 - soft) * (drawn[p] ?? SIMD3(repeating: 255)) + soft * colours[k]
          }
        }
      }
      for (p, value) in drawn { for c in 0..<3 { pixels[(t * size * size + p) * 3 + c] = UInt8(value[c]) } }
    }
    return Frames(count: positions.count, height: size, width: size, pixels: pixels, fps: World.fps)
  }
}

/// A dataset of `phyworld_compat` scenes of one kind and level.
public struct PhyWorldSet: ClipSet {
  public let kind: PhyWorld.Kind
  public let level: String
  public let count: Int
  public let validationCount: Int
  private let first: Int

  public init(
    _ kind: PhyWorld.Kind, level: String = "id", count: Int, validationShare: Double = 0.1, first: Int = 0
  ) throws {
    guard PhyWorld.levels(kind).contains(level) else { throw PhyWorld.unknown(level, kind) }
    (self.kind, self.level, self.count, self.first, validationCount) = (
      kind, level, count, first, try Self.heldOut(of: count, share: validationShare)
    )
  }

  public var height: Int { PhyWorld.size }
  public var width: Int { PhyWorld.size }
  public var frames: Int { PhyWorld.frames }
  public var fps: FrameRate { World.fps }
  public var attributes: [String: String] {
    ["set": PhyWorld.version, "scenario": "phyworld-" + kind.rawValue, "level": level]
  }
  /// World units and units/s, y up; the second ball's end in "2".
  public var stateColumns: [String] {
    kind == .collision ? ["x", "y", "vx", "vy", "r", "x2", "y2", "vx2", "vy2", "r2"] : ["x", "y", "vx", "vy", "r"]
  }

  public func clip(_ position: Int) throws -> WorldClip {
    let (split, index) = place(position),
      scene = try PhyWorld(kind, level: level, split: split == .train ? "train" : "val", index: first + index)
    let state = scene.positions.indices.map { t in
      scene.radii.indices.flatMap { k -> [Float] in
        let x = scene.positions[t][k], v = scene.velocities[t][k]
        return [Float(x.x), Float(x.y), Float(v.x), Float(v.y), Float(scene.radii[k])]
      }
    }
    let caption =
      kind == .uniform
      ? "a red ball moves to the right"
      : kind == .parabola ? "a red ball is thrown to the right" : "a red and a blue ball collide"
    return WorldClip(id: scene.id, frames: scene.render(), split: split, caption: caption, state: state)
  }
}
