import Media

/// `luma_flicker_d2` ≥ 0 ↓, in 8-bit levels: ¼·mean over t of |L(t+1) − 2·L(t) + L(t−1)|, L the frame's mean luma (METRICS §4).
///
/// Luma is BT.601 on full range, 0.299 R + 0.587 G + 0.114 B. A linear fade scores 0, an alternation by ±A scores A.
/// Cannot see: flicker that keeps the mean (local, chromatic), drift, or a frozen clip, which scores a perfect 0.
public enum LumaFlickerD2: ClipMetric {
  public static let name = "luma_flicker_d2"
  public static let unit = "levels"
  public static let better = PairedComparison.Direction.lower

  public static func measure(_ evidence: Evidence) -> Measurement {
    let frames = evidence.frames
    guard frames.count >= 3 else { return .notApplicable("a second difference needs 3 frames; the clip has \(frames.count)") }
    let luma = means(frames)
    var sum = 0.0
    for t in 1..<(luma.count - 1) { sum += abs(luma[t + 1] - 2 * luma[t] + luma[t - 1]) }
    return .value(sum / Double(luma.count - 2) / 4, note: "")
  }

  /// Mean luma of every frame, from exact integer sums.
  static func means(_ frames: Frames) -> [Double] {
    let pixels = frames.height * frames.width
    return frames.pixels.withUnsafeBufferPointer { bytes in
      (0..<frames.count).map { t in
        var r = 0, g = 0, b = 0
        let start = t * frames.frameBytes
        for p in 0..<pixels {
          r &+= Int(bytes[start + 3 * p])
          g &+= Int(bytes[start + 3 * p + 1])
          b &+= Int(bytes[start + 3 * p + 2])
        }
        return (0.299 * Double(r) + 0.587 * Double(g) + 0.114 * Double(b)) / Double(pixels)
      }
    }
  }
}
