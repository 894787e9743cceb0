import Frames

/// `chroma_flicker_d2` ≥ 0 ↓, in units of CIE L*a*b*: ¼·mean over t of ‖c(t+1) − 2·c(t) + c(t−1)‖, c = (a*, b*) of the
/// frame's mean colour.
///
/// `luma_flicker_d2` in the other two dimensions of colour. An alternation of (a*, b*) by ±A scores A; a linear drift
/// (in a*, b*) scores 0. Cannot see: luma, flicker that keeps the frame's mean colour, or a frozen clip (0).
public enum ChromaFlickerD2: ClipMetric {
  public static let name = "chroma_flicker_d2"
  public static let unit = "ΔE*ab"
  public static let better = PairedComparison.Direction.lower
  public static let blindTo: Set<Corruption> = [.blur, .noise, .flicker, .frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    let frames = evidence.frames
    guard frames.count >= 3 else {
      return .notApplicable("a second difference needs 3 frames; the clip has \(frames.count)")
    }
    let colours = LumaFlickerD2.meanColours(frames).map { colour in
      let lab = LabColour(sRGB: colour)
      return SIMD2(lab.a, lab.b)
    }
    var sum = 0.0
    for t in 1..<colours.count - 1 {
      let d = colours[t + 1] - 2 * colours[t] + colours[t - 1]
      sum += (d * d).sum().squareRoot()
    }
    return .value(sum / Double(colours.count - 2) / 4, note: "")
  }
}
