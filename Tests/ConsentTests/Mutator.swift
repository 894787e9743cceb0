import Files
import TestKit

/// Spoils JSON the way disks, editors, careless programs and forgers do. A seed names a mutation for ever.
struct Mutator {
  enum Kind: String, CaseIterable {
    case flip, cut, truncate, repeatBytes, notUTF8, swapTokens, duplicateKey, nest, hugeNumber, rename, dropField,
      moveValue, retype, doubleItem, spell
  }

  var random: SplitMix64
  /// Field names a renaming may pick besides misspellings.
  static let names = [
    "grants", "deny", "actions", "valid", "until", "from", "territory", "signatures", "kid", "licensors", "key",
    "entries", "x-note", "licensee", "id", "serial",
  ]

  init(_ seed: UInt64) { random = SplitMix64(seed) }

  /// One to three mutations. - Returns: the bytes, and what was done.
  mutating func mutate(_ original: [UInt8]) -> (bytes: [UInt8], kinds: [Kind]) {
    var bytes = original, kinds: [Kind] = []
    for _ in 0..<(random.chance(3) ? Int.random(in: 2...3, using: &random) : 1) {
      let kind = Kind.allCases.randomElement(using: &random) ?? .flip
      bytes = apply(kind, bytes)
      kinds.append(kind)
    }
    return (bytes, kinds)
  }

  private mutating func below(_ n: Int) -> Int { n > 0 ? Int.random(in: 0..<n, using: &random) : 0 }

  private mutating func apply(_ kind: Kind, _ bytes: [UInt8]) -> [UInt8] {
    guard !bytes.isEmpty else { return bytes }
    var out = bytes
    let at = below(bytes.count), end = min(bytes.count, at + 1 + below(24))
    switch kind {
    case .flip: out[at] ^= 1 << UInt8(below(8))
    case .cut: out.removeSubrange(at..<end)
    case .truncate: out.removeSubrange(at...)
    case .repeatBytes: out.insert(contentsOf: bytes[at..<end], at: at)
    case .notUTF8:
      out.insert(
        contentsOf: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0x00], [0xF5, 0x80, 0x80, 0x80]][below(5)], at: at)
    case .swapTokens: swapTokens(&out)
    case .duplicateKey: duplicateKey(&out)
    case .nest:
      let depth = [3, 60, 70, 5000][below(4)], open: UInt8 = random.chance(2) ? 0x5B : 0x7B
      out.insert(
        contentsOf: [UInt8](repeating: open, count: depth)
          + (open == 0x5B ? [UInt8](repeating: 0x5D, count: random.chance(2) ? depth : 0) : []), at: at)
    case .hugeNumber:
      let numbers = [
        "1e999", "99999999999999999999", "-9223372036854775808", "9007199254740993", "0.1", "-1", "1E400", "00",
        "9223372036854775807", "-0",
      ]
      if let span = tokens(bytes).filter({ $0.number }).randomElement(using: &random)?.span {
        out.replaceSubrange(span, with: Array(numbers[below(numbers.count)].utf8))
      }
    case .rename, .dropField, .moveValue, .retype, .doubleItem, .spell:
      guard let value = try? JSON.parse(bytes, at: "mutator") else { return bytes }
      out = Array((random.chance(2) ? JSON.line(edit(kind, value)) : JSON.pretty(edit(kind, value))).utf8)
    }
    return out
  }

  /// Strings with their quotes, and numbers.
  private func tokens(_ bytes: [UInt8]) -> [(span: Range<Int>, number: Bool)] {
    var found: [(Range<Int>, Bool)] = [], i = 0
    while i < bytes.count {
      if bytes[i] == 0x22 {
        var j = i + 1
        while j < bytes.count, bytes[j] != 0x22 { j += bytes[j] == 0x5C ? 2 : 1 }
        guard j < bytes.count else { break }
        found.append((i..<j + 1, false))
        i = j + 1
      } else if (0x30...0x39).contains(bytes[i]) {
        var j = i
        while j < bytes.count, (0x30...0x39).contains(bytes[j]) { j += 1 }
        found.append((i..<j, true))
        i = j
      } else {
        i += 1
      }
    }
    return found
  }

  private mutating func swapTokens(_ bytes: inout [UInt8]) {
    let all = tokens(bytes)
    guard all.count > 1 else { return }
    let (i, j) = (below(all.count), below(all.count)), (a, b) = (all[min(i, j)].span, all[max(i, j)].span)
    guard a != b else { return }
    let (left, right) = (Array(bytes[a]), Array(bytes[b]))
    bytes.replaceSubrange(b, with: left)
    bytes.replaceSubrange(a, with: right)
  }

  private mutating func duplicateKey(_ bytes: inout [UInt8]) {
    let keys = tokens(bytes).filter {
      !$0.number && $0.span.upperBound < bytes.count && bytes[$0.span.upperBound] == 0x3A
    }
    guard let key = keys.randomElement(using: &random), let other = keys.randomElement(using: &random) else { return }
    bytes.insert(
      contentsOf: Array(bytes[key.span]) + Array(":null,".utf8),
      at: random.chance(2) ? key.span.lowerBound : other.span.lowerBound)
  }

  // MARK: edits that know the structure

  private mutating func edit(_ kind: Kind, _ value: Value) -> Value {
    switch value {
    case .object(var fields):
      guard !fields.isEmpty else { return kind == .retype ? [] : value }
      let at = below(fields.count)
      let deeper: Bool =
        switch fields[at].value {
        case .object, .array: !random.chance(4);
        default: false
        }
      if deeper { fields[at].value = edit(kind, fields[at].value); return .object(fields) }
      switch kind {
      case .rename:
        fields[at].key =
          random.chance(2)
          ? fields[at].key + ["s", "_", "\u{301}", " "][below(4)] : Self.names[below(Self.names.count)]
      case .dropField: fields.remove(at: at)
      case .moveValue: fields[at].value = fields[below(fields.count)].value
      case .doubleItem: fields.append(fields[at])
      default: fields[at].value = scalar(kind, fields[at].value)
      }
      return .object(fields)
    case .array(var items):
      guard !items.isEmpty else { return kind == .retype ? [:] : value }
      let at = below(items.count)
      switch kind {
      case .dropField where random.chance(2): items.remove(at: at)
      case .doubleItem where random.chance(2): items.append(items[at])
      case .moveValue where random.chance(2): items.swapAt(at, below(items.count))
      default: items[at] = edit(kind, items[at])
      }
      return .array(items)
    default: return scalar(kind, value)
    }
  }

  private mutating func scalar(_ kind: Kind, _ value: Value) -> Value {
    if kind == .spell, let text = value.string {
      // The same content under another look: composed letters, white space, case, an escape's worth of a zero byte.
      return .string(
        [
          text.uppercased(), text + " ", " " + text, text + "\u{0}", text.replacing("e", with: "e\u{301}"),
          text.replacing("a", with: "\u{430}"), "",
        ][below(7)])
    }
    let others: [Value] = [
      nil, true, false, 0, -1, 7, "any", "*", "", [], [:], ["fine-tune"], "2999-01-01T00:00:00Z",
      "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH", .number(0.5), .integer(.max),
    ]
    return others[below(others.count)]
  }
}
