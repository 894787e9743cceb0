import Frames

/// How far the background of each frame has come from the first one's, once both are laid over one another.
struct BackgroundDrift {
  /// Similarity to frame 0, and mean absolute difference in levels, of frames 1…T−1; nil where too little of frame 0 is
  /// left.
  let ssim, l1: [Double?]
  let fps: Double

  init(_ evidence: Evidence) {
    let frames = evidence.frames
    fps = frames.fps.perSecond
    guard frames.count > 1 else {
      (ssim, l1) = ([], [])
      return
    }
    let first = LumaPlane(frames, 0), subject = SubjectMask(evidence, 0), path = evidence.camera.fromFirst
    var ssim: [Double?] = [], l1: [Double?] = []
    for t in 1..<frames.count {
      let laid = Registration(LumaPlane(frames, t), by: path[t], off: subject, SubjectMask(evidence, t))
      // Less than a twentieth of the picture says little about the whole background.
      let enough = laid.counted * 20 >= frames.width * frames.height
      ssim.append(enough ? SSIM.mean(first, laid.warped, mask: laid.valid) : nil)
      l1.append(enough ? laid.errors(to: first)?.absolute : nil)
    }
    (self.ssim, self.l1) = (ssim, l1)
  }

  /// Least-squares slope per second of values at frames 1, 2, …; nil with fewer than two of them.
  func slope(_ values: [Double?]) -> Double? {
    let points = values.enumerated().compactMap { i, v in v.map { (Double(i + 1) / fps, $0) } }
    guard points.count >= 2 else { return nil }
    return Polynomial(degree: 1, points.map(\.0), points.map(\.1)).slope
  }
}

extension BackgroundDrift {
  static func obstacle(_ evidence: Evidence, least: Int) -> String? {
    let frames = evidence.frames
    guard frames.count >= 2 else { return "drift needs 2 frames; the clip has \(frames.count)" }
    guard min(frames.width, frames.height) >= least else {
      return "needs sides of \(least) pixels; the clip is \(frames.width)x\(frames.height)"
    }
    return nil
  }

  /// Mean over the frames that share background with the first; the note counts the others.
  static func mean(
    _ evidence: Evidence, least: Int, _ series: (BackgroundDrift) -> (values: [Double?], slope: Double?)
  ) -> Measurement {
    if let obstacle = obstacle(evidence, least: least) { return .notApplicable(obstacle) }
    let (values, slope) = series(evidence.backgroundDrift), known = values.compactMap { $0 }
    guard let last = known.last else { return .notApplicable("no frame shares enough background with the first") }
    var note = "last \(Estimate.short(last))"
    if let slope { note += ", slope \(Estimate.short(slope)) a second" }
    if known.count < values.count {
      note += "; \(values.count - known.count) of \(values.count) frames share too little background with the first"
    }
    if !evidence.camera.note.isEmpty { note += "; " + evidence.camera.note }
    return .value(known.reduce(0, +) / Double(known.count), note: note)
  }
}
