/// A projective map of the picture plane, row-major 3×3, in pixel coordinates: (0, 0) is the first pixel's centre, x
/// right, y down.
public struct Homography: Sendable, Equatable {
  public var m: [Double]

  public init(_ m: [Double]) {
    precondition(m.count == 9)
    self.m = m
  }

  public static let identity = Homography([1, 0, 0, 0, 1, 0, 0, 0, 1])

  public func callAsFunction(_ p: SIMD2<Double>) -> SIMD2<Double> {
    let w = m[6] * p.x + m[7] * p.y + m[8]
    return SIMD2((m[0] * p.x + m[1] * p.y + m[2]) / w, (m[3] * p.x + m[4] * p.y + m[5]) / w)
  }

  /// First `inner`, then this.
  public func after(_ inner: Homography) -> Homography {
    var out = [Double](repeating: 0, count: 9)
    for i in 0..<3 { for j in 0..<3 { for k in 0..<3 { out[3 * i + j] += m[3 * i + k] * inner.m[3 * k + j] } } }
    return Homography(out.map { $0 / out[8] })
  }
}
