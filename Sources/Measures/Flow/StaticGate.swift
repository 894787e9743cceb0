import Frames

/// `static_gate_dis` ∈ {0, 1}: 1 when a clip passes for one without motion, so that a difference between frames is
/// flicker.
///
/// VBench's static filter on our flow: a pair moves when the mean of its longest 2 % vectors exceeds 3·min(H, W)/256
/// px. The clip is static when at most c = round(2·n/16) consecutive pairs of its n frames move, and first to last and
/// last to first stay within 2·c thresholds. Under 5 frames c is 0, and only a clip whose ends show no motion at all
/// passes. A gate, not a quality. Cannot see: motion slower than the threshold, or under 2 % of the picture.
public enum StaticGate: ClipMetric {
  public static let name = "static_gate_dis"
  public static let unit = MetricUnit.share.rawValue
  public static let better = PairedComparison.Direction.higher
  public static let blindTo: Set<Corruption> = [.blur, .noise, .flicker, .frozen, .swap, .vanish]

  /// Whether a clip moves, and by what that was told.
  enum Motion: Sendable, Equatable { case still(String), moving(String), unknown(String) }

  public static func measure(_ evidence: Evidence) -> Measurement {
    switch evidence.staticGate {
    case .still(let note): .value(1, note: note)
    case .moving(let note): .value(0, note: note)
    case .unknown(let reason): .notApplicable(reason)
    }
  }

  static func motion(_ evidence: Evidence) -> Motion {
    let frames = evidence.frames
    if let obstacle = FlowPairs.obstacle(frames) { return .unknown(obstacle) }
    let threshold = 3 * Double(min(frames.width, frames.height)) / 256,
      allowed = Int((2 * Double(frames.count) / 16).rounded(.toNearestOrEven))
    let moving = evidence.pairMotions.count { $0.longest2 > threshold }
    let note = "\(moving) of \(frames.count - 1) pairs move, \(allowed) allowed"
    guard moving <= allowed else { return .moving(note) }
    let ends = FlowPairs.each(frames, [(0, frames.count - 1)], threads: 1) { _, forward, backward in
      max(forward.longest(0.02), backward.longest(0.02))
    }[0]
    let reach = threshold * Double(allowed) * 2
    return ends <= reach
      ? .still(note)
      : .moving("the last frame is \(Estimate.short(ends)) px from the first, \(Estimate.short(reach)) allowed")
  }
}
