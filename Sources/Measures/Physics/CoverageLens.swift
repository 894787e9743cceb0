/// Turns pixels into soft coverage of one object over a known plate.
///
/// One colour: a = ⟨I − b, c − b⟩/‖c − b‖², clipped to [0, 1]. With a mark of a second colour m the pixel is unmixed into both by least
/// squares, I − b ≈ a·(c − b) + s·(m − b), and a + s is what the object covers.
struct CoverageLens {
  /// Per pixel (c − b)/‖c − b‖² and −⟨b, c − b⟩/‖c − b‖²: a = I·weight + offset.
  private let weights: [SIMD4<Float>]
  private let plate: [UInt8]
  private let colour: SIMD3<Float>
  private let mark: SIMD3<Float>?
  private let others: [SIMD3<Float>]

  init(colour: SIMD3<Float>, mark: SIMD3<UInt8>? = nil, others: [SIMD3<UInt8>], plate: [UInt8]) {
    self.plate = plate
    self.colour = colour
    self.mark = mark.map { SIMD3<Float>($0) }
    self.others = others.map { SIMD3<Float>($0) }
    weights = (0..<plate.count / 3).map { p in
      let b = SIMD3(Float(plate[3 * p]), Float(plate[3 * p + 1]), Float(plate[3 * p + 2])), d = colour - b
      let square = (d * d).sum()
      guard square > 1 else { return .zero }  // the object cannot be told from this pixel
      let w = d / square
      return SIMD4(w.x, w.y, w.z, -(b * w).sum())
    }
  }

  /// Coverage [H·W] of `frame` [H·W·3].
  func measure(_ frame: UnsafeBufferPointer<UInt8>, into coverage: UnsafeMutableBufferPointer<Float>) {
    if let mark {
      for p in 0..<coverage.count {
        let (a, s) = unmixed(p, frame, mark)
        coverage[p] = min(a + s, 1)
      }
    } else {
      weights.withUnsafeBufferPointer { weights in
        for p in 0..<coverage.count {
          let w = weights[p]
          let a = Float(frame[3 * p]) * w.x + Float(frame[3 * p + 1]) * w.y + Float(frame[3 * p + 2]) * w.z + w.w
          coverage[p] = min(max(a, 0), 1)
        }
      }
    }
    guard !others.isEmpty else { return }
    for p in 0..<coverage.count where coverage[p] > 0.02 && !isOurs(p, frame, coverage[p]) { coverage[p] = 0 }
  }

  /// The mark's share of pixel `p`, [0, 1]; 0 for an object without one.
  func markCoverage(_ p: Int, _ frame: UnsafeBufferPointer<UInt8>) -> Float { mark.map { unmixed(p, frame, $0).mark } ?? 0 }

  private func background(_ p: Int) -> SIMD3<Float> { SIMD3(Float(plate[3 * p]), Float(plate[3 * p + 1]), Float(plate[3 * p + 2])) }

  /// Non-negative least squares in two unknowns: the 2×2 solution, or the better edge when one share would be negative.
  private func unmixed(_ p: Int, _ frame: UnsafeBufferPointer<UInt8>, _ mark: SIMD3<Float>) -> (body: Float, mark: Float) {
    let b = background(p), d = colour - b, e = mark - b
    let i = SIMD3(Float(frame[3 * p]), Float(frame[3 * p + 1]), Float(frame[3 * p + 2])) - b
    let dd = (d * d).sum(), ee = (e * e).sum(), de = (d * e).sum(), di = (d * i).sum(), ei = (e * i).sum()
    guard dd > 1, ee > 1 else { return (0, 0) }
    let determinant = dd * ee - de * de
    if determinant > 1e-3 * dd * ee {
      let a = (di * ee - ei * de) / determinant, s = (ei * dd - di * de) / determinant
      if a >= 0 && s >= 0 { return (min(a, 1), min(s, 1)) }
    }
    let a = min(max(di / dd, 0), 1), s = min(max(ei / ee, 0), 1)
    return a * (2 * di - a * dd) >= s * (2 * ei - s * ee) ? (a, 0) : (0, s)  // the greater drop of ‖·‖²
  }

  /// Whether the pixel lies nearer to our mixing line than to any other object's.
  private func isOurs(_ p: Int, _ frame: UnsafeBufferPointer<UInt8>, _ a: Float) -> Bool {
    let b = background(p)
    let i = SIMD3(Float(frame[3 * p]), Float(frame[3 * p + 1]), Float(frame[3 * p + 2])) - b
    func residual(_ c: SIMD3<Float>, _ a: Float) -> Float {
      let r = i - a * (c - b)
      return (r * r).sum()
    }
    var own = residual(colour, a)
    if let mark {
      let shares = unmixed(p, frame, mark), r = i - shares.body * (colour - b) - shares.mark * (mark - b)
      own = (r * r).sum()
    }
    for other in others {
      let d = other - b, square = (d * d).sum()
      guard square > 1 else { continue }
      if residual(other, min(max((i * d).sum() / square, 0), 1)) < own { return false }
    }
    return true
  }
}
