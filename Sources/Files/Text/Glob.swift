/// A pattern for names, as shells write them: `*` any run of characters, slashes too, `?` one character, `[a-c]` one
/// of a set and `[!a-c]` one that is not. Everything else stands for itself.
package struct Glob: Sendable {
  private enum Part: Sendable, Equatable {
    case one(Character)
    case anyOne
    case anyRun
    case oneOf([ClosedRange<Character>], isInverted: Bool)

    func takes(_ c: Character) -> Bool {
      switch self {
      case .one(let own): own == c
      case .anyOne, .anyRun: true
      case .oneOf(let ranges, let isInverted): ranges.contains { $0.contains(c) } != isInverted
      }
    }
  }

  private let parts: [Part]

  package init(_ pattern: String) {
    var parts: [Part] = [], rest = Array(pattern)[...]
    while let c = rest.popFirst() {
      switch c {
      case "*": if parts.last != .anyRun { parts.append(.anyRun) }
      case "?": parts.append(.anyOne)
      case "[":
        // Without its end a bracket is a bracket.
        guard let (set, after) = Self.set(rest) else { parts.append(.one(c)); continue }
        parts.append(set)
        rest = after
      default: parts.append(.one(c))
      }
    }
    self.parts = parts
  }

  private static func set(_ text: ArraySlice<Character>) -> (Part, ArraySlice<Character>)? {
    var rest = text, ranges: [ClosedRange<Character>] = []
    let isInverted = rest.first == "!"
    if isInverted { rest.removeFirst() }
    while let c = rest.popFirst() {
      if c == "]", !ranges.isEmpty { return (.oneOf(ranges, isInverted: isInverted), rest) }
      if rest.first == "-", let end = rest.dropFirst().first, end != "]", c <= end {
        ranges.append(c...end)
        rest = rest.dropFirst(2)
      } else {
        ranges.append(c...c)
      }
    }
    return nil
  }

  /// Whether the whole of `name` is as the pattern says. At most length × length steps, whatever the pattern.
  package func matches(_ name: String) -> Bool {
    let name = Array(name)
    var n = 0, p = 0
    // Where the last `*` stands, and how far it has reached: only the last one ever has to take more.
    var star: (part: Int, reach: Int)?
    while n < name.count {
      if p < parts.count, parts[p] == .anyRun {
        star = (p, n)
        p += 1
      } else if p < parts.count, parts[p].takes(name[n]) {
        (n, p) = (n + 1, p + 1)
      } else if let (part, reach) = star {
        star = (part, reach + 1)
        (n, p) = (reach + 1, part + 1)
      } else {
        return false
      }
    }
    return parts[p...].allSatisfy { $0 == .anyRun }
  }
}
