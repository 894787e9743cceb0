/// Variational refinement of a flow at one scale: Brox, Bruhn, Papenberg & Weickert, ECCV 2004, warped once, with the
/// constraints normalised by their gradients (Zimmer, Bruhn & Weickert, IJCV 2011) as Kroeger et al. 2016 use it after
/// the patch search.
///
/// Minimises over the picture  δ·ψ(luma constancy) + γ·ψ(gradient constancy) + α·ψ(‖∇u‖² + ‖∇v‖²),  ψ(s²) = √(s² + ε²),
/// all linearised about the flow given. Lagged weights, then successive over-relaxation in chequerboard order, whose
/// result does not depend on how a row is cut up.
final class FlowRefinement {
  struct Settings: Sendable, Equatable {
    var luma: Float = 5, gradient: Float = 10, smoothness: Float = 30
    var reweightings = 2, sweeps = 6
    var relaxation: Float = 1.8
  }
  private static let epsilon: Float = 1e-3, zeta: Float = 0.1

  private let settings: Settings
  private let width, height: Int
  /// Whole planes: the second frame warped by the flow, the mean of both frames and its gradient, their difference.
  private let warped, mean, meanX, meanY, change: BorderedPlane
  private let inside: BorderedPlane
  /// The constraints r + p·du + q·dv = 0: of luma, and of its two derivatives.
  private let luma, alongX, alongY: Constraint
  private let u, v, baseU, baseV, right, down: Chequered
  private let a11, a12, a22, b1, b2, inverse1, inverse2: Chequered
  /// One row of the nine coefficients before they are split by colour.
  private let line: FloatRoom
  private let lineLength: Int

  private struct Constraint {
    let p, q, r: Chequered
    init(_ w: Int, _ h: Int) { (p, q, r) = (Chequered(w, h), Chequered(w, h), Chequered(w, h)) }
  }

  /// - Parameter width: even.
  init(width: Int, height: Int, _ settings: Settings) {
    (self.width, self.height, self.settings) = (width, height, settings)
    func plane() -> BorderedPlane { BorderedPlane(width: width, height: height) }
    func half() -> Chequered { Chequered(width, height) }
    (warped, mean, meanX, meanY, change, inside) = (plane(), plane(), plane(), plane(), plane(), plane())
    (luma, alongX, alongY) = (Constraint(width, height), Constraint(width, height), Constraint(width, height))
    (u, v, baseU, baseV, right, down) = (half(), half(), half(), half(), half(), half())
    (a11, a12, a22, b1, b2, inverse1, inverse2) = (half(), half(), half(), half(), half(), half(), half())
    lineLength = (width + 15) / 16 * 16
    line = FloatRoom(9 * lineLength)
  }

  /// Refines `flowU`, `flowV` in place, px of this scale.
  func run(_ first: BorderedPlane, _ second: BorderedPlane, _ flowU: BorderedPlane, _ flowV: BorderedPlane) {
    warp(first, second, flowU, flowV)
    constraints()
    for (whole, split, base) in [(flowU, u, baseU), (flowV, v, baseV)] {
      for y in 0..<height {
        split.split(whole.row(y), y)
        base.split(whole.row(y), y)
      }
    }
    for _ in 0..<settings.reweightings {
      smoothness()
      data()
      for _ in 0..<settings.sweeps { for colour in 0...1 { relax(colour) } }
    }
    for y in 0..<height {
      u.join(y, flowU.row(y))
      v.join(y, flowV.row(y))
    }
  }

  private func warp(_ first: BorderedPlane, _ second: BorderedPlane, _ flowU: BorderedPlane, _ flowV: BorderedPlane) {
    let farX = Float(width - 1), farY = Float(height - 1), stride = second.stride
    for y in 0..<height {
      let ru = flowU.row(y), rv = flowV.row(y), out = warped.row(y), valid = inside.row(y), source = first.row(y),
        m = mean.row(y), z = change.row(y)
      for x in 0..<width {
        let px = Float(x) + ru[x], py = Float(y) + rv[x]
        let cx = min(max(px, 0), farX), cy = min(max(py, 0), farY)
        let ix = Int32(cx), iy = Int32(cy), a = cx - Float(ix), b = cy - Float(iy)
        let p = second.origin + (Int(iy) &* stride &+ Int(ix))
        let top = p[0] + (p[1] - p[0]) * a, bottom = p[stride] + (p[stride &+ 1] - p[stride]) * a
        out[x] = top + (bottom - top) * b
        valid[x] = cx == px && cy == py ? 1 : 0
      }
      for x in Swift.stride(from: 0, to: width, by: Lanes.scalarCount) {
        let w = load(out + x), s = load(source + x)
        store((w + s) * 0.5, m + x)
        store(w - s, z + x)
      }
      Self.closeEnds(m, width)
      Self.closeEnds(z, width)
    }
  }

