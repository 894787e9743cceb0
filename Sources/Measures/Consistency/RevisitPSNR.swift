/// `revisit_psnr` dB ↑ : `psnr` to the true clip over the frames in which the camera, having been away, is back near
/// where it began.
///
/// On loop paths of rendered scenes alone. "Back" is after the farthest point and within half its distance of the
/// start. Cannot see: what happened while away. Falls with every error of the camera's path as well as with what was
/// forgotten.
public enum RevisitPSNR: ClipMetric {
  public static let name = "revisit_psnr"
  public static let unit = "dB"
  public static let better = PairedComparison.Direction.higher
  public static let needs: Set<EvidenceKind> = [.reference, .scene]

  public static func measure(_ evidence: Evidence) -> Measurement { Revisit.images(evidence, PSNR.measure) }
}
