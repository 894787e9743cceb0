/// LibLZF's format (M. Lehmann), as h5py writes it: runs of literals, and matches of at least three bytes within the
/// last 8 KiB.
enum LZF {
  /// - Returns: false unless `bytes` unpack to exactly `out.count` bytes.
  static func decode(_ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) -> Bool {
    var from = 0, to = 0
    while from < bytes.count {
      let head = Int(bytes[from])
      from += 1
      if head < 32 {
        let count = head + 1
        guard count <= bytes.count - from, count <= out.count - to else { return false }
        UnsafeMutableRawBufferPointer(rebasing: out[to..<to + count]).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[from..<from + count]))
        from += count
        to += count
        continue
      }
      var count = head >> 5
      if count == 7 {
        guard from < bytes.count else { return false }
        count += Int(bytes[from])
        from += 1
      }
      guard from < bytes.count else { return false }
      let back = (head & 31) << 8 | Int(bytes[from])
      from += 1
      count += 2
      var source = to - back - 1
      guard source >= 0, count <= out.count - to else { return false }
      // It may overlap what it writes.
      for _ in 0..<count {
        out[to] = out[source]
        to += 1
        source += 1
      }
    }
    return to == out.count
  }
}
