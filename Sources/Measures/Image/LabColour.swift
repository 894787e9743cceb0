import Foundation

/// CIE L*a*b* (D65, 2°) and the CIEDE2000 colour difference.
public struct LabColour: Sendable, Equatable {
  public var l, a, b: Double

  public init(l: Double, a: Double, b: Double) { (self.l, self.a, self.b) = (l, a, b) }

  /// From sRGB on 0…255 (IEC 61966-2-1); fractions are kept, so means of pixels may be given.
  public init(sRGB colour: SIMD3<Double>) {
    func linear(_ v: Double) -> Double {
      let c = min(max(v / 255, 0), 1)
      return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4)
    }
    func f(_ t: Double) -> Double { t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116 }
    let r = linear(colour.x), g = linear(colour.y), b = linear(colour.z)
    let x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
    let y = f(0.2126729 * r + 0.7151522 * g + 0.0721750 * b)
    let z = f((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883)
    self.init(l: 116 * y - 16, a: 500 * (x - y), b: 200 * (y - z))
  }

  /// ΔE2000 ≥ 0; about 1 is just noticeable, 20 is another colour.
  /// Sharma, Wu & Dalal, "The CIEDE2000 color-difference formula", Color Research & Application 30(1), 2005.
  public func difference(to other: LabColour) -> Double {
    let mean7 = pow((hypot(a, b) + hypot(other.a, other.b)) / 2, 7)
    let g = 0.5 * (1 - (mean7 / (mean7 + 6_103_515_625)).squareRoot())  // 25⁷
    let a1 = (1 + g) * a, a2 = (1 + g) * other.a
    let c1 = hypot(a1, b), c2 = hypot(a2, other.b)
    let h1 = Self.hue(a1, b), h2 = Self.hue(a2, other.b)
    let grey = c1 * c2 == 0
    var dh = grey ? 0 : h2 - h1
    if dh > 180 { dh -= 360 } else if dh < -180 { dh += 360 }
    let dL = other.l - l, dC = c2 - c1, dH = 2 * (c1 * c2).squareRoot() * Self.sine(dh / 2)
    let mL = (l + other.l) / 2, mC = (c1 + c2) / 2
    var mH = h1 + h2
    if !grey { mH = abs(h1 - h2) <= 180 ? mH / 2 : mH < 360 ? (mH + 360) / 2 : (mH - 360) / 2 }
    let t =
      1 - 0.17 * Self.sine(mH + 60) + 0.24 * Self.sine(2 * mH + 90) + 0.32 * Self.sine(3 * mH + 96) - 0.20
      * Self.sine(4 * mH + 27)
    let sL = 1 + 0.015 * (mL - 50) * (mL - 50) / (20 + (mL - 50) * (mL - 50)).squareRoot()
    let sC = 1 + 0.045 * mC, sH = 1 + 0.015 * mC * t
    let mC7 = pow(mC, 7), turn = 30 * exp(-((mH - 275) / 25) * ((mH - 275) / 25))
    let rT = -2 * (mC7 / (mC7 + 6_103_515_625)).squareRoot() * Self.sine(2 * turn)
    let u = dL / sL, v = dC / sC, w = dH / sH
    return max(0, u * u + v * v + w * w + rT * v * w).squareRoot()
  }

  private static func sine(_ degrees: Double) -> Double { sin(degrees * .pi / 180) }

  private static func hue(_ a: Double, _ b: Double) -> Double {
    guard a != 0 || b != 0 else { return 0 }
    let degrees = atan2(b, a) * 180 / .pi
    return degrees < 0 ? degrees + 360 : degrees
  }
}

/// ΔE2000 between a mean of pixels and an 8-bit sRGB colour.
func colourDifference(_ mean: SIMD3<Double>, _ colour: SIMD3<UInt8>) -> Double {
  LabColour(sRGB: mean).difference(
    to: LabColour(sRGB: SIMD3<Double>(Double(colour.x), Double(colour.y), Double(colour.z))))
}
