import Files

/// SentencePiece's compiled normaliser (`precompiled_charsmap`): which stretches of UTF-8 are replaced by what.
///
/// Format (google/sentencepiece, `normalizer.cc`): u32 bytes of a Darts double array (s-yata/darts-clone), its units, and
/// the replacements, each ended by a NUL; a key's value is where its replacement begins.
struct CharacterMap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]

  /// - Throws: `Problem` when the table is malformed or points outside itself.
  init(_ bytes: ArraySlice<UInt8>, at place: String) throws {
    func damaged(_ what: String) -> Problem {
      Problem(
        what, at: place, expected: "a normaliser table as SentencePiece compiles it",
        fix: "get the tokenizer again: it is damaged")
    }
    let all = Array(bytes)
    guard all.count > 4 else { throw damaged("the normaliser's table has \(all.count) bytes") }
    let size = Int(ProtocolBuffer.word(all, at: 0))
    guard size > 0, size % 4 == 0, size < all.count - 4 else {
      throw damaged("the normaliser's double array claims \(size) bytes of \(all.count)")
    }
    let units = (0..<size / 4).map { ProtocolBuffer.word(all, at: 4 + 4 * $0) },
      replacements = Array(all[(4 + size)...])
    guard replacements.last == 0 else { throw damaged("the normaliser's replacements do not end") }
    for (i, unit) in units.enumerated() {
      if unit >> 31 == 1 {
        guard Int(unit & 0x7FFF_FFFF) < replacements.count else {
          throw damaged("unit \(i) of the normaliser's table points past its replacements")
        }
      } else if (i ^ Self.offset(unit)) >= units.count {
        throw damaged("unit \(i) of the normaliser's table points outside it")
      }
    }
    (self.units, self.replacements) = (units, replacements)
  }

  private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & (1 << 9)) >> 6) }

  /// Runs `body(length, value)` for every key that `text` begins with from `at` on, the shortest first.
  private func prefixes(
    _ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ end: Int, _ body: (Int, Int) -> Bool
  ) {
    var node = Self.offset(units[0]), i = at
    while i < end {
      node ^= Int(text[i])
      // Where a node would be is inside when the table is whole blocks; it may not be one.
      guard node < units.count else { return }
      let unit = units[node]
      guard unit & 0x8000_00FF == UInt32(text[i]) else { return }
      node ^= Self.offset(unit)
      i += 1
      guard unit >> 8 & 1 == 1 else { continue }
      let value = units[node]
      guard value >> 31 == 1 else { return }
      guard body(i - at, Int(value & 0x7FFF_FFFF)) else { return }
    }
  }

  /// What the longest key at `at` becomes, and the bytes it takes; nil when none stands there.
  func longest(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> (length: Int, replacement: Range<Int>)? {
    var found: (Int, Int)?
    prefixes(text, at, text.count) {
      found = ($0, $1); return true
    }
    return found.map { ($0.0, replacement($0.1)) }
  }

  /// What the shortest key at `at`, within `length` bytes, becomes.
  func shortest(_ text: UnsafeBufferPointer<UInt8>, _ at: Int, _ length: Int) -> Range<Int>? {
    var found: Int?
    prefixes(text, at, at + length) {
      found = $1; return false
    }
    return found.map(replacement)
  }

  private func replacement(_ from: Int) -> Range<Int> {
    var end = from
    while replacements[end] != 0 { end += 1 }
    return from..<end
  }

  func bytes(_ range: Range<Int>) -> ArraySlice<UInt8> { replacements[range] }
}
