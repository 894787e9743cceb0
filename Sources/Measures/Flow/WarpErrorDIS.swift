/// `ewarp_dis` ≥ 0 ↓, ×10³: warping error of a clip against itself, E = Σ M·‖V(t) − warp(V(t+1), F)‖² / Σ M, colours on
/// [0, 1], mean over pairs.
///
/// Lai et al., ECCV 2018, eq. 7 in the paper's form (their code gives a third of it), with our inverse-search flow, M
/// from `FlowOcclusion`, and pixels that leave the frame masked. A generated clip has no input video to take the flow
/// from, so it is taken from the clip: the measure judges itself. The note carries coverage (noise shrinks M and hides
/// itself) and, with a reference, the sharpness ratio. Cannot see: blur, which it *rewards*; a frozen clip, which
/// scores 0; wrong motion; objects that appear or vanish, which M masks.
public enum WarpErrorDIS: ClipMetric {
  public static let name = "ewarp_dis"
  public static let unit = "×10⁻³"
  public static let better = PairedComparison.Direction.lower
  public static let orders: Set<Corruption> = [.noise, .flicker]
  public static let blindTo: Set<Corruption> = [.blur, .frozen, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    if let obstacle = FlowPairs.obstacle(evidence.frames) { return .notApplicable(obstacle) }
    guard let error = WarpError.mean(evidence.pairMotions.map(\.warp)) else {
      return .notApplicable("no pixel is visible in two consecutive frames")
    }
    var note = "coverage \(Estimate.short(error.coverage))"
    if case .value(let ratio, _) = SharpnessRatio.measure(evidence) {
      note += ", sharpness \(Estimate.short(ratio)) of the reference"
    }
    return .value(1000 * error.value, note: note)
  }
}
