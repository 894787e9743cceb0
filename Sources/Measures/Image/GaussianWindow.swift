import Foundation

/// The 11-tap Gaussian (σ = 1.5) of structural similarity over the valid region alone: an H × W plane has (H − 10) × (W − 10) windows.
enum GaussianWindow {
  static let taps = 11
  static let radius = taps / 2

  /// By distance from the centre, 0…5; the eleven weights sum to 1.
  static let weights: [Float] = {
    let raw = (0...radius).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
    let total = raw[0] + 2 * raw.dropFirst().reduce(0, +)
    return raw.map { Float($0 / total) }
  }()

  /// out[i] ← Σ w·line[i … i + 10] for `count` outputs. Sums pair up about the centre, so a mirrored line gives mirrored bits.
  static func alongRow(_ line: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
    let w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3], w4 = weights[4], w5 = weights[5]
    let p0 = line, p1 = line + 1, p2 = line + 2, p3 = line + 3, p4 = line + 4, p5 = line + 5
    let p6 = line + 6, p7 = line + 7, p8 = line + 8, p9 = line + 9, p10 = line + 10
    for i in 0..<count {
      let near = w0 * p5[i] + w1 * (p4[i] + p6[i]) + w2 * (p3[i] + p7[i])
      out[i] = near + (w3 * (p2[i] + p8[i]) + w4 * (p1[i] + p9[i]) + w5 * (p0[i] + p10[i]))
    }
  }

  /// out[i] ← Σ w·row[i] over the eleven `rows`, oldest first.
  static func acrossRows(_ rows: [UnsafePointer<Float>], _ out: UnsafeMutablePointer<Float>, _ count: Int) {
    let w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3], w4 = weights[4], w5 = weights[5]
    let p0 = rows[0], p1 = rows[1], p2 = rows[2], p3 = rows[3], p4 = rows[4], p5 = rows[5]
    let p6 = rows[6], p7 = rows[7], p8 = rows[8], p9 = rows[9], p10 = rows[10]
    for i in 0..<count {
      let near = w0 * p5[i] + w1 * (p4[i] + p6[i]) + w2 * (p3[i] + p7[i])
      out[i] = near + (w3 * (p2[i] + p8[i]) + w4 * (p1[i] + p9[i]) + w5 * (p0[i] + p10[i]))
    }
  }
}
