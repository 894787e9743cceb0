/// `stabilised_psnr` dB ↑ : 10·log₁₀(255²/MSE) of luma between a frame and the next one laid over it through the camera's motion, on pixels inside
/// both and on no subject; mean over pairs, at most 100 each.
///
/// Inter-frame fidelity as video stabilisation reports it (Morimoto & Chellappa 1998).
/// Cannot see: blur, a frozen clip (100 dB), the subject, or change slower than a frame.
public enum StabilisedPSNR: ClipMetric {
  public static let name = "stabilised_psnr"
  public static let unit = "dB"
  public static let better = PairedComparison.Direction.higher
  public static let orders: Set<Corruption> = [.noise, .flicker]
  public static let blindTo: Set<Corruption> = [.blur, .frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement { evidence.registered.mean(evidence, least: 1, \.psnr) }
}

/// `stabilised_ssim` ∈ [−1, 1] ↑ : as `stabilised_psnr`, structural similarity over windows wholly on valid pixels.
/// Cannot see: blur, a frozen clip (1), the subject, uniform flicker (nearly), or change slower than a frame.
public enum StabilisedSSIM: ClipMetric {
  public static let name = "stabilised_ssim"
  public static let unit = "similarity"
  public static let better = PairedComparison.Direction.higher
  public static let orders: Set<Corruption> = [.noise]
  public static let blindTo: Set<Corruption> = [.blur, .frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement { evidence.registered.mean(evidence, least: 11, \.ssim) }
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
