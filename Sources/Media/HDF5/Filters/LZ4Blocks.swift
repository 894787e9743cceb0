import CFilters

/// HDF5's filter 32004: the length in 64 bits, the block size in 32, then each block behind its packed length; all
/// big-endian. A block as long packed as unpacked is stored as it is.
enum LZ4Blocks {
  static func decode(_ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) -> Bool {
    guard bytes.count >= 12, UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)) == UInt64(out.count) else {
      return false
    }
    let block = min(Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))), out.count)
    guard block > 0 || out.isEmpty else { return false }
    var from = 12, to = 0
    while to < out.count {
      let size = min(block, out.count - to)
      guard let packed = length(bytes, &from) else { return false }
      let piece = UnsafeRawBufferPointer(rebasing: bytes[from - packed..<from]),
        room = UnsafeMutableRawBufferPointer(rebasing: out[to..<to + size])
      if packed == size { room.copyMemory(from: piece) } else if !unpack(piece, into: room) { return false }
      to += size
    }
    return true
  }

  /// The length that stands at `from`, which is moved behind what it counts.
  static func length(_ bytes: UnsafeRawBufferPointer, _ from: inout Int) -> Int? {
    guard bytes.count - from >= 4 else { return nil }
    let count = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: from, as: UInt32.self)))
    guard count > 0, count <= bytes.count - from - 4 else { return nil }
    from += 4 + count
    return count
  }

  static func unpack(_ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) -> Bool {
    guard bytes.count <= Int(Int32.max), out.count <= Int(Int32.max) else { return false }
    return LZ4_decompress_safe(
      bytes.baseAddress?.assumingMemoryBound(to: CChar.self), out.baseAddress?.assumingMemoryBound(to: CChar.self),
      Int32(bytes.count), Int32(out.count)) == Int32(out.count)
  }
}
