import CFilters

/// How szip (CCSDS 121.0-B) packed a chunk, as HDF5 keeps it: options, pixels a block, bits a pixel, pixels a scanline.
struct SzipSettings: Sendable, Equatable {
  private let options: Int32, block: Int32, bits: Int32, line: Int32

  /// Nil when they are none.
  init?(_ settings: [Int]) {
    guard settings.count >= 4, (2...32).contains(settings[1]), settings[1] % 2 == 0, (1...64).contains(settings[2]),
      (1...4096).contains(settings[3]), (0...0xFFFF).contains(settings[0])
    else { return nil }
    (options, block, bits, line) = (Int32(settings[0]), Int32(settings[1]), Int32(settings[2]), Int32(settings[3]))
  }

  /// The stream says its length first, as 32 bits.
  func decode(_ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) -> Bool {
    guard bytes.count > 4, Int(UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))) == out.count else {
      return false
    }
    var settings = SZ_com_t(
      options_mask: options, bits_per_pixel: bits, pixels_per_block: block, pixels_per_scanline: line)
    var count = out.count
    return SZ_BufftoBuffDecompress(out.baseAddress, &count, bytes.baseAddress! + 4, bytes.count - 4, &settings) == SZ_OK
      && count == out.count
  }
}
