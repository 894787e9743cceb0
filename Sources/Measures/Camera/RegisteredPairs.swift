import Frames

/// Every frame against the next one laid over it: inter-frame fidelity, as video stabilisation reports it.
struct RegisteredPairs {
  /// dB and similarity, one a pair; nil where too little of the pictures overlaps.
  let psnr, ssim: [Double?]

  init(_ evidence: Evidence) {
    let frames = evidence.frames, steps = evidence.camera.steps
    var psnr: [Double?] = [], ssim: [Double?] = []
    var before: (luma: LumaPlane, subject: SubjectMask)?
    for t in 0..<frames.count {
      let now = (luma: LumaPlane(frames, t), subject: SubjectMask(evidence, t))
      defer { before = now }
      guard let before else { continue }
      let laid = Registration(
        now.luma, by: t <= steps.count ? steps[t - 1].map : .identity, off: before.subject, now.subject)
      psnr.append(laid.errors(to: before.luma).map { PSNR.decibels($0.square) })
      ssim.append(SSIM.mean(before.luma, laid.warped, mask: laid.valid))
    }
    (self.psnr, self.ssim) = (psnr, ssim)
  }
}

extension RegisteredPairs {
  func mean(_ evidence: Evidence, least: Int, _ series: KeyPath<RegisteredPairs, [Double?]>) -> Measurement {
    let frames = evidence.frames
    guard frames.count >= 2 else { return .notApplicable("needs 2 frames; the clip has \(frames.count)") }
    guard min(frames.width, frames.height) >= least else {
      return .notApplicable("needs sides of \(least) pixels; the clip is \(frames.width)x\(frames.height)")
    }
    let values = self[keyPath: series], known = values.compactMap { $0 }
    guard !known.isEmpty else { return .notApplicable("no two consecutive frames share background") }
    let short =
      known.count < values.count ? "\(values.count - known.count) of \(values.count) pairs share no background" : ""
    return .value(
      known.reduce(0, +) / Double(known.count),
      note: [short, evidence.camera.note].filter { !$0.isEmpty }.joined(separator: "; "))
  }
}
