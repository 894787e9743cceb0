/// `stabilised_ssim` ∈ [−1, 1] ↑ : as `stabilised_psnr`, structural similarity over windows wholly on valid pixels.
/// Cannot see: blur, a frozen clip (1), the subject, uniform flicker (nearly), or change slower than a frame.
public enum StabilisedSSIM: ClipMetric {
  public static let name = "stabilised_ssim"
  public static let version = 2
  public static let unit = "similarity"
  public static let better = PairedComparison.Direction.higher
  public static let orders: Set<Corruption> = [.noise]
  public static let blindTo: Set<Corruption> = [.blur, .frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    evidence.registered.mean(evidence, least: GaussianWindow.taps, \.ssim)
  }
}
