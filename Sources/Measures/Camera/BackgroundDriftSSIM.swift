/// `bg_drift_ssim` ∈ [−1, 1] ↑ : similarity of the background of each frame, laid over frame 0 through the camera's
/// motion, to frame 0; mean over frames. The note gives the last frame's and the slope a second.
///
/// Windows wholly on background seen in both frames count (`CameraPath`, `SubjectMask`, `SSIM`). The weight-free
/// stand-in for VBench's background consistency, which compares features of whole frames.
/// Cannot see: the subject; background that came into view after frame 0; change of colour at equal luma. A frozen clip
/// scores 1.
public enum BackgroundDriftSSIM: ClipMetric {
  public static let name = "bg_drift_ssim"
  public static let version = 2
  public static let unit = "similarity"
  public static let better = PairedComparison.Direction.higher
  public static let orders: Set<Corruption> = [.noise]
  public static let blindTo: Set<Corruption> = [.frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    BackgroundDrift.mean(evidence, least: GaussianWindow.taps) { ($0.ssim, $0.slope($0.ssim)) }
  }
}
