import Frames

/// `tof_farneback` ≥ 0 px ↓ : mean over pixels and steps of ‖OF(g(t−1), g(t)) − OF(b(t−1), b(t))‖, g the clip and b its
/// reference.
///
/// TecoGAN's tOF (Chu et al., SIGGRAPH 2020) with its Farnebäck settings on 8-bit grey. The vector norm is the authors'
/// code's; their comment says l₁. As there, the first and last two frames are dropped; their crop, which suits another
/// network, is not made. Cannot see: wrong content that moves rightly, colour, or motion of flat areas.
public enum TOFFarneback: ClipMetric {
  public static let name = "tof_farneback"
  public static let unit = "px"
  public static let better = PairedComparison.Direction.lower
  public static let needs: Set<EvidenceKind> = [.reference]
  public static let orders: Set<Corruption> = [.jitter, .frozen, .noise]
  public static let blindTo: Set<Corruption> = [.swap, .flicker]
  static let cut = 2

  public static func measure(_ evidence: Evidence) -> Measurement {
    if let obstacle = Paired.obstacle(evidence) { return .notApplicable(obstacle) }
    let clip = evidence.frames, reference = evidence.reference!, kept = clip.count - 2 * cut
    guard kept >= 2 else { return .notApplicable("needs \(2 * cut + 2) frames; the clip has \(clip.count)") }
    guard min(clip.width, clip.height) >= DenseFlow.leastSide else {
      return .notApplicable("needs sides of \(DenseFlow.leastSide) pixels; the clip is \(clip.width)x\(clip.height)")
    }
    let errors = concurrent(kept - 1, threads: evidence.threads) { i in
      let t = cut + i
      func flow(_ frames: Frames) -> FlowField { Farneback.flow(grey(frames, t), grey(frames, t + 1)) }
      return flow(clip).endPointError(to: flow(reference))!
    }
    return .value(errors.reduce(0, +) / Double(errors.count), note: "")
  }

  /// Luma rounded to 8 bits.
  private static func grey(_ frames: Frames, _ t: Int) -> LumaPlane {
    var plane = LumaPlane(frames, t)
    for i in plane.values.indices { plane.values[i] = plane.values[i].rounded() }
    return plane
  }
}
