import Frames

/// `appearance_consistency_vit` ∈ [−1, 1] ↑ : mean over t ≥ 1 of ½[cos(d(t−1), d(t)) + cos(d(0), d(t))], d the class token
/// of a vision transformer on the whole frame. VBench's subject consistency (Huang et al., CVPR 2024) in form, on the
/// network whose weights the user brings.
///
/// Cannot see: a frozen clip, which scores 1. A moving camera or subject lowers it though nothing is wrong.
public enum AppearanceViT: ClipMetric {
  public static let name = "appearance_consistency_vit"
  public static let unit = "similarity"
  public static let better = PairedComparison.Direction.higher
  public static let blindTo: Set<Corruption> = [.frozen]

  public static func measure(_ evidence: Evidence) -> Measurement {
    let frames = evidence.frames
    guard frames.count >= 2 else { return .notApplicable("consistency needs 2 frames; the clip has \(frames.count)") }
    guard let learnt = evidence.learnt else { return .notApplicable(LearntObstacle.noTransformer.reason) }
    switch learnt.appearance(frames) {
    case .failure(let obstacle): return .notApplicable(obstacle.reason)
    case .success(let tokens):
      let scores = tokens.indices.dropFirst().map {
        0.5 * (cosine(tokens[$0 - 1], tokens[$0]) + cosine(tokens[0], tokens[$0]))
      }
      return .value(scores.reduce(0, +) / Double(scores.count), note: "")
    }
  }

  private static func cosine(_ a: [Float], _ b: [Float]) -> Double {
    func product(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
    let lengths = (product(a, a) * product(b, b)).squareRoot()
    return lengths > 0 ? product(a, b) / lengths : 0
  }
}
