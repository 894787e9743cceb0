/// Big-endian numbers, as boxes write them, and hexadecimal digits.
enum BigEndian {
  static func big32(_ n: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: n >> (24 - 8 * UInt32($0))) } }
  static func big64(_ n: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: n >> (56 - 8 * UInt64($0))) } }

  /// At most eight bytes as one number.
  static func number(_ bytes: some Collection<UInt8>) -> UInt64 { bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }

  static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
  static func hex(_ bytes: some Sequence<UInt8>) -> String { bytes.map { hex($0) }.joined() }
}
