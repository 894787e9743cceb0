/// Reading planes and fields between their pixels.
extension FlowField {
  /// The vector at (x, y), bilinear; nil outside the centres of the border pixels.
  @inline(__always) func at(_ x: Float, _ y: Float) -> SIMD2<Float>? {
    guard let s = BilinearPlace(x, y, width, height) else { return nil }
    return SIMD2(s.mix(u), s.mix(v))
  }

  /// The same motion in a picture `factor` times as large, bilinear.
  func enlarged(_ toWidth: Int, _ toHeight: Int, _ factor: Int) -> FlowField {
    var out = FlowField(
      width: toWidth, height: toHeight, u: [Float](repeating: 0, count: toWidth * toHeight),
      v: [Float](repeating: 0, count: toWidth * toHeight))
    let f = Float(factor)
    for y in 0..<toHeight {
      for x in 0..<toWidth {
        let px = min(max((Float(x) + 0.5) / f - 0.5, 0), Float(width - 1)),
          py = min(max((Float(y) + 0.5) / f - 0.5, 0), Float(height - 1))
        let vector = at(px, py)! * f
        (out.u[y * toWidth + x], out.v[y * toWidth + x]) = (vector.x, vector.y)
      }
    }
    return out
  }

  /// Mean ‖F(x) + B(x + F(x))‖, px, over pixels whose goal lies in the frame; nil when none does.
  func cycleError(_ backward: FlowField) -> Double? {
    var sum = 0.0, n = 0
    for y in 0..<height {
      for x in 0..<width {
        let i = y * width + x, f = SIMD2(u[i], v[i])
        guard let b = backward.at(Float(x) + f.x, Float(y) + f.y) else { continue }
        let d = f + b
        sum += Double((d * d).sum().squareRoot())
        n += 1
      }
    }
    return n > 0 ? sum / Double(n) : nil
  }
}

/// The four pixels around a point and their shares.
struct BilinearPlace {
  let corner, right, down: Int
  let a, b: Float

  /// Nil when the point lies outside the centres of the border pixels. (x, y) = (0, 0) is the first pixel's centre.
  @inline(__always) init?(_ x: Float, _ y: Float, _ width: Int, _ height: Int) {
    guard x >= 0, y >= 0, x <= Float(width - 1), y <= Float(height - 1) else { return nil }
    let ix = min(Int(x), max(0, width - 2)), iy = min(Int(y), max(0, height - 2))
    (a, b) = (x - Float(ix), y - Float(iy))
    corner = iy * width + ix
    (right, down) = (width > 1 ? 1 : 0, height > 1 ? width : 0)
  }

  @inline(__always) func mix(_ values: [Float]) -> Float {
    let top = values[corner] + (values[corner + right] - values[corner]) * a
    let low = values[corner + down] + (values[corner + down + right] - values[corner + down]) * a
    return top + (low - top) * b
  }

  /// Channel `c` of interleaved 8-bit pixels that begin at `base`.
  @inline(__always) func mix(_ bytes: UnsafePointer<UInt8>, _ c: Int) -> Float {
    let p = bytes + 3 * corner + c
    let p00 = Float(p[0]), p01 = Float(p[3 * right]), p10 = Float(p[3 * down]), p11 = Float(p[3 * (down + right)])
    let top = p00 + (p01 - p00) * a, low = p10 + (p11 - p10) * a
    return top + (low - top) * b
  }
}
