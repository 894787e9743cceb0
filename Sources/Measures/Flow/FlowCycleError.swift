/// `flow_fb_epe_dis` ≥ 0 px ↓ : mean ‖F(x) + B(x + F(x))‖ of our flow there and back, over pixels whose goal lies in
/// the frame, mean over pairs.
///
/// WorldScore's photometric consistency (Duan et al. 2025) as a length in pixels: bilinear lookup in place of rounding,
/// no crop, no normalisation, and our flow in place of theirs. Nothing that is hidden is left out, so moving edges cost
/// something even in a perfect clip. Cannot see: a frozen clip, or uniform flicker, which the flow ignores. Blur raises
/// it a little, since flow has less to hold on to, and noise raises it by how little texture there is: a flat backdrop
/// gives it all away at the first step, so no order is claimed.
public enum FlowCycleError: ClipMetric {
  public static let name = "flow_fb_epe_dis"
  public static let unit = "px"
  public static let better = PairedComparison.Direction.lower
  public static let blindTo: Set<Corruption> = [.frozen, .flicker]

  public static func measure(_ evidence: Evidence) -> Measurement {
    if let obstacle = FlowPairs.obstacle(evidence.frames) { return .notApplicable(obstacle) }
    let errors = evidence.pairMotions.compactMap(\.forwardBackward)
    guard !errors.isEmpty else { return .notApplicable("all flow leaves the frame") }
    return .value(errors.reduce(0, +) / Double(errors.count), note: "")
  }
}
