import Media

/// `vbench_temporal_flickering` ∈ [0, 1] ↑ : (255 − mean over t, pixels, channels of |f(t) − f(t+1)|)/255, at native size.
///
/// VBench 1.0 (Huang et al., CVPR 2024), raw and not normalised by its constants. It is a plain frame difference, so motion
/// counts as flicker: VBench itself only scores clips that pass a static filter. That filter needs dense flow, which is not
/// here yet, so the note leaves the question open.
/// Cannot see: anything in a frozen clip, which scores 1; whether a difference is flicker or movement.
public enum VBenchTemporalFlickering: ClipMetric {
  public static let name = "vbench_temporal_flickering"
  public static let unit = "share"
  public static let better = PairedComparison.Direction.higher
  static let note = "static gate not run: motion counts as flicker"

  public static func measure(_ evidence: Evidence) -> Measurement {
    let frames = evidence.frames
    guard frames.count >= 2 else { return .notApplicable("a frame difference needs 2 frames; the clip has \(frames.count)") }
    let size = frames.frameBytes
    let total = frames.pixels.withUnsafeBufferPointer { bytes in
      var total = 0
      for i in 0..<(frames.count - 1) * size { total &+= abs(Int(bytes[i]) &- Int(bytes[i + size])) }
      return total
    }
    let mean = Double(total) / Double((frames.count - 1) * size)
    return .value((255 - mean) / 255, note: note)
  }
}
