import Frames

/// `dynamic_degree_dis` ∈ {0, 1}: whether a clip moves; over clips, the share that does.
///
/// VBench's rule (Huang et al., CVPR 2024) on our flow: every max(1, round(fps/8))-th frame is kept; a pair of kept
/// frames moves when the mean of its longest 5 % vectors exceeds 6·min(H, W)/256 px; the clip moves when at least
/// round(4·n/16) of n − 1 pairs do. Not a quality, though VBench counts it as one: shaking, flicker of content and an
/// orbit about a still scene all count as motion. Cannot see: slow motion, or small objects, whose vectors are under 5
/// % of the picture.
public enum DynamicDegree: ClipMetric {
  public static let name = "dynamic_degree_dis"
  public static let unit = MetricUnit.share.rawValue
  public static let better = PairedComparison.Direction.higher
  public static let blindTo: Set<Corruption> = [.blur, .noise, .flicker, .swap]

  public static func measure(_ evidence: Evidence) -> Measurement {
    let frames = evidence.frames
    if let obstacle = FlowPairs.obstacle(frames) { return .notApplicable(obstacle) }
    let every = max(1, Int((frames.fps.perSecond / 8).rounded(.toNearestOrEven)))
    let kept = Array(stride(from: 0, to: frames.count, by: every))
    guard kept.count >= 2 else { return .notApplicable("at 8 frames a second one frame is left of \(frames.count)") }
    let lengths =
      every == 1
      ? evidence.pairMotions.map(\.longest5)
      : FlowPairs.each(frames, zip(kept, kept.dropFirst()).map { ($0, $1) }, threads: evidence.threads) {
        _, forward, _ in forward.longest(0.05)
      }
    let threshold = 6 * Double(min(frames.width, frames.height)) / 256,
      needed = Int((4 * Double(kept.count) / 16).rounded(.toNearestOrEven))
    let moving = lengths.count { $0 > threshold }
    return .value(moving >= needed ? 1 : 0, note: "\(moving) of \(lengths.count) pairs move, \(needed) needed")
  }
}
