import Foundation

/// `ms_ssim` ∈ [0, 1] ↑ : structural similarity of luma at five scales against a reference clip; mean over frames.
///
/// Π contrastⱼ^wⱼ over scales 1…4, times ssim₅^w₅; w = .0448, .2856, .3001, .2363, .1333; each scale is the last one
/// averaged over 2×2 pixels, an odd edge repeated (Wang, Simoncelli & Bovik, Asilomar 2003). A negative factor counts
/// as 0. Five scales of an 11-pixel window need 161 pixels a side: smaller clips are refused, since dropping scales
/// would be another metric. Cannot see: colour, or anything in time.
public enum MSSSIM: ClipMetric {
  public static let name = "ms_ssim"
  public static let unit = "similarity"
  public static let better = PairedComparison.Direction.higher
  public static let needs: Set<EvidenceKind> = [.reference]
  public static let orders: Set<Corruption> = [.blur, .noise, .jitter]
  static let weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
  static let leastSide = (GaussianWindow.taps - 1) * 16 + 1

  public static func measure(_ evidence: Evidence) -> Measurement { Paired.mean(evidence, least: leastSide, value) }

  /// Two planes of one size, sides of at least 161.
  static func value(_ a: LumaPlane, _ b: LumaPlane) -> Double {
    var a = a, b = b, product = 1.0
    for (scale, weight) in weights.enumerated() {
      let moments = SSIM.moments(a, b), last = scale == weights.count - 1
      product *= pow(max(0, last ? moments.ssim : moments.contrast), weight)
      if !last { (a, b) = (a.halved, b.halved) }
    }
    return product
  }
}
