/// `bg_drift_slope` per second ↑, about 0: least-squares slope of `bg_drift_ssim` over time. Below 0, the background
/// keeps changing. Cannot see: a background that is wrong from the second frame on and then stays.
public enum BackgroundDriftSlope: ClipMetric {
  public static let name = "bg_drift_slope"
  public static let version = 2
  public static let unit = "similarity/s"
  public static let better = PairedComparison.Direction.higher
  public static let blindTo: Set<Corruption> = [.blur, .noise, .flicker, .frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    if let obstacle = BackgroundDrift.obstacle(evidence, least: GaussianWindow.taps) { return .notApplicable(obstacle) }
    let drift = evidence.backgroundDrift
    guard let slope = drift.slope(drift.ssim) else {
      return .notApplicable("fewer than 2 frames share background with the first")
    }
    return .value(slope, note: evidence.camera.note)
  }
}
