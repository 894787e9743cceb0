/// Google's Snappy, the block format: a length, then literals and copies.
enum Snappy {
  /// - Returns: false unless `bytes` unpack to exactly `out.count` bytes.
  static func decode(_ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) -> Bool {
    var from = 0, to = 0, count = 0, shift = 0
    while true {
      guard from < bytes.count, shift < 35 else { return false }
      count |= Int(bytes[from] & 127) << shift
      from += 1
      if bytes[from - 1] < 128 { break }
      shift += 7
    }
    guard count == out.count else { return false }
    func number(_ width: Int) -> Int? {
      guard width <= bytes.count - from else { return nil }
      var value = 0
      for i in 0..<width { value |= Int(bytes[from + i]) << (8 * i) }
      from += width
      return value
    }
    while from < bytes.count {
      let tag = Int(bytes[from])
      from += 1
      guard tag & 3 != 0 else {
        var length = tag >> 2
        if length >= 60 {
          guard let long = number(length - 59) else { return false }
          length = long
        }
        length += 1
        guard length <= bytes.count - from, length <= out.count - to else { return false }
        for i in 0..<length { out[to + i] = bytes[from + i] }
        from += length
        to += length
        continue
      }
      let length: Int, back: Int
      switch tag & 3 {
      case 1:
        guard let low = number(1) else { return false }
        (length, back) = ((tag >> 2 & 7) + 4, (tag >> 5) << 8 | low)
      case 2:
        guard let far = number(2) else { return false }
        (length, back) = ((tag >> 2) + 1, far)
      default:
        guard let far = number(4) else { return false }
        (length, back) = ((tag >> 2) + 1, far)
      }
      guard back > 0, back <= to, length <= out.count - to else { return false }
      for i in 0..<length { out[to + i] = out[to + i - back] }
      to += length
    }
    return to == out.count
  }
}
