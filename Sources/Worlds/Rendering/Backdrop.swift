/// What lies behind everything: flat grey, or seeded value noise that is fixed to the world, so that a camera may move
/// over it.
struct Backdrop {
  private let setting: Setting
  /// Knots of each octave; none for a flat backdrop.
  private let lattices: [Lattice]
  private let kind: Setting.Backdrop

  private struct Lattice { let pitch, weight: Double, columns: Int, knots: [Double] }

  /// - Parameters:
  ///   - seed: used by the noise alone.
  ///   - reach: world units left and right of the frame that a camera may come to see.
  init(_ setting: Setting, _ kind: Setting.Backdrop, seed: [String], reach: Double = 0) {
    (self.setting, self.kind, margin) = (setting, kind, reach)
    guard case .noise = kind else { lattices = []; return }
    lattices = [2.0, 1.0, 0.5].enumerated().map { octave, pitch in
      let columns = Int((setting.worldWidth + 2 * reach) / pitch) + 2, rows = Int(World.height / pitch) + 2
      var random = InstanceRandom(seed + ["backdrop", String(octave)])
      return Lattice(
        pitch: pitch, weight: [4.0, 2.0, 1.0][octave] / 7, columns: columns,
        knots: (0..<rows * columns).map { _ in random.uniform(-1...1) })
    }
  }

  /// Where the frame's left edge lies in the lattices when the camera has not moved, units.
  private let margin: Double

  /// H·W·3 bytes, seen by a camera that has moved `camera` units to the right (past `reach` the picture stands still).
  func pixels(camera: Double = 0) -> [UInt8] {
    let count = setting.height * setting.width
    switch kind {
    case .flat(let grey): return [UInt8](repeating: grey, count: count * 3)
    case .noise(let amplitude):
      let field = noise(margin + min(max(camera, -margin), margin))
      return [UInt8](unsafeUninitializedCapacity: count * 3) { bytes, filled in
        for (p, value) in field.enumerated() {
          let level = UInt8(min(255, max(0, 230 + amplitude * value)).rounded())
          for c in 0..<3 { bytes[3 * p + c] = level }
        }
        filled = count * 3
      }
    }
  }

  /// Value noise on lattices of 2, 1 and ½ units, weights 4:2:1, smoothstep between knots; [H·W] in [−1, 1].
  private func noise(_ left: Double) -> [Double] {
    let height = setting.height, width = setting.width, scale = setting.pixelsPerUnit
    var field = [Double](repeating: 0, count: height * width)
    for lattice in lattices {
      let across = (0..<width).map { j -> (Int, Double) in
        let u = (left + (Double(j) + 0.5) / scale) / lattice.pitch, column = Int(u)
        return (column, Self.smooth(u - Double(column)))
      }
      lattice.knots.withUnsafeBufferPointer { knots in
        field.withUnsafeMutableBufferPointer { field in
          for i in 0..<height {
            let v = (Double(i) + 0.5) / scale / lattice.pitch, row = Int(v), fv = Self.smooth(v - Double(row))
            for j in 0..<width {
              let (column, fu) = across[j], k = row * lattice.columns + column, below = k + lattice.columns
              let top = knots[k] + (knots[k + 1] - knots[k]) * fu
              let bottom = knots[below] + (knots[below + 1] - knots[below]) * fu
              field[i * width + j] += lattice.weight * (top + (bottom - top) * fv)
            }
          }
        }
      }
    }
    return field
  }

  private static func smooth(_ x: Double) -> Double { x * x * (3 - 2 * x) }
}
