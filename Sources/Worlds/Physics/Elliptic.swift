import Foundation

/// Jacobi's elliptic functions and the complete integral of the first kind, by the arithmetic–geometric mean
/// (Abramowitz & Stegun, Handbook of Mathematical Functions, 16.4 and 17.6). The modulus is k, 0 ≤ k < 1, not m = k².
public struct Elliptic: Sendable {
  public let modulus: Double
  /// K(k): a quarter of the functions' period.
  public let quarterPeriod: Double
  private let a: [Double], c: [Double]

  public init(modulus k: Double) {
    precondition(k >= 0 && k < 1, "a modulus of \(k)")
    modulus = k
    var a = [1.0], b = (1 - k * k).squareRoot(), c = [k]
    while abs(c[c.count - 1]) > 1e-17, a.count < 16 {
      let last = a[a.count - 1]
      a.append((last + b) / 2)
      c.append((last - b) / 2)
      b = (last * b).squareRoot()
    }
    (self.a, self.c) = (a, c)
    quarterPeriod = Double.pi / (2 * a[a.count - 1])
  }

  /// sn u, cn u, dn u.
  public func callAsFunction(_ u: Double) -> (sn: Double, cn: Double, dn: Double) {
    let n = a.count - 1
    var phi = Double(1 << n) * a[n] * u
    for i in stride(from: n, to: 0, by: -1) { phi = (phi + asin(c[i] / a[i] * sin(phi))) / 2 }
    let sn = sin(phi)
    return (sn, cos(phi), (1 - modulus * modulus * sn * sn).squareRoot())
  }
}
