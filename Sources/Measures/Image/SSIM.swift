/// `ssim` ∈ [−1, 1] ↑ : structural similarity of luma to a reference clip, frame by frame, averaged over windows and
/// then over frames.
///
/// SSIM = (2μₐμᵦ + C₁)(2σₐᵦ + C₂) / ((μₐ² + μᵦ² + C₁)(σₐ² + σᵦ² + C₂)), C₁ = (0.01·255)², C₂ = (0.03·255)², with
/// moments under an 11×11 Gaussian window of σ 1.5 and population covariance, over windows wholly inside the frame
/// (Wang, Bovik, Sheikh & Simoncelli, IEEE TIP 13(4), 2004, eq. 13). Needs sides of at least 11 pixels. No downsampling
/// at any size. Cannot see: colour, anything in time (a reference shifted by one frame scores as a spatial error), or
/// large uniform shifts of luma in bright regions, to which it is nearly blind.
public enum SSIM: ClipMetric {
  public static let name = "ssim"
  public static let unit = "similarity"
  public static let better = PairedComparison.Direction.higher
  public static let needs: Set<EvidenceKind> = [.reference]
  public static let orders: Set<Corruption> = [.blur, .noise, .jitter]

  public static func measure(_ evidence: Evidence) -> Measurement {
    Paired.mean(evidence, least: GaussianWindow.taps) { a, b in moments(a, b).ssim }
  }

  /// Mean similarity of two planes of one size, [−1, 1]; identical planes give exactly 1.
  /// - Parameter mask: `[H·W]`; only windows whose 121 pixels are all set count. Nil takes every window.
  /// - Returns: nil when no window counts: a side under 11 pixels, or too little of the mask.
  public static func mean(_ a: LumaPlane, _ b: LumaPlane, mask: [Bool]? = nil) -> Double? {
    guard min(a.width, a.height) >= GaussianWindow.taps else { return nil }
    guard let mask else { return moments(a, b).ssim }
    return masked(a, b, mask)
  }

  static let c1: Float = 6.5025, c2: Float = 58.5225

  /// Means over all windows of the whole index and of its contrast-structure factor alone, which coarser scales use.
  static func moments(_ a: LumaPlane, _ b: LumaPlane) -> (ssim: Double, contrast: Double) {
    var ssim = SIMD4<Double>.zero, contrast = SIMD4<Double>.zero
    StructureRows.visit(a, b) { _, whole, structure in
      var x = 0
      while x + 4 <= whole.count {
        ssim += SIMD4<Double>(UnsafeRawPointer(whole.baseAddress! + x).loadUnaligned(as: SIMD4<Float>.self))
        contrast += SIMD4<Double>(UnsafeRawPointer(structure.baseAddress! + x).loadUnaligned(as: SIMD4<Float>.self))
        x += 4
      }
      while x < whole.count {
        ssim[0] += Double(whole[x])
        contrast[0] += Double(structure[x])
        x += 1
      }
    }
    let windows = Double((a.width - 2 * GaussianWindow.radius) * (a.height - 2 * GaussianWindow.radius))
    return (ssim.sum() / windows, contrast.sum() / windows)
  }

  private static func masked(_ a: LumaPlane, _ b: LumaPlane, _ mask: [Bool]) -> Double? {
    precondition(mask.count == a.values.count, "a mask of \(mask.count) for \(a.values.count) pixels")
    // Set pixels of the eleven rows in use, column by column: all eleven, eleven columns running, is a whole window.
    var sum = 0.0, windows = 0, column = [Int](repeating: 0, count: a.width)
    for y in 0..<GaussianWindow.taps - 1 { for x in 0..<a.width where mask[y * a.width + x] { column[x] += 1 } }
    StructureRows.visit(a, b) { y, whole, _ in
      for x in 0..<a.width where mask[(y + GaussianWindow.taps - 1) * a.width + x] { column[x] += 1 }
      var run = 0
      for x in 0..<a.width {
        run = column[x] == GaussianWindow.taps ? run + 1 : 0
        if run >= GaussianWindow.taps {
          sum += Double(whole[x - GaussianWindow.taps + 1])
          windows += 1
        }
      }
      for x in 0..<a.width where mask[y * a.width + x] { column[x] -= 1 }
    }
    return windows > 0 ? sum / Double(windows) : nil
  }
}
