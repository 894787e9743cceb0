/// How values of one type stand in a document: how they are read, written and described.
///
/// What a kind says of a value it says once: `.integer(in: 1...4096)` is the check, the sentence of a refusal, the cell
/// of the table of keys and the bounds of the JSON Schema.
package struct FieldKind<Content: Sendable & Equatable>: Sendable {
  /// The value of a key; nil where it is absent, or where it is wrong and a complaint was made.
  package let read: @Sendable (StrictFields, String) -> Content?
  package let write: @Sendable (Content, FieldExtent) -> Value
  /// A JSON Schema of the value, null apart.
  package let schema: Value
  /// What may be written, for people: "integer, 1 to 4096".
  package let words: String
  /// Whether the key must be there.
  package var isRequired = false
  /// The keys below this one, where its value is a section or a list of them, for a path to it.
  package var below: (@Sendable (String) -> [KeyRow])?

  package init(
    schema: Value, words: String, read: @escaping @Sendable (StrictFields, String) -> Content?,
    write: @escaping @Sendable (Content, FieldExtent) -> Value
  ) {
    (self.schema, self.words, self.read, self.write) = (schema, words, read, write)
  }
}

/// What of a section is written: all of it, or what enters a hash.
package enum FieldExtent: Sendable { case all, hashed }

// MARK: - plain values

extension FieldKind where Content == Int {
  package static func integer(in range: ClosedRange<Int>) -> Self {
    Self(
      schema: ["type": "integer", "minimum": Value(range.lowerBound), "maximum": Value(range.upperBound)],
      words: "integer, \(Text.count(range.lowerBound)) to \(Text.count(range.upperBound))",
      read: { $0.optionalInteger($1, in: range) }, write: { content, _ in Value(content) })
  }

  /// 1, 2, 4 … within `range`.
  package static func powerOfTwo(in range: ClosedRange<Int>) -> Self {
    let powers = (0..<Int.bitWidth - 1).map { 1 << $0 }.filter(range.contains)
    return Self(
      schema: ["type": "integer", "enum": .array(powers.map { Value($0) })],
      words: powers.map(String.init).joined(separator: ", "),
      read: { f, key in
        guard let n = f.optionalInteger(key, in: range) else { return nil }
        if !powers.contains(n) { f.complain("\(f.path(key)) is \(n); it must be a power of two") }
        return n
      }, write: { content, _ in Value(content) })
  }
}

extension FieldKind where Content == Double {
  package static func number(in range: ClosedRange<Double>) -> Self {
    Self(
      schema: .number(in: range),
      words: "number, \(KeyRow.text(.number(range.lowerBound))) to \(KeyRow.text(.number(range.upperBound)))",
      read: { $0.optionalNumber($1, in: range) }, write: { content, _ in .number(content) })
  }
}

extension FieldKind where Content == Float {
  /// A number kept as a Float, and written as the shortest decimal that reads back to it, so that 0.95 does not become
  /// 0.949999988.
  package static func number(in range: ClosedRange<Double>) -> Self {
    Self(
      schema: .number(in: range),
      words: "number, \(KeyRow.text(.number(range.lowerBound))) to \(KeyRow.text(.number(range.upperBound)))",
      read: { $0.optionalNumber($1, in: range).map { Float($0) } },
      write: { content, _ in .number(Double("\(content)") ?? Double(content)) })
  }
}

extension FieldKind where Content == Bool {
  package static var flag: Self {
    Self(
      schema: ["type": "boolean"], words: "true or false", read: { $0.optionalBool($1) },
      write: { content, _ in .bool(content) })
  }
}

extension FieldKind where Content == String {
  package static var text: Self {
    Self(
      schema: ["type": "string"], words: "text", read: { $0.optionalString($1) },
      write: { content, _ in .string(content) })
  }

  /// A path, kept absolute; a relative one is taken from the document's folder.
  package static var path: Self {
    Self(
      schema: ["type": "string"], words: "path", read: { f, key in f.optionalString(key).map(f.absolute) },
      write: { content, _ in .string(content) })
  }

  /// One of names that are known only as text.
  package static func oneOf(_ names: [String]) -> Self {
    Self(
      schema: .names(names), words: names.joined(separator: ", "), read: { $0.optionalName($1, among: names) },
      write: { content, _ in .string(content) })
  }

  /// The same, and its absence is complained of.
  package var required: Self {
    var kind = Self(
      schema: schema, words: words,
      read: { f, key in
        if !f.has(key) { f.complain("\(f.path(key)) is missing (text)") }
        return read(f, key)
      }, write: write)
    kind.isRequired = true
    return kind
  }
}

extension FieldKind where Content: RawRepresentable & CaseIterable, Content.RawValue == String {
  package static var choice: Self {
    let names = Content.allCases.map(\.rawValue)
    return Self(
      schema: .names(names), words: names.joined(separator: ", "),
      read: { f, key in f.optionalName(key, among: names).flatMap { Content(rawValue: $0) } },
      write: { content, _ in .string(content.rawValue) })
  }
}

extension FieldKind {
  /// A value that may be absent: null in what is written.
  package static func optional<Wrapped>(_ kind: FieldKind<Wrapped>) -> Self where Content == Wrapped? {
    var optional = Self(
      schema: kind.schema, words: kind.words, read: { kind.read($0, $1) },
      write: { content, extent in content.map { kind.write($0, extent) } ?? .null })
    optional.below = kind.below
    return optional
  }
}

// MARK: - lists

