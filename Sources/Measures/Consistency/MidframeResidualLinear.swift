import Frames

/// `midframe_residual_linear` ∈ [0, 1] ↑ : 1 − mean |f(2i+1) − (f(2i) + f(2i+2))/2| / 255, the mid-frame rounded half
/// up.
///
/// VBench's motion smoothness (Huang et al., CVPR 2024) with the mean of the two neighbours in place of a learned
/// interpolator, so it needs no weights and its values are not comparable. How well a cross-fade predicts each odd
/// frame: near 1 for slow motion, lower for fast motion, flicker, noise and jitter alike.
/// Cannot see: a frozen clip, which scores 1; faults that the even frames share; the last frame of a clip of even
/// length.
public enum MidframeResidualLinear: ClipMetric {
  public static let name = "midframe_residual_linear"
  public static let unit = MetricUnit.share.rawValue
  public static let better = PairedComparison.Direction.higher
  public static let orders: Set<Corruption> = [.flicker, .noise]
  public static let blindTo: Set<Corruption> = [.frozen, .blur]

  public static func measure(_ evidence: Evidence) -> Measurement {
    let frames = evidence.frames, size = frames.frameBytes
    guard frames.count >= 3 else { return .notApplicable("a mid-frame needs 3 frames; the clip has \(frames.count)") }
    let middles = (frames.count - 1) / 2
    let total = frames.pixels.withUnsafeBufferPointer { bytes in
      (0..<middles).reduce(0) { $0 + residual(bytes.baseAddress! + 2 * $1 * size, size) }
    }
    return .value(1 - Double(total) / Double(middles * size) / 255, note: "")
  }

  /// Σ |middle − (before + after + 1)/2| over three consecutive frames.
  private static func residual(_ before: UnsafePointer<UInt8>, _ size: Int) -> Int {
    let middle = before + size, after = middle + size
    var sum = 0
    // Summed in runs that 32 bits hold, so that the inner loop stays narrow.
    for start in stride(from: 0, to: size, by: 1 << 20) {
      var part: UInt32 = 0
      for i in start..<min(size, start + 1 << 20) {
        let predicted = (Int32(before[i]) &+ Int32(after[i]) &+ 1) >> 1
        part &+= UInt32(bitPattern: abs(Int32(middle[i]) &- predicted))
      }
      sum += Int(part)
    }
    return sum
  }
}