  @inline(__always) private static func closeEnds(_ row: UnsafeMutablePointer<Float>, _ width: Int) {
    row[-1] = row[0]
    row[width] = row[width - 1]
  }

  /// The nine coefficients of the three constraints, each divided by its gradient's length.
  private func constraints() {
    let half = Lanes(repeating: 0.5), zeta = Lanes(repeating: Self.zeta * Self.zeta)
    for y in 0..<height {
      let here = mean.row(y), above = mean.row(max(0, y - 1)), below = mean.row(min(height - 1, y + 1)),
        gx = meanX.row(y), gy = meanY.row(y)
      for x in Swift.stride(from: 0, to: width, by: Lanes.scalarCount) {
        store((load(here + x + 1) - load(here + x - 1)) * half, gx + x)
        store((load(below + x) - load(above + x)) * half, gy + x)
      }
      Self.closeEnds(gx, width)
      Self.closeEnds(gy, width)
    }
    let targets = [luma.p, luma.q, luma.r, alongX.p, alongX.q, alongX.r, alongY.p, alongY.q, alongY.r]
    for y in 0..<height {
      let up = max(0, y - 1), low = min(height - 1, y + 1)
      let gx = meanX.row(y), gxAbove = meanX.row(up), gxBelow = meanX.row(low), gy = meanY.row(y),
        gyAbove = meanY.row(up), gyBelow = meanY.row(low)
      let z = change.row(y), zAbove = change.row(up), zBelow = change.row(low), valid = inside.row(y), out = line.base
      for x in Swift.stride(from: 0, to: width, by: Lanes.scalarCount) {
        let on = load(valid + x), ix = load(gx + x), iy = load(gy + x), iz = load(z + x)
        let ixx = (load(gx + x + 1) - load(gx + x - 1)) * half, ixy = (load(gxBelow + x) - load(gxAbove + x)) * half
        let iyy = (load(gyBelow + x) - load(gyAbove + x)) * half
        let ixz = (load(z + x + 1) - load(z + x - 1)) * half, iyz = (load(zBelow + x) - load(zAbove + x)) * half
        let n0 = on / (ix * ix + iy * iy + zeta).squareRoot()
        let n1 = on / (ixx * ixx + ixy * ixy + zeta).squareRoot(), n2 = on / (iyy * iyy + ixy * ixy + zeta).squareRoot()
        store(ix * n0, out + x)
        store(iy * n0, out + lineLength + x)
        store(iz * n0, out + 2 * lineLength + x)
        store(ixx * n1, out + 3 * lineLength + x)
        store(ixy * n1, out + 4 * lineLength + x)
        store(ixz * n1, out + 5 * lineLength + x)
        store(ixy * n2, out + 6 * lineLength + x)
        store(iyy * n2, out + 7 * lineLength + x)
        store(iyz * n2, out + 8 * lineLength + x)
      }
      for (i, target) in targets.enumerated() { target.split(out + i * lineLength, y) }
    }
  }

  /// Weights of the edges to the right and downwards; none leaves the picture.
  private func smoothness() {
    let epsilon = Lanes(repeating: Self.epsilon * Self.epsilon), alpha = Lanes(repeating: settings.smoothness / 2),
      last = width / 2
    for plane in [u, v] { plane.repeatFarEdges() }
    for colour in 0...1 {
      for y in 0..<height {
        let even = colour == y & 1, next = even ? 0 : 1
        let hu = u.row(colour, y), hv = v.row(colour, y), ru = u.row(1 - colour, y) + next,
          rv = v.row(1 - colour, y) + next
        let du = u.row(1 - colour, y + 1), dv = v.row(1 - colour, y + 1), wx = right.row(colour, y),
          wy = down.row(colour, y)
        for k in Swift.stride(from: 0, to: last, by: Lanes.scalarCount) {
          let a = load(hu + k), b = load(hv + k)
          let ux = load(ru + k) - a, vx = load(rv + k) - b, uy = load(du + k) - a, vy = load(dv + k) - b
          let w = alpha / ((ux * ux + uy * uy) + (vx * vx + vy * vy) + epsilon).squareRoot()
          store(w, wx + k)
          store(w, wy + k)
        }
        if !even { wx[last - 1] = 0 }
        if y == height - 1 { wy.update(repeating: 0, count: u.stride - Chequered.margin) }
      }
    }
  }

