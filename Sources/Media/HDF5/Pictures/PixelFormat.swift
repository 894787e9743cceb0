import Foundation

/// How a number stands for a byte of a pixel.
struct PixelFormat: Sendable, Equatable {
  enum Kind: Sendable { case u8, u16, half, single, double }

  let kind: Kind, isBigEndian: Bool, span: String
  /// byte = (value - black) · scale.
  private let black: Double, scale: Double

  static let bytes = PixelFormat(kind: .u8, isBigEndian: false, .eight)

  init(kind: Kind, isBigEndian: Bool, _ range: Reading.Span) {
    (self.kind, self.isBigEndian, span) = (kind, isBigEndian, range.rawValue)
    switch range {
    case .unit: (black, scale) = (0, 255)
    case .signed: (black, scale) = (-1, 127.5)
    case .eight: (black, scale) = (0, 1)
    case .sixteen: (black, scale) = (0, 255 / 65535.0)
    }
  }

  var elementBytes: Int {
    switch kind {
    case .u8: 1
    case .u16, .half: 2
    case .single: 4
    case .double: 8
    }
  }

  @inline(__always) func number(_ raw: UnsafeRawBufferPointer, _ item: Int) -> Double {
    switch kind {
    case .u8: return Double(raw[item])
    case .u16, .half:
      let stored = raw.loadUnaligned(fromByteOffset: 2 * item, as: UInt16.self)
      let bits = isBigEndian ? stored.byteSwapped : stored
      return kind == .u16 ? Double(bits) : Self.half(bits)
    case .single:
      let bits = raw.loadUnaligned(fromByteOffset: 4 * item, as: UInt32.self)
      return Double(Float(bitPattern: isBigEndian ? bits.byteSwapped : bits))
    case .double:
      let bits = raw.loadUnaligned(fromByteOffset: 8 * item, as: UInt64.self)
      return Double(bitPattern: isBigEndian ? bits.byteSwapped : bits)
    }
  }

  /// IEEE 754 binary16.
  private static func half(_ bits: UInt16) -> Double {
    let sign = bits >> 15 == 1 ? -1.0 : 1.0, exponent = Int(bits >> 10 & 31), rest = Double(bits & 1023)
    if exponent == 31 { return rest == 0 ? sign * .infinity : .nan }
    return exponent == 0 ? sign * rest / 1024 / 16384 : sign * (1 + rest / 1024) * pow(2, Double(exponent - 15))
  }

  /// Nil for what is no number or lies outside of the range.
  @inline(__always) func byte(_ raw: UnsafeRawBufferPointer, _ item: Int) -> UInt8? {
    // The nearest whole number, without a call: what is left is not below zero.
    let value = (number(raw, item) - black) * scale
    guard value > -1.5, value < 256.5 else { return nil }
    return UInt8(min(255, max(0, Int(value + 1.5) - 1)))
  }
}
