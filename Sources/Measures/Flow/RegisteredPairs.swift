import Media

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

extension RegisteredPairs {
  func mean(_ evidence: Evidence, least: Int, _ series: KeyPath<RegisteredPairs, [Double?]>) -> Measurement {
    let frames = evidence.frames
    guard frames.count >= 2 else { return .notApplicable("needs 2 frames; the clip has \(frames.count)") }
    guard min(frames.width, frames.height) >= least else { return .notApplicable("needs sides of \(least) pixels; the clip is \(frames.width)x\(frames.height)") }
    let values = self[keyPath: series], known = values.compactMap { $0 }
    guard !known.isEmpty else { return .notApplicable("no two consecutive frames share background") }
    var note = known.count < values.count ? "\(values.count - known.count) of \(values.count) pairs share no background" : ""
    if let obstacle = evidence.camera.obstacle { note += (note.isEmpty ? "" : "; ") + "camera taken for still: \(obstacle)" }
    return .value(known.reduce(0, +) / Double(known.count), note: note)
  }
}
