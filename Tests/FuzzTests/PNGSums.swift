/// The checksums of a PNG's chunks (PNG, 3rd edition, 5.3), so that damage gets past them.
enum PNGSums {
  private static let table: [UInt32] = (0..<256).map { n in
    (0..<8).reduce(UInt32(n)) { c, _ in c & 1 == 1 ? 0xEDB8_8320 ^ c >> 1 : c >> 1 }
  }

  /// The same bytes with every chunk's sum made right, as far as chunks can be told.
  static func mended(_ bytes: [UInt8]) -> [UInt8] {
    var out = bytes, at = 8
    while at + 12 <= out.count {
      let length = out[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }, end = at + 8 + length
      guard end + 4 <= out.count else { break }
      let sum = ~out[at + 4..<end].reduce(UInt32.max) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
      for i in 0..<4 { out[end + i] = UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * i)) }
      at = end + 4
    }
    return out
  }
}
