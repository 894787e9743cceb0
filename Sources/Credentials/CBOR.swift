/// A CBOR data item (RFC 8949): what claims, assertions and COSE messages are written in.
public indirect enum CBOR: Sendable, Equatable {
  /// Major type 0.
  case unsigned(UInt64)
  /// Major type 1: the number −1 − n.
  case negative(UInt64)
  case bytes([UInt8])
  case text(String)
  case array([CBOR])
  /// Pairs in the order read; `encoded` sorts them.
  case map([Pair])
  case tagged(UInt64, CBOR)
  /// False is 20, true 21, null 22, undefined 23.
  case simple(UInt8)
  case float(Double)

  public struct Pair: Sendable, Equatable {
    public let key: CBOR
    public let value: CBOR
    public init(_ key: CBOR, _ value: CBOR) { (self.key, self.value) = (key, value) }
  }

  public static let null = CBOR.simple(22)
  public static func bool(_ value: Bool) -> CBOR { .simple(value ? 21 : 20) }
  public static func integer(_ value: Int) -> CBOR {
    value < 0 ? .negative(UInt64(-1 - value)) : .unsigned(UInt64(value))
  }

  public subscript(key: String) -> CBOR? { self[.text(key)] }
  public subscript(key: CBOR) -> CBOR? {
    guard case .map(let pairs) = self else { return nil }
    return pairs.first { $0.key == key }?.value
  }

  public var text: String? { if case .text(let s) = self { s } else { nil } }
  public var bytes: [UInt8]? { if case .bytes(let b) = self { b } else { nil } }
  public var array: [CBOR]? { if case .array(let a) = self { a } else { nil } }
  public var pairs: [Pair]? { if case .map(let m) = self { m } else { nil } }
  /// The integer, when it is one and fits.
  public var integer: Int? {
    switch self {
    case .unsigned(let n): Int(exactly: n)
    case .negative(let n): Int(exactly: n).map { -1 - $0 }
    default: nil
    }
  }

  /// Core deterministic encoding (RFC 8949 §4.2.1): shortest heads and floats, definite lengths, keys sorted by their
  /// bytes.
  public var encoded: [UInt8] {
    var out: [UInt8] = []
    write(into: &out)
    return out
  }

  private func write(into out: inout [UInt8]) {
    switch self {
    case .unsigned(let n): Self.head(0, n, into: &out)
    case .negative(let n): Self.head(1, n, into: &out)
    case .bytes(let b): Self.head(2, UInt64(b.count), into: &out); out += b
    case .text(let s): Self.head(3, UInt64(s.utf8.count), into: &out); out += s.utf8
    case .array(let items):
      Self.head(4, UInt64(items.count), into: &out)
      for item in items { item.write(into: &out) }
    case .map(let pairs):
      Self.head(5, UInt64(pairs.count), into: &out)
      for (key, value) in pairs.map({ ($0.key.encoded, $0.value) }).sorted(by: { $0.0.lexicographicallyPrecedes($1.0) })
      {
        out += key
        value.write(into: &out)
      }
    case .tagged(let tag, let item): Self.head(6, tag, into: &out); item.write(into: &out)
    case .simple(let n): if n < 24 { out.append(0xE0 | n) } else { out += [0xF8, n] }
    case .float(let d): Self.float(d, into: &out)
    }
  }

  private static func head(_ major: UInt8, _ n: UInt64, into out: inout [UInt8]) {
    let top = major << 5
    switch n {
    case 0..<24: out.append(top | UInt8(n))
    case 24...0xFF: out += [top | 24, UInt8(n)]
    case 0x100...0xFFFF: out.append(top | 25); big(n, 2, into: &out)
    case 0x1_0000...0xFFFF_FFFF: out.append(top | 26); big(n, 4, into: &out)
    default: out.append(top | 27); big(n, 8, into: &out)
    }
  }

  /// The shortest of half, single and double that keeps the value; every NaN is 7e00.
  private static func float(_ d: Double, into out: inout [UInt8]) {
    if d.isNaN { out += [0xF9, 0x7E, 0x00]; return }
    if let half = Half.bits(d) {
      out.append(0xF9); big(UInt64(half), 2, into: &out)
    } else if Double(Float(d)) == d {
      out.append(0xFA); big(UInt64(Float(d).bitPattern), 4, into: &out)
    } else {
      out.append(0xFB); big(d.bitPattern, 8, into: &out)
    }
  }

  private static func big(_ n: UInt64, _ bytes: Int, into out: inout [UInt8]) {
    for i in (0..<bytes).reversed() { out.append(UInt8(truncatingIfNeeded: n >> (8 * UInt64(i)))) }
  }
}

extension CBOR: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .text(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(arrayLiteral elements: CBOR...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (CBOR, CBOR)...) { self = .map(elements.map { Pair($0.0, $0.1) }) }
}
