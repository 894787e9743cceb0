import Files
import Foundation
import TestKit
import Testing
import Worlds

@Suite struct EllipticTests {
  /// Frozen values of scipy 1.17.1, `ellipj` and `ellipk`; the script is Tests/Interop/make_elliptic.py.
  @Test func agreesWithSciPy() throws {
    let rows = try Fixture.json("elliptic/ellipj.json").items("rows")
    #expect(rows.count >= 60)
    for row in rows {
      let n = try row.numbers(), elliptic = Elliptic(modulus: n[0]), f = elliptic(n[1])
      #expect(abs(elliptic.quarterPeriod / n[2] - 1) < 1e-14)
      #expect(abs(f.sn - n[3]) < 1e-12 && abs(f.cn - n[4]) < 1e-12 && abs(f.dn - n[5]) < 1e-12, "k \(n[0]) u \(n[1])")
    }
  }

  @Test func circularWhenTheModulusIsZero() {
    let f = Elliptic(modulus: 0)(0.7)
    #expect(abs(f.sn - sin(0.7)) < 1e-15 && abs(f.cn - cos(0.7)) < 1e-15 && f.dn == 1)
    #expect(Elliptic(modulus: 0).quarterPeriod == Double.pi / 2)
  }

  /// Worked by hand: L 4, θ0 1.2, g 2.5 has a period of 8.728212 s, where small angles would give 7.947671.
  @Test func thePeriodByHand() {
    let k = sin(0.6), rate = (2.5 / 4.0).squareRoot()
    #expect(abs(4 * Elliptic(modulus: k).quarterPeriod / rate - 8.728212) < 1e-6)
  }
}
