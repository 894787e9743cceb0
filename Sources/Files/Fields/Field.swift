/// One key of a section: where its value lies, what may stand there, and what it means.
package struct Field<Root: Sendable>: Sendable {
  /// Whether a key is part of what a hash is taken of.
  package enum Hashed: Sendable {
    case always
    /// For a key that came later: documents without it keep the hash they had.
    case whenNotDefault
    case never
  }

  /// Whether a key is written. Keys whose absence says as much are left out.
  package enum Written: Sendable { case always, whenNotDefault }

  package let key: String
  package let meaning: String
  package let hashed: Hashed
  let isRequired: Bool
  /// Reads the key into a root that has its default there.
  let read: @Sendable (StrictFields, inout Root) -> Void
  /// What of it is written, given the section's defaults; nil for nothing.
  let value: @Sendable (_ root: Root, _ defaults: Root, FieldExtent) -> Value?
  /// A JSON Schema of the value with what it means and its default, given the section's defaults.
  let schema: @Sendable (_ defaults: Root) -> Value
  /// Its rows in the table of keys: its own, and those below it.
  let rows: @Sendable (_ prefix: String, _ defaults: Root) -> [KeyRow]

  /// - Parameters:
  ///   - path: where the value lies. What lies there in the section's defaults is the key's default.
  ///   - unit: what the value counts, where that is not plain from the meaning.
  ///   - meaning: one line for the table of keys and for editors.
  ///   - words: what stands for the default in the table, where it follows from other keys or from what is outside.
  ///   - rule: the default as it follows from keys above this one.
  package init<Content>(
    _ key: String, _ path: WritableKeyPath<Root, Content> & Sendable, _ kind: FieldKind<Content>,
    unit: String? = nil, hashed: Hashed = .always, written: Written = .always, _ meaning: String,
    default words: String? = nil, from rule: (@Sendable (Root) -> Content)? = nil
  ) {
    (self.key, self.meaning, self.hashed, isRequired) = (key, meaning, hashed, kind.isRequired)
    read = { f, root in
      if let content = kind.read(f, key) {
        root[keyPath: path] = content
      } else if let rule {
        root[keyPath: path] = rule(root)
      }
    }
    value = { root, defaults, extent in
      let content = root[keyPath: path]
      let isDefault = content == (rule.map { $0(root) } ?? defaults[keyPath: path])
      let isWritten =
        switch extent {
        case .all: written == .always || written == .whenNotDefault && !isDefault
        case .hashed: hashed == .always || hashed == .whenNotDefault && !isDefault
        }
      guard isWritten else { return Value?.none }
      return kind.write(content, extent)
    }
    /// The default as a value; nil where there is none, or where it is told in words.
    @Sendable func plainDefault(_ defaults: Root) -> Value? {
      guard !kind.isRequired, words == nil, kind.below == nil else { return nil }
      let value = kind.write(defaults[keyPath: path], .all)
      // Not a ternary: Value is written by a nil of its own, so nil there would be null.
      guard value != .null else { return nil }
      return value
    }
    let note = FieldNote(meaning: meaning, unit: unit, defaultWords: words, isHashed: hashed != .never)
    schema = { note.schema(kind.schema, isRequired: kind.isRequired, default: plainDefault($0)) }
    rows = { prefix, defaults in
      [
        KeyRow(
          path: prefix + key, values: kind.words + (unit.map { " " + $0 } ?? ""),
          defaultText: words ?? plainDefault(defaults).map(KeyRow.text) ?? "–", isHashed: hashed != .never,
          meaning: meaning, holdsKeys: kind.below != nil)
      ]
        + (kind.below?(prefix + key) ?? []).map { row in
          var row = row
          row.isHashed = row.isHashed && hashed != .never
          return row
        }
    }
  }
}
