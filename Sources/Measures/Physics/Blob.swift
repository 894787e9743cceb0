import Foundation

func logarithm(_ x: Double) -> Double { Foundation.log(max(x, 1e-12)) }

/// Soft centroid, area and second moments of one component.
struct Blob {
  /// Pixels, y down.
  let x, y: Double
  /// px².
  let area: Double
  /// Central second moments over the area, px², y down.
  let xx, xy, yy: Double

  /// Sums coverage over component `k` grown by one pixel; pixels of other components are left to them.
  init(_ components: Components, _ k: Int, _ a: UnsafeBufferPointer<Float>) {
    let width = components.width, height = components.height
    let members = components.members[components.starts[k]..<components.starts[k] + components.sizes[k]]
    var low = SIMD2(Int.max, Int.max), high = SIMD2(Int.min, Int.min)
    for p in members {
      let i = Int(p) / width, j = Int(p) - i * width
      low = SIMD2(min(low.x, j), min(low.y, i))
      high = SIMD2(max(high.x, j), max(high.y, i))
    }
    var sum = 0.0, sx = 0.0, sy = 0.0, sxx = 0.0, sxy = 0.0, syy = 0.0
    let label = Int32(k)
    components.labels.withUnsafeBufferPointer { labels in
      for i in max(0, low.y - 1)...min(height - 1, high.y + 1) {
        for j in max(0, low.x - 1)...min(width - 1, high.x + 1) {
          let p = i * width + j, value = Double(a[p])
          if value <= 0 || (labels[p] != label && (labels[p] >= 0 || !Self.touches(labels, label, i, j, height, width)))
          {
            continue
          }
          let u = Double(j - low.x) + 0.5, v = Double(i - low.y) + 0.5
          sum += value
          sx += value * u
          sy += value * v
          sxx += value * u * u
          sxy += value * u * v
          syy += value * v * v
        }
      }
    }
    let mx = sx / sum, my = sy / sum
    (x, y, area) = (Double(low.x) + mx, Double(low.y) + my, sum)
    (xx, xy, yy) = (sxx / sum - mx * mx, sxy / sum - mx * my, syy / sum - my * my)
  }

  /// √(1 − λ₂/λ₁), [0, 1].
  var eccentricity: Double {
    let mean = (xx + yy) / 2, spread = hypot((xx - yy) / 2, xy)
    return mean + spread > 0 ? max(0, 1 - (mean - spread) / (mean + spread)).squareRoot() : 0
  }

  /// The longer axis, radians anticlockwise as seen, (−π/2, π/2].
  var axis: Double { -0.5 * atan2(2 * xy, xx - yy) }

  @inline(__always)
  private static func touches(
    _ labels: UnsafeBufferPointer<Int32>, _ label: Int32, _ row: Int, _ column: Int, _ height: Int, _ width: Int
  ) -> Bool {
    for i in max(0, row - 1)...min(height - 1, row + 1) {
      for j in max(0, column - 1)...min(width - 1, column + 1) where labels[i * width + j] == label { return true }
    }
    return false
  }

  /// Mean sRGB over the component's core, the pixels with a whole 3×3 neighbourhood in it; without a core, over its
  /// pixels of greatest coverage, since edge pixels are mixed with the background.
  static func meanColour(
    _ components: Components, _ k: Int, _ a: UnsafeBufferPointer<Float>, _ frame: UnsafeBufferPointer<UInt8>
  ) -> SIMD3<Double> {
    let width = components.width, height = components.height, label = Int32(k)
    let members = components.members[components.starts[k]..<components.starts[k] + components.sizes[k]]
    var core = SIMD3<Double>.zero, coreCount = 0.0
    var edge = SIMD3<Double>.zero, edgeWeight = 0.0
    components.labels.withUnsafeBufferPointer { labels in
      for p in members {
        let q = Int(p), i = q / width, j = q - i * width
        let rgb = SIMD3(Double(frame[3 * q]), Double(frame[3 * q + 1]), Double(frame[3 * q + 2]))
        let w = pow(Double(a[q]), 8)
        edge += rgb * w
        edgeWeight += w
        guard i > 0, j > 0, i < height - 1, j < width - 1 else { continue }
        var whole = true
        for di in -1...1 { for dj in -1...1 where labels[q + di * width + dj] != label { whole = false } }
        if whole { core += rgb; coreCount += 1 }
      }
    }
    return coreCount > 0 ? core / coreCount : edge / edgeWeight
  }
}
