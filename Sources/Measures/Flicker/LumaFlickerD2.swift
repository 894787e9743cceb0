import Frames

/// `luma_flicker_d2` ≥ 0 ↓, in 8-bit levels: ¼·mean over t of |L(t+1) − 2·L(t) + L(t−1)|, L the frame's mean luma
/// (docs/METRICS.md, "B. Flicker").
///
/// Luma is BT.601 on full range, 0.299 R + 0.587 G + 0.114 B. A linear fade scores 0, an alternation by ±A scores A.
/// With a scene's masks L is the median over pixels that no object covers, so that an object coming into view does not
/// count as flicker. Cannot see: flicker that keeps the mean (local, chromatic), drift, or a frozen clip, which scores
/// a perfect 0.
public enum LumaFlickerD2: ClipMetric {
  public static let name = "luma_flicker_d2"
  public static let unit = "levels"
  public static let better = PairedComparison.Direction.lower
  public static let orders: Set<Corruption> = [.flicker]
  public static let blindTo: Set<Corruption> = [.blur, .noise, .frozen, .swap, .vanish, .jitter]

  public static func measure(_ evidence: Evidence) -> Measurement {
    let frames = evidence.frames
    guard frames.count >= 3 else {
      return .notApplicable("a second difference needs 3 frames; the clip has \(frames.count)")
    }
    var luma = meanColours(frames).map { 0.299 * $0.x + 0.587 * $0.y + 0.114 * $0.z }, note = ""
    if case .success = evidence.sceneOfSameSize(), let background = backgroundMedians(evidence) {
      (luma, note) = (background, "median over the background")
    }
    var sum = 0.0
    for t in 1..<(luma.count - 1) { sum += abs(luma[t + 1] - 2 * luma[t] + luma[t - 1]) }
    return .value(sum / Double(luma.count - 2) / 4, note: note)
  }

  /// Mean R, G, B of every frame, from exact integer sums.
  static func meanColours(_ frames: Frames) -> [SIMD3<Double>] {
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
        return SIMD3(Double(r), Double(g), Double(b)) / Double(pixels)
      }
    }
  }

  /// Nil when some frame shows no background.
  private static func backgroundMedians(_ evidence: Evidence) -> [Double]? {
    var medians: [Double] = []
    for t in 0..<evidence.frames.count {
      let luma = LumaPlane(evidence.frames, t), subject = SubjectMask(evidence, t)
      var values: [Float] = []
      for i in luma.values.indices where !subject.covers(i % luma.width, i / luma.width) {
        values.append(luma.values[i])
      }
      guard !values.isEmpty else { return nil }
      values.sort()
      medians.append(Double(values[values.count / 2]))
    }
    return medians
  }
}
