import Frames

/// `midframe_residual_flow` ∈ [0, 1] ↑ : (255 − mean |frame 2i+1 − its prediction from frames 2i and 2i+2|)/255 over
/// pixels and channels.
///
/// VBench's motion smoothness (Huang et al., CVPR 2024) with our flow in place of the AMT network: motion is taken for
/// uniform over the two steps, the flow from the middle outwards is (B − F)/4 and (F − B)/4 (Jiang et al., Super SloMo,
/// CVPR 2018, eq. 4 at t = ½), both ends are sampled along it, averaged and rounded to 8 bits.
/// Cannot see: a frozen or slowly fading clip, which scores 1; changes that last longer than two frames. Blur raises
/// it.
public enum MidframeResidualFlow: ClipMetric {
  public static let name = "midframe_residual_flow"
  public static let unit = MetricUnit.share.rawValue
  public static let better = PairedComparison.Direction.higher
  public static let orders: Set<Corruption> = [.noise, .flicker, .jitter]
  public static let blindTo: Set<Corruption> = [.blur, .frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    let frames = evidence.frames
    guard frames.count >= 3 else {
      return .notApplicable("a middle frame needs 3 frames; the clip has \(frames.count)")
    }
    if let obstacle = FlowPairs.obstacle(frames) { return .notApplicable(obstacle) }
    let starts = stride(from: 0, to: frames.count - 2, by: 2).map { ($0, $0 + 2) }
    let residuals = FlowPairs.each(frames, starts, threads: evidence.threads) { t, forward, backward in
      residual(frames, t, forward, backward)
    }
    return .value((255 - residuals.reduce(0, +) / Double(residuals.count)) / 255, note: "")
  }

  /// Mean absolute difference in levels between frame t + 1 and what frames t and t + 2 predict.
  private static func residual(_ frames: Frames, _ t: Int, _ forward: FlowField, _ backward: FlowField) -> Double {
    let w = frames.width, h = frames.height
    return frames.pixels.withUnsafeBufferPointer { bytes in
      let first = bytes.baseAddress! + t * frames.frameBytes, middle = first + frames.frameBytes,
        last = middle + frames.frameBytes
      var sum = 0
      for y in 0..<h {
        for x in 0..<w {
          let i = y * w + x, du = (forward.u[i] - backward.u[i]) / 4, dv = (forward.v[i] - backward.v[i]) / 4
          func clamped(_ sx: Float, _ sy: Float) -> BilinearPlace {
            BilinearPlace(min(max(sx, 0), Float(w - 1)), min(max(sy, 0), Float(h - 1)), w, h)!
          }
          let a = clamped(Float(x) - du, Float(y) - dv), b = clamped(Float(x) + du, Float(y) + dv)
          for c in 0..<3 {
            let predicted = ((a.mix(first, c) + b.mix(last, c)) / 2).rounded()
            sum += abs(Int(middle[3 * i + c]) - Int(predicted))
          }
        }
      }
      return Double(sum) / Double(3 * w * h)
    }
  }
}
