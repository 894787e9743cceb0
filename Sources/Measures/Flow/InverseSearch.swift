/// Patch search at one scale: Kroeger, Timofte, Dai & Van Gool, "Fast optical flow using dense inverse search", ECCV
/// 2016, §2.1–2.2.
///
/// Each 8×8 patch of the first frame, every `spacing` pixels, is looked for in the second by inverse compositional
/// Gauss–Newton steps (gradients and Hessian belong to the first frame and are made once) on luma less its patch mean.
/// Starting points come from the coarser scale and from patches already done: left and above in a first pass, right and
/// below in a second. The dense flow is the mean of the patches over a pixel, weighed by how well each predicts it.
struct InverseSearch {
  static let patch = 8
  static let samples = Float(patch * patch)

  /// Pixels between patches.
  let spacing: Int
  /// Most Gauss–Newton steps in each of the two passes.
  let steps: Int

  private let columns, rows: [Int]
  /// By patch: inverse of the 2×2 Hessian about the mean gradient, gradient sums, the flow.
  private let inverse: FloatRoom, sums: FloatRoom, found: FloatRoom

  init(width: Int, height: Int, spacing: Int, steps: Int) {
    (self.spacing, self.steps) = (spacing, steps)
    func places(_ length: Int) -> [Int] {
      let last = length - Self.patch
      return Array(Swift.stride(from: 0, to: last, by: spacing)) + [last]
    }
    (columns, rows) = (places(width), places(height))
    let count = columns.count * rows.count
    (inverse, sums, found) = (FloatRoom(3 * count), FloatRoom(2 * count), FloatRoom(2 * count))
  }

  /// - Parameters:
  ///   - u, v: in: the start, px of this scale; out: the dense flow.
  ///   - weight: scratch of the same shape.
  func run(
    _ first: FlowPyramid.Level, _ second: FlowPyramid.Level, _ u: BorderedPlane, _ v: BorderedPlane,
    weight: BorderedPlane
  ) {
    prepare(first)
    for (j, y) in rows.enumerated() {
      for (i, x) in columns.enumerated() {
        let at = 2 * (j * columns.count + i), middle = (y + Self.patch / 2) * u.stride + x + Self.patch / 2
        (found.base[at], found.base[at + 1]) = (u.origin[middle], v.origin[middle])
      }
    }
    sweep(first, second, backwards: false)
    sweep(first, second, backwards: true)
    spread(first.luma, second.luma, u, v, weight)
  }

  private func prepare(_ level: FlowPyramid.Level) {
    let stride = level.gradientX.stride
    for (j, y) in rows.enumerated() {
      for (i, x) in columns.enumerated() {
        let gx = level.gradientX.row(y) + x, gy = level.gradientY.row(y) + x
        var xx = Lanes.zero, xy = Lanes.zero, yy = Lanes.zero, sx = Lanes.zero, sy = Lanes.zero
        for r in 0..<Self.patch {
          let a = load(gx + r &* stride), b = load(gy + r &* stride)
          xx += a * a
          xy += a * b
          yy += b * b
          sx += a
          sy += b
        }
        let mx = sx.sum(), my = sy.sum()
        // A little on the diagonal keeps flat patches where they are.
        let hxx = xx.sum() - mx * mx / Self.samples + 1, hyy = yy.sum() - my * my / Self.samples + 1,
          hxy = xy.sum() - mx * my / Self.samples
        let determinant = hxx * hyy - hxy * hxy, k = j * columns.count + i
        (inverse.base[3 * k], inverse.base[3 * k + 1], inverse.base[3 * k + 2]) = (
          hyy / determinant, -hxy / determinant, hxx / determinant
        )
        (sums.base[2 * k], sums.base[2 * k + 1]) = (mx, my)
      }
    }
  }

  private func sweep(_ first: FlowPyramid.Level, _ second: FlowPyramid.Level, backwards: Bool) {
    let nx = columns.count, ny = rows.count, step = backwards ? 1 : -1
    for jj in 0..<ny {
      let j = backwards ? ny - 1 - jj : jj
      for ii in 0..<nx {
        let i = backwards ? nx - 1 - ii : ii, k = j * nx + i
        let patch = Patch(first, second, x: columns[i], y: rows[j])
        var best = SIMD2<Float>(found.base[2 * k], found.base[2 * k + 1]), error = patch.error(best)
        if ii > 0 { consider(k + step, patch, &best, &error) }
        if jj > 0 { consider(k + step * nx, patch, &best, &error) }
        descend(k, patch, &best, error)
        (found.base[2 * k], found.base[2 * k + 1]) = (best.x, best.y)
      }
    }
  }

  @inline(__always) private func consider(
    _ neighbour: Int, _ patch: Patch, _ best: inout SIMD2<Float>, _ error: inout Float
  ) {
    let other = SIMD2<Float>(found.base[2 * neighbour], found.base[2 * neighbour + 1])
    guard other != best else { return }
    let its = patch.error(other)
    if its < error { (best, error) = (other, its) }
  }

