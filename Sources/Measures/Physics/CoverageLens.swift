/// Turns pixels into soft coverage of one colour over a known plate.
struct CoverageLens {
  /// Per pixel (c − b)/‖c − b‖² and −⟨b, c − b⟩/‖c − b‖²: a = I·weight + offset.
  private let weights: [SIMD4<Float>]
  private let plate: [UInt8]
  private let colour: SIMD3<Float>
  private let others: [SIMD3<Float>]

  init(colour: SIMD3<Float>, others: [SIMD3<UInt8>], plate: [UInt8]) {
    self.plate = plate
    self.colour = colour
    self.others = others.map { SIMD3<Float>($0) }
    weights = (0..<plate.count / 3).map { p in
      let b = SIMD3(Float(plate[3 * p]), Float(plate[3 * p + 1]), Float(plate[3 * p + 2])), d = colour - b
      let square = (d * d).sum()
      guard square > 1 else { return .zero }  // the object cannot be told from this pixel
      let w = d / square
      return SIMD4(w.x, w.y, w.z, -(b * w).sum())
    }
  }

  /// The lens of frame t: one for all over a single plate, one a frame where there are several.
  static func byFrame(colour: SIMD3<UInt8>, others: [SIMD3<UInt8>], plates: [[UInt8]]) -> (Int) -> CoverageLens {
    func lens(_ plate: [UInt8]) -> CoverageLens {
      CoverageLens(colour: SIMD3<Float>(colour), others: others, plate: plate)
    }
    let only = plates.count == 1 ? lens(plates[0]) : nil
    return { only ?? lens(plates[$0]) }
  }

  /// Coverage [H·W] of `frame` [H·W·3].
  func measure(_ frame: UnsafeBufferPointer<UInt8>, into coverage: UnsafeMutableBufferPointer<Float>) {
    weights.withUnsafeBufferPointer { weights in
      for p in 0..<coverage.count {
        let w = weights[p]
        let a = Float(frame[3 * p]) * w.x + Float(frame[3 * p + 1]) * w.y + Float(frame[3 * p + 2]) * w.z + w.w
        coverage[p] = min(max(a, 0), 1)
      }
    }
    guard !others.isEmpty else { return }
    for p in 0..<coverage.count where coverage[p] > 0.02 && !isOurs(p, frame, coverage[p]) { coverage[p] = 0 }
  }

  private func background(_ p: Int) -> SIMD3<Float> {
    SIMD3(Float(plate[3 * p]), Float(plate[3 * p + 1]), Float(plate[3 * p + 2]))
  }

  /// Whether the pixel lies nearer to our mixing line than to any other object's.
  private func isOurs(_ p: Int, _ frame: UnsafeBufferPointer<UInt8>, _ a: Float) -> Bool {
    let b = background(p)
    let i = SIMD3(Float(frame[3 * p]), Float(frame[3 * p + 1]), Float(frame[3 * p + 2])) - b
    func residual(_ c: SIMD3<Float>, _ a: Float) -> Float {
      let r = i - a * (c - b)
      return (r * r).sum()
    }
    let own = residual(colour, a)
    for other in others {
      let d = other - b, square = (d * d).sum()
      guard square > 1 else { continue }
      if residual(other, min(max((i * d).sum() / square, 0), 1)) < own { return false }
    }
    return true
  }
}