extension FieldKind where Content == [Int] {
  /// Three integers of one range, such as frames, rows and columns.
  package static func three(in range: ClosedRange<Int>) -> Self {
    let item: Value = ["type": "integer", "minimum": Value(range.lowerBound), "maximum": Value(range.upperBound)]
    return Self(
      schema: ["type": "array", "items": item, "minItems": 3, "maxItems": 3],
      words: "three integers, \(Text.count(range.lowerBound)) to \(Text.count(range.upperBound))",
      read: { f, key in
        guard let integers = f.integers(key) else { return nil }
        if integers.count == 3, integers.allSatisfy(range.contains) { return integers }
        f.complain("\(f.path(key)) should be three integers from \(range.lowerBound) to \(range.upperBound)")
        return nil
      }, write: { content, _ in .array(content.map { Value($0) }) })
  }
}

extension FieldKind where Content == [Int] {
  /// Integers of one range, any number of them.
  package static func integers(in range: ClosedRange<Int>) -> Self {
    let item: Value = ["type": "integer", "minimum": Value(range.lowerBound), "maximum": Value(range.upperBound)]
    return Self(
      schema: ["type": "array", "items": item],
      words: "list of integers, \(Text.count(range.lowerBound)) to \(Text.count(range.upperBound))",
      read: { f, key in
        guard let integers = f.integers(key) else { return nil }
        if integers.allSatisfy(range.contains) { return integers }
        f.complain("\(f.path(key)) should be integers from \(range.lowerBound) to \(range.upperBound)")
        return nil
      }, write: { content, _ in .array(content.map { Value($0) }) })
  }
}

extension FieldKind where Content == [Bool] {
  package static var flags: Self {
    Self(
      schema: ["type": "array", "items": ["type": "boolean"]], words: "list of true and false",
      read: { $0.list($1, of: "true and false") { $0.bool } },
      write: { content, _ in .array(content.map { .bool($0) }) })
  }
}

extension FieldKind where Content == [Double] {
  package static var numbers: Self {
    Self(
      schema: ["type": "array", "items": ["type": "number"]], words: "list of numbers",
      read: { $0.list($1, of: "numbers") { $0.double } }, write: { content, _ in .array(content.map { .number($0) }) })
  }
}

extension FieldKind where Content == [String] {
  package static var texts: Self {
    Self(
      schema: ["type": "array", "items": ["type": "string"]], words: "list of texts", read: { $0.strings($1) },
      write: { content, _ in .array(content.map { .string($0) }) })
  }

  /// Paths, kept absolute.
  package static var paths: Self {
    Self(
      schema: ["type": "array", "items": ["type": "string"]], words: "list of paths",
      read: { f, key in f.strings(key)?.map(f.absolute) }, write: { content, _ in .array(content.map { .string($0) }) })
  }
}

extension FieldKind {
  /// Several of a few names, in no order; written sorted.
  package static func choices<Choice>() -> Self
  where Content == Set<Choice>, Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
    let names = Choice.allCases.map(\.rawValue)
    return Self(
      schema: ["type": "array", "items": .names(names)], words: "list of " + names.joined(separator: ", "),
      read: { f, key in
        guard let texts = f.strings(key) else { return nil }
        for text in texts where !names.contains(text) {
          f.complain(
            "\(f.path(key)) names '\(text)'" + Nearest.hint(text, names) + "; it can be "
              + names.joined(separator: ", "))
        }
        return Set(texts.compactMap { Choice(rawValue: $0) })
      }, write: { content, _ in .array(content.map(\.rawValue).sorted().map { .string($0) }) })
  }
}

// MARK: - sections

extension FieldKind where Content: DocumentSection {
  /// An object of its own keys.
  package static var section: Self {
    let section = Content.section
    var kind = Self(
      schema: section.schema, words: "section", read: { f, key in section.read(f.object(key)) },
      write: { section.value($0, $1) })
    kind.below = { section.rows(under: $0 + ".") }
    return kind
  }

  /// An object of its own keys that may be missing: for `optional`.
  package static var sectionIfThere: Self {
    let whole = section
    var kind = Self(
      schema: whole.schema, words: whole.words,
      read: { f, key in
        guard f.has(key) else {
          // A null says that it is not there, and is no unknown key.
          _ = f.raw(key)
          return nil
        }
        return whole.read(f, key)
      },
      write: whole.write)
    kind.below = whole.below
    return kind
  }
}

extension FieldKind {
  /// A list of objects. - Parameter expected: what is said to be missing where there is none; nil allows that.
  package static func sections<Item: DocumentSection>(expected: String? = nil) -> Self where Content == [Item] {
    let section = Item.section
    var schema: Value = ["type": "array", "items": section.schema]
    if expected != nil { schema.set("minItems", 1) }
    var kind = Self(
      schema: schema, words: "list of sections",
      read: { f, key in
        let items = f.objects(key).map { section.read($0) }
        if let expected, items.isEmpty { f.complain("\(f.path(key)) is missing: \(expected)") }
        return items
      }, write: { content, extent in .array(content.map { section.value($0, extent) }) })
    kind.isRequired = expected != nil
    kind.below = { section.rows(under: $0 + "[].") }
    return kind
  }
}

// MARK: - schemas of several kinds

extension Value {
  fileprivate static func number(in range: ClosedRange<Double>) -> Value {
    ["type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
  }

  fileprivate static func names(_ names: [String]) -> Value {
    ["type": "string", "enum": .array(names.map { .string($0) })]
  }
}