  /// The 2×2 systems of every pixel in the total flow, with the weights of the flow so far.
  private func data() {
    let epsilon = Lanes(repeating: Self.epsilon * Self.epsilon), delta = Lanes(repeating: settings.luma / 2),
      gamma = Lanes(repeating: settings.gradient / 2)
    for colour in 0...1 {
      for y in 0..<height {
        let before = colour == y & 1 ? -1 : 0
        let wx = right.row(colour, y), left = right.row(1 - colour, y) + before, wy = down.row(colour, y),
          above = down.row(1 - colour, y - 1)
        for k in Swift.stride(from: 0, to: width / 2, by: Lanes.scalarCount) {
          let u0 = load(baseU.row(colour, y) + k), v0 = load(baseV.row(colour, y) + k)
          let du = load(u.row(colour, y) + k) - u0, dv = load(v.row(colour, y) + k) - v0
          let p0 = load(luma.p.row(colour, y) + k), q0 = load(luma.q.row(colour, y) + k),
            r0 = load(luma.r.row(colour, y) + k)
          let e0 = r0 + p0 * du + q0 * dv
          let w0 = delta / (e0 * e0 + epsilon).squareRoot()
          let p1 = load(alongX.p.row(colour, y) + k), q1 = load(alongX.q.row(colour, y) + k),
            r1 = load(alongX.r.row(colour, y) + k)
          let p2 = load(alongY.p.row(colour, y) + k), q2 = load(alongY.q.row(colour, y) + k),
            r2 = load(alongY.r.row(colour, y) + k)
          let e1 = r1 + p1 * du + q1 * dv, e2 = r2 + p2 * du + q2 * dv
          let w1 = gamma / (e1 * e1 + e2 * e2 + epsilon).squareRoot()
          let xx = w0 * p0 * p0 + w1 * (p1 * p1 + p2 * p2), xy = w0 * p0 * q0 + w1 * (p1 * q1 + p2 * q2),
            yy = w0 * q0 * q0 + w1 * (q1 * q1 + q2 * q2)
          let tx = w0 * p0 * r0 + w1 * (p1 * r1 + p2 * r2), ty = w0 * q0 * r0 + w1 * (q1 * r1 + q2 * r2)
          store(xy, a12.row(colour, y) + k)
          store(xx * u0 + xy * v0 - tx, b1.row(colour, y) + k)
          store(xy * u0 + yy * v0 - ty, b2.row(colour, y) + k)
          let links = (load(wx + k) + load(left + k)) + (load(wy + k) + load(above + k)) + epsilon
          store(1 / (xx + links), inverse1.row(colour, y) + k)
          store(1 / (yy + links), inverse2.row(colour, y) + k)
        }
      }
    }
  }

  /// One over-relaxed pass over the pixels of a colour; their neighbours all have the other.
  private func relax(_ colour: Int) {
    let omega = Lanes(repeating: settings.relaxation)
    for y in 0..<height {
      let next = colour == y & 1 ? 0 : 1
      let hu = u.row(colour, y), hv = v.row(colour, y), wx = right.row(colour, y), wy = down.row(colour, y)
      let leftWeight = right.row(1 - colour, y) + next - 1, aboveWeight = down.row(1 - colour, y - 1)
      let su = u.row(1 - colour, y) + next, sv = v.row(1 - colour, y) + next
      let upU = u.row(1 - colour, y - 1), upV = v.row(1 - colour, y - 1), lowU = u.row(1 - colour, y + 1),
        lowV = v.row(1 - colour, y + 1)
      let xy = a12.row(colour, y), c1 = b1.row(colour, y), c2 = b2.row(colour, y), i1 = inverse1.row(colour, y),
        i2 = inverse2.row(colour, y)
      for k in Swift.stride(from: 0, to: width / 2, by: Lanes.scalarCount) {
        let r = load(wx + k), l = load(leftWeight + k), d = load(wy + k), a = load(aboveWeight + k), m = load(xy + k)
        let ou = load(hu + k), ov = load(hv + k)
        let pullU = (r * load(su + k) + l * load(su + k - 1)) + (d * load(lowU + k) + a * load(upU + k))
        let nu = ou + omega * ((load(c1 + k) - m * ov + pullU) * load(i1 + k) - ou)
        let pullV = (r * load(sv + k) + l * load(sv + k - 1)) + (d * load(lowV + k) + a * load(upV + k))
        store(nu, hu + k)
        store(ov + omega * ((load(c2 + k) - m * nu + pullV) * load(i2 + k) - ov), hv + k)
      }
    }
  }
}