  /// Gauss–Newton until the error stops falling. A result that has run further than a patch from its start is dropped.
  @inline(__always) private func descend(_ k: Int, _ patch: Patch, _ flow: inout SIMD2<Float>, _ startError: Float) {
    let start = flow, a = inverse.base[3 * k], b = inverse.base[3 * k + 1], c = inverse.base[3 * k + 2]
    let mx = sums.base[2 * k] / Self.samples, my = sums.base[2 * k + 1] / Self.samples
    var current = flow, least = Float.infinity
    for _ in 0..<steps {
      let r = patch.residual(current)
      let error = r.squares - r.sum * r.sum / Self.samples
      guard error < least else { break }
      (least, flow) = (error, current)
      let bx = r.x - r.sum * mx, by = r.y - r.sum * my
      let dx = a * bx + b * by, dy = b * bx + c * by
      current -= SIMD2(dx, dy)
      if dx * dx + dy * dy < 1e-4 { break }
    }
    let moved = flow - start
    if (moved * moved).sum() > Self.samples { flow = start }
  }

  /// Densification, §2.2 eq. 3: weights 1/max(1, |luma difference|).
  private func spread(
    _ first: BorderedPlane, _ second: BorderedPlane, _ u: BorderedPlane, _ v: BorderedPlane, _ weight: BorderedPlane
  ) {
    for plane in [u, v, weight] { for y in 0..<plane.height { plane.row(y).update(repeating: 0, count: plane.width) } }
    for (j, y) in rows.enumerated() {
      for (i, x) in columns.enumerated() {
        let k = j * columns.count + i, flow = SIMD2<Float>(found.base[2 * k], found.base[2 * k + 1])
        let p = Window(second, x: x, y: y, flow)
        let fu = Lanes(repeating: flow.x), fv = Lanes(repeating: flow.y)
        var above = p.line(0)
        for r in 0..<Self.patch {
          let below = p.line(r &+ 1), at = (y &+ r) &* u.stride &+ x
          let d = above + (below - above) * p.b - load(first.origin + at)
          above = below
          let squared = d * d
          let w = 1 / squared.replacing(with: 1, where: squared .< 1).squareRoot()
          store(load(u.origin + at) + w * fu, u.origin + at)
          store(load(v.origin + at) + w * fv, v.origin + at)
          store(load(weight.origin + at) + w, weight.origin + at)
        }
      }
    }
    for y in 0..<u.height {
      let ru = u.row(y), rv = v.row(y), rw = weight.row(y)
      for x in 0..<u.width {
        let scale = 1 / rw[x]
        ru[x] *= scale
        rv[x] *= scale
      }
    }
  }
}

/// Where a patch lies in the second frame: whole pixels and bilinear shares. It may leave the picture by its own size.
private struct Window {
  let corner: UnsafePointer<Float>
  let stride: Int
  let a, b: Lanes

  @inline(__always) init(_ plane: BorderedPlane, x: Int, y: Int, _ flow: SIMD2<Float>) {
    let side = Float(InverseSearch.patch)
    let px = min(max(Float(x) + flow.x, -side), Float(plane.width)),
      py = min(max(Float(y) + flow.y, -side), Float(plane.height))
    let fx = px.rounded(.down), fy = py.rounded(.down)
    corner = UnsafePointer(plane.origin + Int(fy) * plane.stride + Int(fx))
    stride = plane.stride
    (a, b) = (Lanes(repeating: px - fx), Lanes(repeating: py - fy))
  }

  /// Row r interpolated between its columns.
  @inline(__always) func line(_ r: Int) -> Lanes {
    let p = corner + r &* stride, left = load(p)
    return left + (load(p + 1) - left) * a
  }
}

/// One patch of the first frame, asked how well it fits the second at a flow.
private struct Patch {
  let luma, gradientX, gradientY: UnsafePointer<Float>
  let stride, x, y: Int
  let second: BorderedPlane

  @inline(__always) init(_ first: FlowPyramid.Level, _ second: FlowPyramid.Level, x: Int, y: Int) {
    (self.x, self.y, self.second, stride) = (x, y, second.luma, first.luma.stride)
    luma = UnsafePointer(first.luma.row(y) + x)
    gradientX = UnsafePointer(first.gradientX.row(y) + x)
    gradientY = UnsafePointer(first.gradientY.row(y) + x)
  }

  /// Sum of squared differences of luma less its mean.
  @inline(__always) func error(_ flow: SIMD2<Float>) -> Float {
    let p = Window(second, x: x, y: y, flow)
    var sum = Lanes.zero, squares = Lanes.zero, above = p.line(0)
    for r in 0..<InverseSearch.patch {
      let below = p.line(r &+ 1)
      let d = above + (below - above) * p.b - load(luma + r &* stride)
      above = below
      sum += d
      squares += d * d
    }
    let s = sum.sum()
    return squares.sum() - s * s / InverseSearch.samples
  }

  /// Σd, Σd², Σd·∂x, Σd·∂y with d = second(x + flow) − first(x).
  @inline(__always) func residual(_ flow: SIMD2<Float>) -> (sum: Float, squares: Float, x: Float, y: Float) {
    let p = Window(second, x: x, y: y, flow)
    var sum = Lanes.zero, squares = Lanes.zero, bx = Lanes.zero, by = Lanes.zero, above = p.line(0)
    for r in 0..<InverseSearch.patch {
      let below = p.line(r &+ 1)
      let d = above + (below - above) * p.b - load(luma + r &* stride)
      above = below
      sum += d
      squares += d * d
      bx += d * load(gradientX + r &* stride)
      by += d * load(gradientY + r &* stride)
    }
    return (sum.sum(), squares.sum(), bx.sum(), by.sum())
  }
}
