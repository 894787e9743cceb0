import Frames

/// `vbench_temporal_flickering` ∈ [0, 1] ↑ : (255 − mean over t, pixels, channels of |f(t) − f(t+1)|)/255, at native
/// size.
///
/// VBench 1.0 (Huang et al., CVPR 2024), raw and not normalised by its constants. It is a plain frame difference, so
/// motion counts as flicker: VBench itself only scores clips that pass a static filter. A clip that
/// moves by ours (`static_gate_dis`) is not judged: reports show "n/a (moving)".
/// Cannot see: anything in a frozen clip, which scores 1; whether a difference is flicker or movement.
public enum VBenchTemporalFlickering: ClipMetric {
  public static let name = "vbench_temporal_flickering"
  public static let version = 2
  public static let unit = MetricUnit.share.rawValue
  public static let better = PairedComparison.Direction.higher
  public static let orders: Set<Corruption> = [.flicker, .noise]
  public static let blindTo: Set<Corruption> = [.blur, .frozen, .swap, .vanish]

  public static func measure(_ evidence: Evidence) -> Measurement {
    guard evidence.frames.count >= 2 else {
      return .notApplicable("a frame difference needs 2 frames; the clip has \(evidence.frames.count)")
    }
    let value = value(evidence.frames)
    return switch evidence.staticGate {
    case .still: .value(value, note: "static")
    case .moving: .notJudged(value, .moving)
    case .unknown(let reason): .value(value, note: "static gate not run: \(reason)")
    }
  }

  /// The value alone, of at least 2 frames, without the gate.
  public static func value(_ frames: Frames) -> Double {
    let size = frames.frameBytes, count = (frames.count - 1) * size
    let total = frames.pixels.withUnsafeBytes { bytes in
      let p = bytes.baseAddress!
      var total = 0, i = 0
      // 16 differences at a time into 16-bit sums, which 257 of them cannot overflow.
      while i + 16 <= count {
        var low = SIMD8<UInt16>.zero, high = SIMD8<UInt16>.zero
        for _ in 0..<min(257, (count - i) / 16) {
          let a = p.loadUnaligned(fromByteOffset: i, as: SIMD16<UInt8>.self),
            b = p.loadUnaligned(fromByteOffset: i + size, as: SIMD16<UInt8>.self)
          let d = pointwiseMax(a, b) &- pointwiseMin(a, b)
          low &+= SIMD8<UInt16>(truncatingIfNeeded: d.lowHalf)
          high &+= SIMD8<UInt16>(truncatingIfNeeded: d.highHalf)
          i += 16
        }
        for lane in 0..<8 { total += Int(low[lane]) + Int(high[lane]) }
      }
      while i < count {
        total += abs(Int(bytes[i]) - Int(bytes[i + size]))
        i += 1
      }
      return total
    }
    return (255 - Double(total) / Double(count)) / 255
  }
}
