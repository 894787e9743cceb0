import Foundation

/// Dense flow by polynomial expansion: Farnebäck, "Two-frame motion estimation based on polynomial expansion", SCIA
/// 2003, with the pyramid, borders and constants of OpenCV's `calcOpticalFlowFarneback`, so that numbers made with that
/// agree.
///
/// Pyramid ½, window 15 (box), 3 iterations, neighbourhood 5, σ 1.2: what TecoGAN's tOF uses. Cannot see motion of flat
/// areas.
struct Farneback {
  static let levels = 3, window = 15, iterations = 3, reach = 5, sigma = 1.2
  /// Pixels near the edge count less: by distance to it.
  private static let edge: [Float] = [0.14, 0.14, 0.4472, 0.4472, 0.4472]

  /// - Parameters: luma on 0…255, of one size.
  static func flow(_ first: LumaPlane, _ second: LumaPlane) -> FlowField {
    let w = first.width, h = first.height
    var deepest = 0
    while deepest < levels, Double(w) * pow(0.5, Double(deepest + 1)) >= 32,
      Double(h) * pow(0.5, Double(deepest + 1)) >= 32
    { deepest += 1 }
    var flow: FlowField?
    for k in (0...deepest).reversed() {
      let scale = pow(0.5, Double(k)), cw = Int((Double(w) * scale).rounded(.toNearestOrEven)),
        ch = Int((Double(h) * scale).rounded(.toNearestOrEven))
      var field: FlowField
      if let coarse = flow {
        let u = resized(LumaPlane(width: coarse.width, height: coarse.height, values: coarse.u), cw, ch)
        let v = resized(LumaPlane(width: coarse.width, height: coarse.height, values: coarse.v), cw, ch)
        field = FlowField(width: cw, height: ch, u: u.values.map { $0 * 2 }, v: v.values.map { $0 * 2 })
      } else {
        field = FlowField(
          width: cw, height: ch, u: [Float](repeating: 0, count: cw * ch), v: [Float](repeating: 0, count: cw * ch))
      }
      let a = expansion(reduced(first, k, cw, ch)), b = expansion(reduced(second, k, cw, ch))
      for _ in 0..<iterations { solve(equations(a, b, field), &field) }
      flow = field
    }
    return flow!
  }

