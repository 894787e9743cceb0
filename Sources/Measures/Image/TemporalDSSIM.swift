import Frames

/// `tdssim100` ≥ 0 ↓ : 100·mean over t of |SSIM(g(t−1), g(t)) − SSIM(b(t−1), b(t))|, g the clip and b its reference.
///
/// How much more or less consecutive frames resemble one another than they should: TecoGAN's tLP (Chu et al., SIGGRAPH
/// 2020) with structural similarity in place of LPIPS, so it needs no weights and its values are not comparable with
/// tLP. Cannot see: wrong content that changes at the right rate, colour, or motion too small to lower similarity.
public enum TemporalDSSIM: ClipMetric {
  public static let name = "tdssim100"
  public static let unit = "similarity × 100"
  public static let better = PairedComparison.Direction.lower
  public static let needs: Set<EvidenceKind> = [.reference]
  public static let orders: Set<Corruption> = [.noise]

  public static func measure(_ evidence: Evidence) -> Measurement {
    if let obstacle = Paired.obstacle(evidence) { return .notApplicable(obstacle) }
    let clip = evidence.frames, reference = evidence.reference!
    guard clip.count >= 2 else { return .notApplicable("a step in time needs 2 frames; the clip has \(clip.count)") }
    guard min(clip.width, clip.height) >= GaussianWindow.taps else {
      return .notApplicable("needs sides of \(GaussianWindow.taps) pixels; the clip is \(clip.width)x\(clip.height)")
    }
    let sum = zip(steps(clip), steps(reference)).reduce(0.0) { $0 + abs($1.0 - $1.1) }
    return .value(100 * sum / Double(clip.count - 1), note: "")
  }

  private static func steps(_ frames: Frames) -> [Double] {
    var before = LumaPlane(frames, 0)
    return (1..<frames.count).map { t in
      let now = LumaPlane(frames, t)
      defer { before = now }
      return SSIM.moments(before, now).ssim
    }
  }
}
