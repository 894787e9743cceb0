/// `bg_drift_l1` ≥ 0 levels ↓ : as `bg_drift_ssim`, the mean absolute difference of luma.
/// Cannot see: the subject; texture lost in a background that keeps its luma. A frozen clip scores 0.
public enum BackgroundDriftL1: ClipMetric {
  public static let name = "bg_drift_l1"
  public static let version = 2
  public static let unit = "levels"
  public static let better = PairedComparison.Direction.lower
  public static let orders: Set<Corruption> = [.noise, .flicker]
  public static let blindTo: Set<Corruption> = [.frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    BackgroundDrift.mean(evidence, least: 1) { ($0.l1, $0.slope($0.l1)) }
  }
}
