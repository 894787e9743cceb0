/// `stabilised_psnr` dB ↑ : 10·log₁₀(255²/MSE) of luma between a frame and the next one laid over it through the
/// camera's motion, on pixels inside both and on no subject; mean over pairs, at most 100 each.
///
/// Inter-frame fidelity as video stabilisation reports it (Morimoto & Chellappa 1998).
/// Cannot see: blur, a frozen clip (100 dB), the subject, or change slower than a frame.
public enum StabilisedPSNR: ClipMetric {
  public static let name = "stabilised_psnr"
  public static let version = 2
  public static let unit = "dB"
  public static let better = PairedComparison.Direction.higher
  public static let orders: Set<Corruption> = [.noise, .flicker]
  public static let blindTo: Set<Corruption> = [.blur, .frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    evidence.registered.mean(evidence, least: 1, \.psnr)
  }
}
