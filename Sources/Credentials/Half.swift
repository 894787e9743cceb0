/// IEEE 754 binary16, which CBOR uses and Swift lacks on this platform.
enum Half {
  static func value(_ bits: UInt16) -> Double {
    let sign: Double = bits & 0x8000 == 0 ? 1 : -1, exponent = Int(bits >> 10 & 0x1F), fraction = Double(bits & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
    }
  }

  /// The half that is exactly `d`; nil when there is none.
  static func bits(_ d: Double) -> UInt16? {
    let sign: UInt16 = d.sign == .minus ? 0x8000 : 0
    if d.isInfinite { return sign | 0x7C00 }
    if d == 0 { return sign }
    guard d.isFinite, d.exponent >= -24, d.exponent <= 15 else { return nil }
    let bits: UInt16
    if d.exponent < -14 {
      let scaled = d.magnitude * 0x1p24
      guard scaled == scaled.rounded() else { return nil }
      bits = UInt16(scaled)
    } else {
      let fraction = (d.magnitude.significand - 1) * 1024
      guard fraction == fraction.rounded() else { return nil }
      bits = UInt16(d.exponent + 15) << 10 | UInt16(fraction)
    }
    return sign | bits
  }
}
