/// `revisit_ssim` ∈ [−1, 1] ↑ : `ssim` to the true clip over the frames in which the camera, having been away, is back
/// near where it began.
///
/// On loop paths of rendered scenes alone, over the same frames as `revisit_psnr`, and blind to the same.
public enum RevisitSSIM: ClipMetric {
  public static let name = "revisit_ssim"
  public static let unit = "similarity"
  public static let better = PairedComparison.Direction.higher
  public static let needs: Set<EvidenceKind> = [.reference, .scene]

  public static func measure(_ evidence: Evidence) -> Measurement { Revisit.images(evidence, SSIM.measure) }
}
