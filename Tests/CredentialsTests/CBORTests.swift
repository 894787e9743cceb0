import Credentials
import Files
import Testing

/// RFC 8949 Appendix A, and what the decoder must refuse.
@Suite struct CBORTests {
  private static func bytes(_ hex: String) -> [UInt8] {
    var out: [UInt8] = [], digits = hex[...]
    while digits.count >= 2 { out.append(UInt8(digits.prefix(2), radix: 16) ?? 0); digits = digits.dropFirst(2) }
    return out
  }

  /// Encodings that are deterministic, so both directions must agree.
  private static let both: [(String, CBOR)] = [
    ("00", 0), ("01", 1), ("0a", 10), ("17", 23), ("1818", 24), ("1819", 25), ("1864", 100), ("1903e8", 1000),
    ("1a000f4240", 1_000_000),
    ("1b000000e8d4a51000", 1_000_000_000_000), ("1bffffffffffffffff", .unsigned(.max)),
    ("c249010000000000000000", .tagged(2, .bytes([1, 0, 0, 0, 0, 0, 0, 0, 0]))),
    ("3bffffffffffffffff", .negative(.max)), ("20", -1), ("29", -10), ("3863", -100), ("3903e7", -1000),
    ("f90000", .float(0)), ("f98000", .float(-0.0)), ("f93c00", .float(1)), ("fb3ff199999999999a", .float(1.1)),
    ("f93e00", .float(1.5)), ("f97bff", .float(65504)),
    ("fa47c35000", .float(100000)), ("fa7f7fffff", .float(3.4028234663852886e+38)),
    ("fb7e37e43c8800759c", .float(1.0e+300)), ("f90001", .float(5.960464477539063e-8)),
    ("f90400", .float(0.00006103515625)), ("f9c400", .float(-4)), ("fbc010666666666666", .float(-4.1)),
    ("f97c00", .float(.infinity)), ("f9fc00", .float(-.infinity)),
    ("f4", .bool(false)), ("f5", .bool(true)), ("f6", .null), ("f7", .simple(23)), ("f0", .simple(16)),
    ("f8ff", .simple(255)),
    ("c074323031332d30332d32315432303a30343a30305a", .tagged(0, "2013-03-21T20:04:00Z")),
    ("c11a514b67b0", .tagged(1, 1_363_896_240)), ("d74401020304", .tagged(23, .bytes([1, 2, 3, 4]))),
    ("d818456449455446", .tagged(24, .bytes([0x64, 0x49, 0x45, 0x54, 0x46]))), ("40", .bytes([])),
    ("4401020304", .bytes([1, 2, 3, 4])), ("60", ""), ("6161", "a"), ("6449455446", "IETF"),
    ("62225c", "\"\\"), ("62c3bc", "\u{fc}"), ("63e6b0b4", "\u{6c34}"), ("64f0908591", "\u{10151}"), ("80", []),
    ("83010203", [1, 2, 3]), ("8301820203820405", [1, [2, 3], [4, 5]]),
    ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", .array((1...25).map { .integer($0) })), ("a0", [:]),
    ("a201020304", [1: 2, 3: 4]),
    ("a26161016162820203", ["a": 1, "b": [2, 3]]), ("826161a161626163", ["a", ["b": "c"]]),
    ("a56161614161626142616361436164614461656145", ["a": "A", "b": "B", "c": "C", "d": "D", "e": "E"]),
  ]

  @Test func appendixA() throws {
    for (hex, value) in Self.both {
      #expect(try CBOR(Self.bytes(hex), at: hex) == value, "\(hex)")
      #expect(value.encoded == Self.bytes(hex), "\(hex)")
    }
  }

  @Test func appendixAThatOthersMayWrite() throws {
    let cases: [(String, CBOR)] = [
      ("fa7f800000", .float(.infinity)), ("fb7ff0000000000000", .float(.infinity)),
      ("5f42010243030405ff", .bytes([1, 2, 3, 4, 5])), ("7f657374726561646d696e67ff", "streaming"),
      ("9fff", []), ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]), ("83018202039f0405ff", [1, [2, 3], [4, 5]]),
      ("bf61610161629f0203ffff", ["a": 1, "b": [2, 3]]),
      ("826161bf61626163ff", ["a", ["b": "c"]]), ("bf6346756ef563416d7421ff", ["Fun": .bool(true), "Amt": -2]),
      ("1800", 0),
    ]
    for (hex, value) in cases { #expect(try CBOR(Self.bytes(hex), at: hex) == value, "\(hex)") }
    guard case .float(let nan) = try CBOR(Self.bytes("f97e00"), at: "nan") else { Issue.record("not a float"); return }
    #expect(nan.isNaN && CBOR.float(.nan).encoded == Self.bytes("f97e00"))
  }

  @Test(arguments: [
    "", "18", "1a0000", "1c", "1f", "3f", "5f", "5f01ff", "5f6161ff", "61ff", "7f61c361bcff", "62c328", "81",
    "9b7fffffffffffffff", "bb7fffffffffffffff", "5b7fffffffffffffff", "5bffffffffffffffff",
    "a1", "a101", "a201020103", "bf01ff", "a2010261610301", "c0", "dfff", "f800", "f81f", "f8", "f9", "fc", "ff",
    "0000", "8201",
  ])
  func refuses(_ hex: String) { #expect(throws: Problem.self) { try CBOR(Self.bytes(hex), at: hex) } }

  @Test func refusesDepthAndWidth() {
    #expect(throws: Problem.self) { try CBOR([UInt8](repeating: 0x81, count: 100_000) + [0], at: "deep") }
    #expect(throws: Problem.self) { try CBOR([UInt8](repeating: 0xC1, count: 100_000) + [0], at: "tags") }
    #expect(throws: Problem.self) { try CBOR([0x9F] + [UInt8](repeating: 0, count: 1_000_000) + [0xFF], at: "wide") }
  }

  @Test func keysAreSortedByTheirBytes() {
    let map: CBOR = ["b": 1, "aa": 2, "a": 3, 10: 4, -1: 5]
    #expect(map.encoded == Self.bytes("a50a0420056161036162016261610" + "2"))
  }
}
