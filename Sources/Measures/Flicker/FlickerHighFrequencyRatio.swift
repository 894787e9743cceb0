/// `flicker_hf_ratio` ∈ [0, 1] ↓ : share of the power of 8×8-block luma that lies above a quarter of the frame rate;
/// blocks weigh by their power.
///
/// "None" (not applicable) where all power together is under 0.25 level² a block: a ratio of next to nothing says
/// nothing. Cannot see: how strong the flicker is: read `flicker_hf_rms`. Slow change of light lowers it.
public enum FlickerHighFrequencyRatio: ClipMetric {
  public static let name = "flicker_hf_ratio"
  public static let version = 2
  public static let unit = MetricUnit.share.rawValue
  public static let better = PairedComparison.Direction.lower
  public static let blindTo: Set<Corruption> = [.blur, .frozen, .swap, .vanish]
  static let leastPower = 0.25

  public static func measure(_ evidence: Evidence) -> Measurement {
    let spectrum = evidence.blockSpectrum
    if let obstacle = spectrum.obstacle { return .notApplicable(obstacle) }
    let power = spectrum.total / Double(spectrum.series)
    guard power >= leastPower else {
      return .notApplicable("none: blocks vary by \(Estimate.short(power)) level², under \(leastPower)")
    }
    return .value(spectrum.high / spectrum.total, note: evidence.camera.note)
  }
}
