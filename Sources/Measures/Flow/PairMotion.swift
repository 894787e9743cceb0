import Frames

/// What the metrics ask of the dense flow between a frame and the next, in both directions; kept instead of the flow.
package struct PairMotion: Sendable, Equatable {
  /// Mean length of the longest 5 % and 2 % of the forward vectors, px.
  package var longest5, longest2: Double
  /// Mean ‖F(x) + B(x + F(x))‖, px, over pixels whose goal lies in the frame; nil when none does.
  package var forwardBackward: Double?
  /// Squared colour differences along the forward flow.
  package var warp: WarpError

  /// Every consecutive pair, in order; empty for clips that are too short or too small for flow.
  package static func all(_ frames: Frames, threads: Int) -> [PairMotion] {
    let pairs = frames.count - 1
    guard pairs > 0, FlowPairs.obstacle(frames) == nil else { return [] }
    return FlowPairs.each(frames, (0..<pairs).map { ($0, $0 + 1) }, threads: threads) { t, forward, backward in
      PairMotion(
        longest5: forward.longest(0.05), longest2: forward.longest(0.02), forwardBackward: forward.cycleError(backward),
        warp: WarpError(frames, t, t + 1, forward, where: FlowOcclusion.visible(forward, backward)))
    }
  }
}
