import TestKit

/// Damage to a file, decided by a number alone: the same seed, parser and number give the same bytes for ever.
struct Mutation {
  private var random: SplitMix64
  /// Words the format knows, put in whole.
  private let words: [[UInt8]]
  private let others: [[UInt8]]

  /// - Parameters:
  ///   - key: names the case.
  ///   - words: what the format gives meaning to.
  ///   - others: files of the same format, pieces of which may be put in.
  init(key: UInt64, words: [String], others: [[UInt8]]) {
    random = SplitMix64(key)
    self.words = words.map { Array($0.utf8) }
    self.others = others
  }

  /// One to sixteen changes of `bytes`, few more often than many.
  mutating func apply(to bytes: [UInt8]) -> [UInt8] {
    var out = bytes
    var changes = 1
    while changes < 16, !random.chance(3) { changes += 1 }
    for _ in 0..<changes { change(&out) }
    return out
  }

  /// Where structure is likelier than content: the first and last two thousand bytes get half of all changes.
  private mutating func place(_ count: Int) -> Int {
    switch random.below(6) {
    case 0, 1: random.below(min(count, 2048))
    case 2: count - 1 - random.below(min(count, 2048))
    default: random.below(count)
    }
  }

  /// Values at which sizes and counts go wrong.
  private static let telling: [UInt64] = [0, 1, .max, .max >> 1, 1 << 31, 1 << 16, 0xFFFF, 0x7FFF_FFFF]

  private mutating func change(_ out: inout [UInt8]) {
    guard !out.isEmpty else {
      out = [UInt8(truncatingIfNeeded: random.next())]
      return
    }
    let at = place(out.count)
    switch random.below(words.isEmpty ? 11 : 14) {
    case 0, 1: out[at] ^= 1 << UInt8(random.below(8))
    case 2: out[at] = UInt8(truncatingIfNeeded: random.next())
    case 3: out[at] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)]
    case 4: number(&out, at) { random, _ in Self.telling[random.below(Self.telling.count)] }
    case 5: number(&out, at) { $1 &+ UInt64(bitPattern: Int64($0.below(71) - 35)) }
    case 6: out.removeSubrange(at..<min(out.count, at + 1 + length(out.count)))
    case 7:
      let piece = Array(out[at..<min(out.count, at + 1 + length(out.count))])
      out.insert(contentsOf: piece, at: place(out.count))
    case 8:
      let piece = Array(out[at..<min(out.count, at + 1 + length(out.count))]), to = place(out.count)
      for (i, byte) in piece.enumerated() where to + i < out.count { out[to + i] = byte }
    case 9: for i in at..<min(out.count, at + 1 + length(out.count)) { out[i] = 0 }
    case 10:
      if random.chance(4) {
        out.removeSubrange(at...)
      } else if let other = others.randomElement(using: &random), !other.isEmpty {
        let from = random.below(other.count), piece = other[from..<min(other.count, from + 1 + length(other.count))]
        for (i, byte) in piece.enumerated() where at + i < out.count { out[at + i] = byte }
      }
    case 11: out.insert(contentsOf: words[random.below(words.count)], at: at)
    case 12:
      let word = words[random.below(words.count)]
      for (i, byte) in word.enumerated() where at + i < out.count { out[at + i] = byte }
    default: swapWords(&out)
    }
  }

  /// Mostly short, now and then a large part.
  private mutating func length(_ count: Int) -> Int {
    random.chance(8) ? random.below(count) : random.below(min(count, 64))
  }

  /// Reads 1, 2, 4 or 8 bytes of either order, and writes what `new` makes of them.
  private mutating func number(_ out: inout [UInt8], _ at: Int, _ new: (inout SplitMix64, UInt64) -> UInt64) {
    let size = min([1, 2, 4, 8][random.below(4)], out.count - at), isBig = random.chance(2)
    let order = isBig ? Array((0..<size).reversed()) : Array(0..<size)
    let old = order.enumerated().reduce(UInt64(0)) { $0 | UInt64(out[at + $1.element]) << UInt64(8 * $1.offset) }
    let value = new(&random, old)
    for (i, place) in order.enumerated() { out[at + place] = UInt8(truncatingIfNeeded: value >> UInt64(8 * i)) }
  }

  /// Puts one word of the format where another stood.
  private mutating func swapWords(_ out: inout [UInt8]) {
    let old = words[random.below(words.count)], new = words[random.below(words.count)]
    let places = out.indices.filter { out[$0] == old[0] && out[$0...].starts(with: old) }
    guard let at = places.randomElement(using: &random) else { return }
    out.replaceSubrange(at..<at + old.count, with: new)
  }
}
