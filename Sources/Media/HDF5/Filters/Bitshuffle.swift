import CFilters

/// HDF5's filter 32008 (K. Masui's bitshuffle): bits of equal significance of a block's items lie together, each block
/// packed with LZ4 or Zstandard, or not at all.
struct Bitshuffle {
  let element: Int
  /// Items a block; 0 for the usual.
  let block: Int
  /// 0 none, 2 LZ4, 3 Zstandard.
  let codec: Int

  private static let usualBytes = 8192, leastItems = 128

  func decode(
    _ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer, _ tools: ChunkTools
  ) -> Bool {
    var from = 0, items = block
    if codec != 0 {
      guard bytes.count >= 12, UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)) == UInt64(out.count) else {
        return false
      }
      items = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))) / element
      from = 12
    } else if items == 0 {
      items = max(Self.leastItems, Self.usualBytes / element / 8 * 8)
    }
    guard items > 0, items % 8 == 0, out.count % element == 0 else { return false }
    let all = out.count / element
    var done = 0
    // The last block is shorter; items beyond its eighths lie as they are.
    while done < all / 8 * 8 {
      let some = min(items, (all - done) / 8 * 8), size = some * element
      let room = UnsafeMutableRawBufferPointer(rebasing: out[done * element..<done * element + size])
      guard let plain = unpacked(bytes, &from, size, tools) else { return false }
      transpose(plain, some, into: room)
      done += some
    }
    let rest = (all - done) * element
    guard bytes.count - from == rest else { return false }
    for i in 0..<rest { out[done * element + i] = bytes[from + i] }
    return true
  }

  private func unpacked(
    _ bytes: UnsafeRawBufferPointer, _ from: inout Int, _ size: Int, _ tools: ChunkTools
  ) -> UnsafeRawBufferPointer? {
    guard codec != 0 else {
      guard size <= bytes.count - from else { return nil }
      defer { from += size }
      return UnsafeRawBufferPointer(rebasing: bytes[from..<from + size])
    }
    guard let packed = LZ4Blocks.length(bytes, &from) else { return nil }
    let piece = UnsafeRawBufferPointer(rebasing: bytes[from - packed..<from]), room = tools.room(2, size)
    let isWhole =
      codec == 2
      ? LZ4Blocks.unpack(piece, into: room)
      : ZSTD_decompress(room.baseAddress, size, piece.baseAddress, piece.count) == size
    return isWhole ? UnsafeRawBufferPointer(room) : nil
  }

  /// Row `8k + b` of the block holds bit `b` of byte `k` of every item, eight items a byte.
  private func transpose(_ bytes: UnsafeRawBufferPointer, _ items: Int, into out: UnsafeMutableRawBufferPointer) {
    let row = items / 8
    for k in 0..<element {
      for group in 0..<row {
        // Eight bytes, one a bit: an 8×8 matrix of bits, turned.
        var x: UInt64 = 0
        for b in 0..<8 { x |= UInt64(bytes[(8 * k + b) * row + group]) << UInt64(8 * b) }
        var t = (x ^ (x >> 7)) & 0x00AA_00AA_00AA_00AA
        x ^= t ^ (t << 7)
        t = (x ^ (x >> 14)) & 0x0000_CCCC_0000_CCCC
        x ^= t ^ (t << 14)
        t = (x ^ (x >> 28)) & 0x0000_0000_F0F0_F0F0
        x ^= t ^ (t << 28)
        if element == 1 {
          out.storeBytes(of: x.littleEndian, toByteOffset: 8 * group, as: UInt64.self)
          continue
        }
        for i in 0..<8 { out[(8 * group + i) * element + k] = UInt8(truncatingIfNeeded: x >> UInt64(8 * i)) }
      }
    }
  }
}
