import Foundation

/// Corners and where they go in the next frame: Shi & Tomasi, CVPR 1994, tracked by pyramidal Lucas–Kanade (Bouguet
/// 2000) there and back, kept when they return to within half a pixel.
///
/// Each frame is first brought to zero mean and a standard deviation of 40 about 128: the tracker assumes constant
/// luma, and ±8 levels of flicker would otherwise throw it by pixels.
struct CornerTracker {
  static let most = 200
  /// Window of the tracker, pixels a side, odd.
  static let window = 15
  static let leastSide = 32

  /// Matches between consecutive frames.
  static func matches(_ first: Pyramid, _ second: Pyramid) -> [Match] {
    corners(first).compactMap { corner in
      guard let there = track(corner, first, second), let back = track(there, second, first) else { return nil }
      let d = back - corner
      return (d * d).sum() < 0.25 ? Match(from: SIMD2<Double>(corner), to: SIMD2<Double>(there)) : nil
    }
  }

  /// Luma of one frame, normalised, at up to four scales with their gradients.
  struct Pyramid {
    struct Level {
      let luma, gradientX, gradientY: LumaPlane
    }
    let levels: [Level]
    /// Whether there is anything to track: the deviation of a picture of one colour is no texture.
    let isFlat: Bool

    init(_ luma: LumaPlane) {
      let n = Double(luma.values.count), mean = luma.values.reduce(0.0) { $0 + Double($1) } / n
      let deviation = (luma.values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / n).squareRoot()
      isFlat = deviation < 0.5
      let gain = Float(40 / max(deviation, 0.5)), shift = Float(128 - mean * 40 / max(deviation, 0.5))
      var plane = LumaPlane(width: luma.width, height: luma.height, values: luma.values.map { $0 * gain + shift })
      var levels = [Self.level(plane)]
      while levels.count < 4, min(plane.width, plane.height) >= 2 * CornerTracker.window {
        plane = plane.halved
        levels.append(Self.level(plane))
      }
      self.levels = levels
    }

    private static func level(_ plane: LumaPlane) -> Level {
      let w = plane.width, h = plane.height
      var gx = [Float](repeating: 0, count: w * h), gy = gx
      for y in 0..<h {
        let up = max(0, y - 1) * w, low = min(h - 1, y + 1) * w
        for x in 0..<w {
          gx[y * w + x] = (plane.values[y * w + min(w - 1, x + 1)] - plane.values[y * w + max(0, x - 1)]) * 0.5
          gy[y * w + x] = (plane.values[low + x] - plane.values[up + x]) * 0.5
        }
      }
      return Level(
        luma: plane, gradientX: LumaPlane(width: w, height: h, values: gx),
        gradientY: LumaPlane(width: w, height: h, values: gy))
    }
  }

  /// The strongest corner of every cell of a grid, strongest first. Strength is the smaller eigenvalue of the
  /// gradients' covariance over 7×7 pixels; corners below a hundredth of the best one are none.
  static func corners(_ pyramid: Pyramid) -> [SIMD2<Float>] {
    guard !pyramid.isFlat else { return [] }
    let level = pyramid.levels[0], w = level.luma.width, h = level.luma.height, radius = 3, edge = window / 2
    let cell = max(5, Int((Double(w * h) / Double(most)).squareRoot()))
    var best = [Int: (strength: Float, x: Int, y: Int)]()
    // Column sums of the three products over seven rows slide down; a row of windows is then a running sum.
    var xx = [Float](repeating: 0, count: w), xy = xx, yy = xx
    for y in edge..<max(edge, h - edge) {
      for x in 0..<w {
        var a: Float = 0, b: Float = 0, c: Float = 0
        for k in -radius...radius {
          let i = (y + k) * w + x, gx = level.gradientX.values[i], gy = level.gradientY.values[i]
          a += gx * gx
          b += gx * gy
          c += gy * gy
        }
        (xx[x], xy[x], yy[x]) = (a, b, c)
      }
      for x in edge..<max(edge, w - edge) {
        var a: Float = 0, b: Float = 0, c: Float = 0
        for k in -radius...radius {
          a += xx[x + k]
          b += xy[x + k]
          c += yy[x + k]
        }
        let strength = (a + c) / 2 - (((a - c) / 2) * ((a - c) / 2) + b * b).squareRoot()
        let key = y / cell * w + x / cell
        if strength > best[key]?.strength ?? 0 { best[key] = (strength, x, y) }
      }
    }
    let sorted = best.values.sorted {
      $0.strength != $1.strength ? $0.strength > $1.strength : ($0.y, $0.x) < ($1.y, $1.x)
    }
    guard let top = sorted.first?.strength, top > 1 else { return [] }
    return sorted.prefix { $0.strength >= 0.01 * top }.prefix(most).map { SIMD2(Float($0.x), Float($0.y)) }
  }

