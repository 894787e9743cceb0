/// A line of a table of keys, for readers and for hints.
package struct KeyRow: Sendable, Equatable {
  /// "train.steps", "data[].path".
  package let path: String
  /// What may stand there: "integer, 1 to 4096".
  package let values: String
  package let defaultText: String
  /// Whether the key, and every section around it, is hashed.
  package var isHashed: Bool
  package let meaning: String
  /// Whether it is a section, or a list of them.
  package let holdsKeys: Bool

  /// The key alone.
  package var key: String { path.split(separator: ".").last.map(String.init) ?? path }
  /// Path of the section that holds it; empty at the top.
  package var section: String { String(path.dropLast(key.count + 1)) }

  /// A Markdown table of rows.
  package static func markdown(_ rows: [KeyRow]) -> String {
    let lines = rows.map { row in
      let name = "`\(row.path)`"
      return "| \(row.holdsKeys ? "**\(name)**" : name) | \(row.values) | \(row.defaultText) "
        + "| \(row.isHashed ? "yes" : "no") | \(row.meaning) |"
    }
    return (["| key | values | default | hashed | meaning |", "|---|---|---|---|---|"] + lines).joined(separator: "\n")
  }

  /// A value as people write it: 1, not 1.0; lists with blanks.
  package static func text(_ value: Value) -> String {
    switch value {
    case .number(let x) where x == x.rounded() && abs(x) < 1e15: Text.count(Int(x))
    case .integer(let i): String(i)
    case .array(let items): "[" + items.map(text).joined(separator: ", ") + "]"
    default: ChangedKey.text(value)
    }
  }
}

extension [KeyRow] {
  /// Where a key that is unknown in its place belongs, as the end of a sentence about it: the same key under other
  /// sections, or where nothing near it is known in its own place, the nearest of all.
  /// - Parameter typed: what was written; an object is never taken for a plain value, nor the other way.
  func hint(_ key: String, _ typed: Value, near own: [String]) -> String {
    let rows = filter { $0.holdsKeys == (typed.fields != nil) }
    let same = rows.filter { $0.key == key }
    if let first = same.first {
      let others = same.dropFirst().map(\.path)
      return (first.section.isEmpty ? " belongs at the top" : " belongs under \(first.section)")
        + ": write \(first.path)" + (others.isEmpty ? "" : " (or \(others.joined(separator: ", ")))")
    }
    let near = Nearest.hint(key, own)
    if near.isEmpty, let row = Nearest.index(key, rows.map(\.key)).map({ rows[$0] }) {
      return " is not a known key (did you mean '\(row.path)'?)"
    }
    return " is not a known key" + near
  }
}
