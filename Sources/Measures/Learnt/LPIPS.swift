import Frames

/// `lpips` ≥ 0 ↓ : LPIPS 0.1 on AlexNet against a reference clip, mean over frames (Zhang et al., CVPR 2018). Needs
/// weights, which the caller brings.
///
/// Cannot see: anything in time; what classes of ImageNet do not depend on, such as text or the exact place of a thing.
/// Depends on the size of the pictures: numbers of two resolutions do not compare.
public enum LPIPS: ClipMetric {
  public static let name = "lpips"
  public static let unit = "LPIPS"
  public static let better = PairedComparison.Direction.lower
  public static let needs: Set<EvidenceKind> = [.reference]

  public static func measure(_ evidence: Evidence) -> Measurement { LearntPairs.measure(.alexnet, evidence) }
}

/// `lpips_vgg` ≥ 0 ↓ : the same on VGG16, some four times the work. Not on the scale of `lpips`.
public enum LPIPSVGG: ClipMetric {
  public static let name = "lpips_vgg"
  public static let unit = "LPIPS"
  public static let better = PairedComparison.Direction.lower
  public static let needs: Set<EvidenceKind> = [.reference]

  public static func measure(_ evidence: Evidence) -> Measurement { LearntPairs.measure(.vgg16, evidence) }
}

/// What both share.
public enum LearntPairs {
  /// What a number of this metric depends on beside the clip; empty for metrics without weights.
  public static func conditions(_ metric: String, _ learnt: (any LearntFeatures)?) -> [MetricProtocol.Condition] {
    if metric == AppearanceViT.name { return learnt?.transformerHash.map { [.init("weights", $0)] } ?? [] }
    let trunk: PerceptualTrunk? = metric == LPIPS.name ? .alexnet : metric == LPIPSVGG.name ? .vgg16 : nil
    return trunk.flatMap { learnt?.weightsHash($0) }.map { [.init("weights", $0)] } ?? []
  }

  /// Every frame's distance, or why there is none.
  public static func values(_ trunk: PerceptualTrunk, _ evidence: Evidence) -> Result<[Double], LearntObstacle> {
    if let obstacle = Paired.obstacle(evidence) { return .failure(LearntObstacle(obstacle)) }
    guard let learnt = evidence.learnt, let reference = evidence.reference else {
      return .failure(.missing("LPIPS", recipe: "lpips"))
    }
    return learnt.distances(trunk, evidence.frames, reference: reference)
  }

  static func measure(_ trunk: PerceptualTrunk, _ evidence: Evidence) -> Measurement {
    switch values(trunk, evidence) {
    case .success(let values): .value(values.reduce(0, +) / Double(max(1, values.count)), note: "")
    case .failure(let obstacle): .notApplicable(obstacle.reason)
    }
  }
}
