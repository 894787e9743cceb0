/// `ewarp_dis_coverage` ∈ [0, 1]: share of pixels the warping error could look at. To be read beside it: a low error
/// over little is no good clip. Cannot see: anything but how well flow agrees with itself.
public enum WarpCoverage: ClipMetric {
  public static let name = "ewarp_dis_coverage"
  public static let unit = MetricUnit.share.rawValue
  public static let better = PairedComparison.Direction.higher
  public static let blindTo: Set<Corruption> = [.blur, .frozen, .flicker]

  public static func measure(_ evidence: Evidence) -> Measurement {
    if let obstacle = FlowPairs.obstacle(evidence.frames) { return .notApplicable(obstacle) }
    guard let error = WarpError.mean(evidence.pairMotions.map(\.warp)) else { return .value(0, note: "") }
    return .value(error.coverage, note: "")
  }
}
