/// A frame laid over another through the camera's motion, with what of it can be compared.
struct Registration {
  /// The second frame's luma in the first one's coordinates.
  let warped: LumaPlane
  /// `[H·W]`: inside both frames and on no subject.
  let valid: [Bool]
  let counted: Int

  /// - Parameters:
  ///   - luma: of the second frame.
  ///   - map: from coordinates of the first frame to those of the second.
  ///   - first: the subject in the first frame, and in the second.
  init(_ luma: LumaPlane, by map: Homography, off first: SubjectMask, _ second: SubjectMask) {
    let w = luma.width, h = luma.height
    var values = [Float](repeating: 0, count: w * h), valid = [Bool](repeating: false, count: w * h), counted = 0
    let still = map == .identity
    for y in 0..<h {
      for x in 0..<w {
        let i = y * w + x
        if first.covers(x, y) { continue }
        if still {
          if second.covers(x, y) { continue }
          values[i] = luma.values[i]
        } else {
          let p = map(SIMD2(Double(x), Double(y)))
          guard let place = BilinearPlace(Float(p.x), Float(p.y), w, h),
            !second.covers(Int(p.x.rounded()), Int(p.y.rounded()))
          else { continue }
          values[i] = place.mix(luma.values)
        }
        valid[i] = true
        counted += 1
      }
    }
    (warped, self.valid, self.counted) = (LumaPlane(width: w, height: h, values: values), valid, counted)
  }

  /// Mean squared and mean absolute difference to the first frame over what is valid; nil when nothing is.
  func errors(to luma: LumaPlane) -> (square: Double, absolute: Double)? {
    guard counted > 0 else { return nil }
    var square = 0.0, absolute = 0.0
    for i in valid.indices where valid[i] {
      let d = Double(warped.values[i] - luma.values[i])
      square += d * d
      absolute += abs(d)
    }
    return (square / Double(counted), absolute / Double(counted))
  }
}
