/// What lies behind everything: flat grey or seeded value noise.
extension Setting {
  /// H·W·3 bytes. `seed` is only used by the noise.
  func drawBackdrop(seed: [String]) -> [UInt8] {
    switch backdrop {
    case .flat(let grey): return [UInt8](repeating: grey, count: height * width * 3)
    case .noise(let amplitude): return noise(amplitude: amplitude, seed: seed)
    }
  }

  /// Value noise on lattices of 2, 1 and ½ units, weights 4:2:1, smoothstep between knots; 230 ± amplitude, clipped.
  private func noise(amplitude: Double, seed: [String]) -> [UInt8] {
    var field = [Double](repeating: 0, count: height * width)
    for (octave, pitch) in [2.0, 1.0, 0.5].enumerated() {
      let columns = Int(worldWidth / pitch) + 2, rows = Int(World.height / pitch) + 2
      var random = InstanceRandom(seed + ["backdrop", String(octave)])
      let knots = (0..<rows * columns).map { _ in random.uniform(-1...1) }
      let weight = [4.0, 2.0, 1.0][octave] / 7
      for i in 0..<height {
        let v = (Double(i) + 0.5) / pixelsPerUnit / pitch, row = Int(v), fv = smooth(v - Double(row))
        for j in 0..<width {
          let u = (Double(j) + 0.5) / pixelsPerUnit / pitch, column = Int(u), fu = smooth(u - Double(column))
          let k = row * columns + column
          let top = knots[k] + (knots[k + 1] - knots[k]) * fu
          let bottom = knots[k + columns] + (knots[k + columns + 1] - knots[k + columns]) * fu
          field[i * width + j] += weight * (top + (bottom - top) * fv)
        }
      }
    }
    return field.flatMap { value -> [UInt8] in
      let level = UInt8(min(255, max(0, 230 + amplitude * value)).rounded())
      return [level, level, level]
    }
  }

  private func smooth(_ x: Double) -> Double { x * x * (3 - 2 * x) }
}
