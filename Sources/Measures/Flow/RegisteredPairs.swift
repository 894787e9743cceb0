import Media

/// A frame laid over another through the camera's motion, with what of it can be compared.
struct Registration {
  /// The second frame's luma in the first one's coordinates.
  let warped: LumaPlane
  /// `[H·W]`: inside both frames and on no subject.
  let valid: [Bool]
  let counted: Int

  /// - Parameter map: from coordinates of frame `a` to those of frame `b`.
  init(_ evidence: Evidence, _ a: Int, _ b: Int, _ map: Homography, _ luma: LumaPlane) {
    let w = luma.width, h = luma.height, first = SubjectMask(evidence, a), second = SubjectMask(evidence, b)
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
          guard let place = BilinearPlace(Float(p.x), Float(p.y), w, h), !second.covers(Int(p.x.rounded()), Int(p.y.rounded())) else { continue }
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

/// Pixels of a frame that belong to a subject rather than the background: the scene's masks where known, else discs about corners that
/// did not move with the camera.
struct SubjectMask {
  /// Radius of those discs, px.
  static let radius = 8
  private let width: Int
  private let covered: [Bool]

  init(_ evidence: Evidence, _ t: Int) {
    let w = evidence.frames.width, h = evidence.frames.height
    width = w
    if let scene = evidence.scene, scene.masks.count == evidence.frames.count, scene.masks[t].allSatisfy({ $0.count == w * h }) {
      var any = [Bool](repeating: false, count: w * h)
      for mask in scene.masks[t] { for i in any.indices where mask[i] > 0 { any[i] = true } }
      covered = any
      return
    }
    let steps = evidence.camera.steps
    var points: [SIMD2<Double>] = []
    if t < steps.count { points += steps[t].subject.map(\.from) }
    if t > 0, t - 1 < steps.count { points += steps[t - 1].subject.map(\.to) }
    guard !points.isEmpty else {
      covered = []
      return
    }
    var any = [Bool](repeating: false, count: w * h)
    for p in points {
      let cx = Int(p.x.rounded()), cy = Int(p.y.rounded()), r = Self.radius
      for y in max(0, cy - r)...max(0, min(h - 1, cy + r)) {
        for x in max(0, cx - r)...max(0, min(w - 1, cx + r)) where x < w && y < h && (x - cx) * (x - cx) + (y - cy) * (y - cy) <= r * r { any[y * w + x] = true }
      }
    }
    covered = any
  }

  @inline(__always) func covers(_ x: Int, _ y: Int) -> Bool { !covered.isEmpty && covered[y * width + x] }
}

/// Every frame against the next one laid over it: inter-frame fidelity, as video stabilisation reports it.
struct RegisteredPairs {
  /// dB and similarity, one a pair; nil where too little of the pictures overlaps.
  let psnr, ssim: [Double?]

  init(_ evidence: Evidence) {
    let frames = evidence.frames, steps = evidence.camera.steps
    var psnr: [Double?] = [], ssim: [Double?] = []
    var luma = frames.count > 0 ? LumaPlane(frames, 0) : nil
    for t in 0..<max(0, frames.count - 1) {
      let next = LumaPlane(frames, t + 1)
      let laid = Registration(evidence, t, t + 1, t < steps.count ? steps[t].map : .identity, next)
      psnr.append(laid.errors(to: luma!).map { PSNR.decibels($0.square) })
      ssim.append(SSIM.mean(luma!, laid.warped, mask: laid.valid))
      luma = next
    }
    (self.psnr, self.ssim) = (psnr, ssim)
  }
}