  /// Smoothed and brought to the size of scale k.
  private static func reduced(_ plane: LumaPlane, _ k: Int, _ w: Int, _ h: Int) -> LumaPlane {
    let sigma = (pow(2, Double(k)) - 1) * 0.5, size = max(Int((sigma * 5).rounded(.toNearestOrEven)) | 1, 3),
      radius = size / 2
    var taps: [Float] = [0.25, 0.5, 0.25]
    if k > 0 {
      let raw = (-radius...radius).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }, total = raw.reduce(0, +)
      taps = raw.map { Float($0 / total) }
    }
    return resized(blurred(plane, taps), w, h)
  }

  /// Separable filter; the picture is mirrored about its border pixels.
  private static func blurred(_ plane: LumaPlane, _ taps: [Float]) -> LumaPlane {
    let w = plane.width, h = plane.height, radius = taps.count / 2
    func mirror(_ i: Int, _ n: Int) -> Int {
      guard n > 1 else { return 0 }
      var i = abs(i) % (2 * n - 2)
      if i >= n { i = 2 * n - 2 - i }
      return i
    }
    var rows = plane.values, out = plane.values
    let columns = (-radius..<w + radius).map { mirror($0, w) }
    for y in 0..<h {
      for x in 0..<w {
        var sum: Float = 0
        for k in 0..<taps.count { sum += taps[k] * plane.values[y * w + columns[x + k]] }
        rows[y * w + x] = sum
      }
    }
    for y in 0..<h {
      for x in 0..<w { out[y * w + x] = 0 }
      for k in 0..<taps.count {
        let from = mirror(y + k - radius, h) * w, tap = taps[k]
        for x in 0..<w { out[y * w + x] += tap * rows[from + x] }
      }
    }
    return LumaPlane(width: w, height: h, values: out)
  }

  /// Bilinear about pixel centres, edges repeated, no smoothing.
  private static func resized(_ plane: LumaPlane, _ w: Int, _ h: Int) -> LumaPlane {
    guard w != plane.width || h != plane.height else { return plane }
    let xs = BilinearSize.taps(w, of: plane.width), ys = BilinearSize.taps(h, of: plane.height)
    var out = [Float](repeating: 0, count: w * h)
    for (y, (top, low, b)) in ys.enumerated() {
      for (x, (left, right, a)) in xs.enumerated() {
        let p = plane.values[top * plane.width + left], q = plane.values[top * plane.width + right]
        let r = plane.values[low * plane.width + left], s = plane.values[low * plane.width + right]
        let above = p + (q - p) * a, below = r + (s - r) * a
        out[y * w + x] = above + (below - above) * b
      }
    }
    return LumaPlane(width: w, height: h, values: out)
  }

  /// Local quadratic models f(x) ≈ xᵀAx + bᵀx + c, five coefficients a pixel: b_y, b_x, a_yy, a_xx, a_xy.
  private struct Expansion {
    let width, height: Int
    var values: [Float]
  }

  private static func expansion(_ plane: LumaPlane) -> Expansion {
    let n = reach, w = plane.width, h = plane.height
    let raw = (-n...n).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }, total = raw.reduce(0, +)
    let g = raw.map { Float($0 / total) }
    // Moments of the weight; the only couplings are between 1, x² and y².
    var m2 = 0.0, m4 = 0.0, m22 = 0.0, m0 = 0.0
    for y in -n...n {
      for x in -n...n {
        let weight = Double(g[x + n]) * Double(g[y + n])
        m0 += weight
        m2 += weight * Double(x * x)
        m4 += weight * Double(x * x * x * x)
        m22 += weight * Double(x * x * y * y)
      }
    }
    // Inverse of [[m0, m2, m2], [m2, m4, m22], [m2, m22, m4]].
    let determinant = m0 * (m4 * m4 - m22 * m22) - 2 * m2 * m2 * (m4 - m22)
    let i11 = Float(1 / m2), i03 = Float(-m2 * (m4 - m22) / determinant),
      i33 = Float((m0 * m4 - m2 * m2) / determinant), i55 = Float(1 / m22)
    var out = Expansion(width: w, height: h, values: [Float](repeating: 0, count: 5 * w * h))
    // Three weighted column sums a pixel, with n repeated at either end.
    var sum0 = [Float](repeating: 0, count: w + 2 * n), sum1 = sum0, sum2 = sum0
    for y in 0..<h {
      for x in 0..<w { (sum0[x + n], sum1[x + n], sum2[x + n]) = (plane.values[y * w + x] * g[n], 0, 0) }
      for k in 1...n {
        let up = max(y - k, 0) * w, low = min(y + k, h - 1) * w, g0 = g[n + k], g1 = g0 * Float(k), g2 = g1 * Float(k)
        for x in 0..<w {
          let a = plane.values[up + x], b = plane.values[low + x]
          sum0[x + n] += g0 * (a + b)
          sum1[x + n] += g1 * (b - a)
          sum2[x + n] += g2 * (a + b)
        }
      }
      for i in 0..<n {
        (sum0[i], sum1[i], sum2[i]) = (sum0[n], sum1[n], sum2[n])
        (sum0[w + n + i], sum1[w + n + i], sum2[w + n + i]) = (sum0[w + n - 1], sum1[w + n - 1], sum2[w + n - 1])
      }
      for x in 0..<w {
        let c = x + n
        var b1 = sum0[c] * g[n], b2: Float = 0, b3 = sum1[c] * g[n], b4: Float = 0, b5 = sum2[c] * g[n], b6: Float = 0
        for k in 1...n {
          let g0 = g[n + k], g1 = g0 * Float(k), g2 = g1 * Float(k), both = sum0[c + k] + sum0[c - k]
          b1 += both * g0
          b2 += (sum0[c + k] - sum0[c - k]) * g1
          b4 += both * g2
          b3 += (sum1[c + k] + sum1[c - k]) * g0
          b6 += (sum1[c + k] - sum1[c - k]) * g1
          b5 += (sum2[c + k] + sum2[c - k]) * g0
        }
        let o = 5 * (y * w + x)
        out.values[o] = b3 * i11
        out.values[o + 1] = b2 * i11
        out.values[o + 2] = b1 * i03 + b5 * i33
        out.values[o + 3] = b1 * i03 + b4 * i33
        out.values[o + 4] = b6 * i55
      }
    }
    return out
  }

  /// Five entries a pixel of the normal equations AᵀA·d = AᵀΔb, before they are averaged over the window.
  private static func equations(_ first: Expansion, _ second: Expansion, _ flow: FlowField) -> [Float] {
    let w = first.width, h = first.height, reach = edge.count
    var m = [Float](repeating: 0, count: 5 * w * h)
    for y in 0..<h {
      for x in 0..<w {
        let i = y * w + x, dx = flow.u[i], dy = flow.v[i], px = Float(x) + dx, py = Float(y) + dy,
          fx = px.rounded(.down), fy = py.rounded(.down)
        var by: Float = 0, bx: Float = 0, yy = first.values[5 * i + 2], xx = first.values[5 * i + 3],
          xy = first.values[5 * i + 4] * 0.5
        if fx >= 0, fy >= 0, fx < Float(w - 1), fy < Float(h - 1) {
          let a = px - fx, b = py - fy, at = 5 * (Int(fy) * w + Int(fx))
          let s00 = (1 - a) * (1 - b), s01 = a * (1 - b), s10 = (1 - a) * b, s11 = a * b
          func mix(_ c: Int) -> Float {
            s00 * second.values[at + c] + s01 * second.values[at + 5 + c] + s10 * second.values[at + 5 * w + c] + s11
              * second.values[at + 5 * w + 5 + c]
          }
          (by, bx) = (mix(0), mix(1))
          yy = (yy + mix(2)) * 0.5
          xx = (xx + mix(3)) * 0.5
          xy = (first.values[5 * i + 4] + mix(4)) * 0.25
        }
        by = (first.values[5 * i] - by) * 0.5 + yy * dy + xy * dx
        bx = (first.values[5 * i + 1] - bx) * 0.5 + xy * dy + xx * dx
        if x < reach || y < reach || x >= w - reach || y >= h - reach {
          var s: Float = 1
          if x < reach { s *= edge[x] }
          if x >= w - reach { s *= edge[w - 1 - x] }
          if y < reach { s *= edge[y] }
          if y >= h - reach { s *= edge[h - 1 - y] }
          (by, bx, yy, xx, xy) = (by * s, bx * s, yy * s, xx * s, xy * s)
        }
        m[5 * i] = yy * yy + xy * xy
        m[5 * i + 1] = (yy + xx) * xy
        m[5 * i + 2] = xx * xx + xy * xy
        m[5 * i + 3] = yy * by + xy * bx
        m[5 * i + 4] = xy * by + xx * bx
      }
    }
    return m
  }

  /// Means of the equations over the window, edges repeated, and their solution.
  private static func solve(_ m: [Float], _ flow: inout FlowField) {
    let w = flow.width, h = flow.height, r = window / 2, share = 1 / Double(window * window)
    var columns = [Double](repeating: 0, count: 5 * w)
    func add(_ y: Int, _ sign: Double) {
      let row = 5 * min(max(y, 0), h - 1) * w
      for i in 0..<5 * w { columns[i] += sign * Double(m[row + i]) }
    }
    for y in -r...r { add(y, 1) }
    for y in 0..<h {
      var sums = [Double](repeating: 0, count: 5)
      for x in -r...r { for c in 0..<5 { sums[c] += columns[5 * min(max(x, 0), w - 1) + c] } }
      for x in 0..<w {
        let g11 = sums[0] * share, g12 = sums[1] * share, g22 = sums[2] * share, h1 = sums[3] * share,
          h2 = sums[4] * share
        let inverse = 1 / (g11 * g22 - g12 * g12 + 1e-3)
        flow.u[y * w + x] = Float((g11 * h2 - g12 * h1) * inverse)
        flow.v[y * w + x] = Float((g22 * h1 - g12 * h2) * inverse)
        let out = 5 * max(x - r, 0), new = 5 * min(x + r + 1, w - 1)
        for c in 0..<5 { sums[c] += columns[new + c] - columns[out + c] }
      }
      add(y - r, -1)
      add(y + r + 1, 1)
    }
  }
}
