import Frames

/// `sharpness_ratio` > 0, 1 is right: mean squared Laplacian of luma over that of the reference clip.
///
/// The guard beside every warping error: a blurred clip falls well under 1, a noisy one rises above. Direction says
/// higher because what it guards against is blur.
/// Cannot see: anything in time, or detail in the wrong place.
public enum SharpnessRatio: ClipMetric {
  public static let name = "sharpness_ratio"
  public static let unit = "ratio"
  public static let better = PairedComparison.Direction.higher
  public static let needs: Set<EvidenceKind> = [.reference]
  public static let orders: Set<Corruption> = [.blur]
  public static let blindTo: Set<Corruption> = [.noise, .frozen, .flicker]

  public static func measure(_ evidence: Evidence) -> Measurement {
    if let obstacle = Paired.obstacle(evidence) { return .notApplicable(obstacle) }
    guard min(evidence.frames.width, evidence.frames.height) >= 3 else {
      return .notApplicable("a Laplacian needs sides of 3 pixels")
    }
    let reference = sharpness(evidence.reference!)
    guard reference > 0 else { return .notApplicable("the reference is flat") }
    return .value(sharpness(evidence.frames) / reference, note: "")
  }

  /// Mean over inner pixels and frames of (4·Y − Y left − Y right − Y above − Y below)².
  static func sharpness(_ frames: Frames) -> Double {
    let w = frames.width, h = frames.height
    var total = 0.0
    for t in 0..<frames.count {
      let luma = LumaPlane(frames, t).values
      for y in 1..<h - 1 {
        var row: Float = 0
        for x in 1..<w - 1 {
          let i = y * w + x, d = 4 * luma[i] - luma[i - 1] - luma[i + 1] - luma[i - w] - luma[i + w]
          row += d * d
        }
        total += Double(row)
      }
    }
    return total / Double(frames.count * (w - 2) * (h - 2))
  }
}