  /// Where `point` of the first frame is in the second; nil when it is lost or leaves the picture.
  static func track(_ point: SIMD2<Float>, _ first: Pyramid, _ second: Pyramid) -> SIMD2<Float>? {
    var guess = SIMD2<Float>.zero
    for scale in first.levels.indices.reversed() {
      let factor = Float(1 << scale)
      // Pixel centres: x at full size is (x + ½)/2^s − ½ at scale s.
      let here = (point + 0.5) / factor - 0.5
      guard let found = refine(here, guess, first.levels[scale], second.levels[scale].luma) else { return nil }
      guess = scale == 0 ? found : found * 2
    }
    let there = point + guess, w = Float(first.levels[0].luma.width - 1), h = Float(first.levels[0].luma.height - 1)
    return there.x >= 0 && there.y >= 0 && there.x <= w && there.y <= h ? there : nil
  }

  /// Gauss–Newton at one scale from displacement `start`; nil where the window has no texture or the step runs away.
  private static func refine(
    _ point: SIMD2<Float>, _ start: SIMD2<Float>, _ first: Pyramid.Level, _ second: LumaPlane
  ) -> SIMD2<Float>? {
    let radius = window / 2, count = window * window
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * count) { room in
      let template = room.baseAddress!, gx = template + count, gy = gx + count
      first.luma.patch(point, radius, template)
      first.gradientX.patch(point, radius, gx)
      first.gradientY.patch(point, radius, gy)
      var xx: Float = 0, xy: Float = 0, yy: Float = 0
      for i in 0..<count {
        xx += gx[i] * gx[i]
        xy += gx[i] * gy[i]
        yy += gy[i] * gy[i]
      }
      let determinant = xx * yy - xy * xy
      guard determinant > 1e-3 * Float(count * count) else { return nil }
      return withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { other in
        var shift = start
        for _ in 0..<20 {
          second.patch(point + shift, radius, other.baseAddress!)
          var bx: Float = 0, by: Float = 0
          for i in 0..<count {
            let d = other[i] - template[i]
            bx += d * gx[i]
            by += d * gy[i]
          }
          let step = SIMD2((yy * bx - xy * by) / determinant, (xx * by - xy * bx) / determinant)
          shift -= step
          if (step * step).sum() < 1e-4 { break }
        }
        let moved = shift - start
        return (moved * moved).sum() <= Float(window * window) ? shift : nil
      }
    }
  }
}

extension LumaPlane {
  /// Fills `out` with the (2·radius + 1)² values around a point between pixels, bilinear; edges repeat.
  func patch(_ centre: SIMD2<Float>, _ radius: Int, _ out: UnsafeMutablePointer<Float>) {
    let fx = centre.x.rounded(.down), fy = centre.y.rounded(.down), a = centre.x - fx, b = centre.y - fy
    let x0 = Int(max(-1e6, min(1e6, fx))) - radius, y0 = Int(max(-1e6, min(1e6, fy))) - radius, side = 2 * radius + 1
    let inside = x0 >= 0 && y0 >= 0 && x0 + side < width && y0 + side < height
    values.withUnsafeBufferPointer { values in
      let p = values.baseAddress!
      for i in 0..<side {
        if inside {
          let row = p + (y0 + i) * width + x0, low = row + width
          for j in 0..<side {
            let top = row[j] + (row[j + 1] - row[j]) * a, bottom = low[j] + (low[j + 1] - low[j]) * a
            out[i * side + j] = top + (bottom - top) * b
          }
        } else {
          let row = p + min(max(y0 + i, 0), height - 1) * width, low = p + min(max(y0 + i + 1, 0), height - 1) * width
          for j in 0..<side {
            let left = min(max(x0 + j, 0), width - 1), right = min(max(x0 + j + 1, 0), width - 1)
            let top = row[left] + (row[right] - row[left]) * a, bottom = low[left] + (low[right] - low[left]) * a
            out[i * side + j] = top + (bottom - top) * b
          }
        }
      }
    }
  }
}
