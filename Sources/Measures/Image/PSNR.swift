import Foundation
import Frames

/// `psnr` dB ↑ : 10·log₁₀(255² / MSE) against a reference clip, MSE over a frame's pixels and channels; mean over
/// frames.
///
/// A frame that equals its reference has no finite ratio and counts as 100 dB, which is also the most a frame can
/// score. Cannot see: structure (a shift by one pixel costs more than a blur that hides detail), or anything in time.
public enum PSNR: ClipMetric {
  public static let name = "psnr"
  public static let unit = "dB"
  public static let better = PairedComparison.Direction.higher
  public static let needs: Set<EvidenceKind> = [.reference]
  public static let orders: Set<Corruption> = [.blur, .noise, .flicker, .jitter]
  /// Score of identical frames.
  public static let cap = 100.0

  public static func measure(_ evidence: Evidence) -> Measurement {
    if let obstacle = Paired.obstacle(evidence) { return .notApplicable(obstacle) }
    let clip = evidence.frames, reference = evidence.reference!
    var sum = 0.0, identical = 0
    for t in 0..<clip.count {
      let error = meanSquaredError(clip, reference, frame: t)
      if error == 0 { identical += 1 }
      sum += decibels(error)
    }
    return .value(
      sum / Double(clip.count),
      note: identical > 0 ? "\(identical) of \(clip.count) frames equal their reference and count as 100 dB" : "")
  }

  /// Mean of squared differences on 0…255, from exact integer sums.
  static func meanSquaredError(_ a: Frames, _ b: Frames, frame t: Int) -> Double {
    let size = a.frameBytes
    return a.pixels.withUnsafeBufferPointer { a in
      b.pixels.withUnsafeBufferPointer { b in
        let x = a.baseAddress! + t * size, y = b.baseAddress! + t * size
        var sum = 0
        // A 32-bit sum of at most 65,536 squares of 8-bit differences cannot overflow, and adds eight at a time.
        for start in stride(from: 0, to: size, by: 65_536) {
          var part: UInt32 = 0
          for i in start..<min(size, start + 65_536) {
            let d = Int32(x[i]) &- Int32(y[i])
            part &+= UInt32(bitPattern: d &* d)
          }
          sum += Int(part)
        }
        return Double(sum) / Double(size)
      }
    }
  }

  /// - Parameter error: mean squared error on 0…255.
  public static func decibels(_ error: Double) -> Double { error > 0 ? min(cap, 10 * log10(255 * 255 / error)) : cap }
}
