import Foundation
import Models
import Tensors

/// A picture as CLIP's processor hands it to its tower (Radford et al. 2021): resized so that its shorter side fits,
/// bicubic, cut to a square in the middle, and normalised by the means and deviations of CLIP's training set.
package enum ClipPicture {
  private static let mean: [Double] = [0.48145466, 0.4578275, 0.40821073]
  private static let deviation: [Double] = [0.26862954, 0.26130258, 0.27577711]

  /// - Parameters:
  ///   - values: height·width·3 in 0…1.
  ///   - side: of the square.
  /// - Returns: [1,3,side,side].
  package static func prepared(_ values: [Float], width: Int, height: Int, side: Int, on compute: Compute) -> Tensor {
    let scale = Double(side) / Double(min(width, height)),
      wide = max(side, Int(Double(width) * scale)), high = max(side, Int(Double(height) * scale))
    let x = (wide - side) / 2, y = (high - side) / 2
    let columns = (0..<side).map { taps($0 + x, from: width, to: wide) },
      rows = (0..<side).map { taps($0 + y, from: height, to: high) }
    var out = [Float](repeating: 0, count: 3 * side * side)
    for e in 0..<3 {
      // Along rows first, and eight bits after each of the two, as the resampler of Pillow does.
      var narrowed = [Double](repeating: 0, count: height * side)
      for i in 0..<height {
        for (j, taps) in columns.enumerated() {
          narrowed[i * side + j] = byte(
            taps.reduce(0.0) { $0 + $1.weight * Double(values[(i * width + $1.at) * 3 + e]) })
        }
      }
      for (i, taps) in rows.enumerated() {
        for j in 0..<side {
          let value = taps.reduce(0.0) { $0 + $1.weight * narrowed[$1.at * side + j] }
          out[(e * side + i) * side + j] = Float((byte(value) - mean[e]) / deviation[e])
        }
      }
    }
    return Tensor(out, [1, 3, side, side], on: compute)
  }

  /// The nearest of 256 levels.
  private static func byte(_ x: Double) -> Double { (min(1, max(0, x)) * 255).rounded() / 255 }

  /// Neighbours of an output and their weights: the cubic of Keys 1981 with a = −½, widened where it shrinks.
  private static func taps(_ i: Int, from: Int, to: Int) -> [(at: Int, weight: Double)] {
    let scale = Double(from) / Double(to), support = 2 * max(1, scale), centre = (Double(i) + 0.5) * scale
    let first = max(0, Int(centre - support + 0.5)), last = min(from, Int(centre + support + 0.5))
    let raw = (first..<max(first + 1, last)).map { at in
      (at: at, weight: cubic((Double(at) + 0.5 - centre) / max(1, scale)))
    }
    let sum = raw.reduce(0.0) { $0 + $1.weight }
    return raw.map { ($0.at, $0.weight / sum) }
  }

  private static func cubic(_ x: Double) -> Double {
    let a = -0.5, t = abs(x)
    if t < 1 { return ((a + 2) * t - (a + 3)) * t * t + 1 }
    return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0
  }
}

extension CLIPVisionTower {
  /// Tokens of pictures, one picture's after the other's: [1,S,E].
  /// - Parameter pictures: height·width·3 colour values 0 to 1 each; one or more.
  func tokens(_ pictures: [[Float]], height: Int, width: Int, on compute: Compute) throws -> Tensor {
    let parts = try pictures.map {
      try self(ClipPicture.prepared($0, width: width, height: height, side: config.size, on: compute))
    }
    guard parts.count > 1 else { return parts[0] }
    return Tensor(
      parts.flatMap(\.values), [1, parts.reduce(0) { $0 + $1.shape[1] }, parts[0].shape[2]], on: compute)
  }
}
