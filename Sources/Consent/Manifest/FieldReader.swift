import Files

/// Reads one object of a manifest. Nothing here throws: whatever is unknown, missing or malformed becomes a fault, and
/// faults deny the thing the object belongs to. (`StrictFields` throws instead; a manifest must still say which clips
/// are unharmed.)
package final class FieldReader {
  package let path: String
  private let fields: [String: Value]
  private let order: [String]
  private var known: [String] = []
  private(set) var faults: [Reason] = []
  /// One fault denies; a file made of nothing but faults must not cost more than it is worth.
  package static let most = 32

  package init(_ value: Value?, at path: String) {
    self.path = path
    let list = value?.fields ?? []
    fields = Dictionary(list.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    order = list.map(\.key)
    if let value, value.fields == nil { complain(.invalidField, "\(path) should be an object, not \(value.kind)") }
  }

  package func complain(
    _ code: Reason.Code, _ sentence: String,
    fix: String = "correct the manifest, or ask the licensor for a corrected one"
  ) {
    if faults.count < Self.most { faults.append(Reason(code, sentence, fix: fix)) }
  }

  private func invalid(_ key: String, _ expected: String, _ value: Value) {
    complain(.invalidField, "\(path).\(key) should be \(expected), not \(Self.brief(value))")
  }

  /// A present value; null counts as absent.
  private func look(_ key: String, required: Bool) -> Value? {
    known.append(key)
    if let value = fields[key], value != .null { return value }
    if required {
      complain(.missingField, "\(path).\(key) is missing", fix: "state it: what a manifest leaves open is not granted")
    }
    return nil
  }

  /// The field as written, null included.
  package func raw(_ key: String) -> Value? {
    known.append(key)
    return fields[key]
  }

  /// Whether the field says anything: present, not null, and no empty list.
  package func isStated(_ key: String) -> Bool { fields[key].map { $0 != .null && $0 != .array([]) } ?? false }

  package func text(_ key: String, required: Bool = false) -> String? {
    guard let value = look(key, required: required) else { return nil }
    guard let text = value.string, !text.isEmpty else { invalid(key, "text", value); return nil }
    return text
  }

  package func texts(_ key: String, required: Bool = false) -> [String] {
    guard let value = look(key, required: required) else { return [] }
    guard let items = value.array, case let texts = items.compactMap(\.string), texts.count == items.count else {
      invalid(key, "a list of texts", value)
      return []
    }
    return texts
  }

  /// A list of words of a closed list. Every other word is a fault, wherever it stands: a permission misspelt permits
  /// less, which somebody notices, and a prohibition misspelt permits more, and nobody does.
  /// - Parameter objection: what is wrong with a word, as the beginning of a sentence; nil for a good one.
  package func words(_ key: String, required: Bool = false, _ objection: (String) -> String?) -> [String] {
    let words = texts(key, required: required)
    for word in words.prefix(Self.most) {
      if let objection = objection(word) { complain(.invalidField, "\(path).\(key): \(objection)") }
    }
    return words
  }

  /// A list that says nothing is no statement: a grant of no territory would forbid nowhere.
  package func requireSome(_ key: String, _ words: [String]) {
    guard words.isEmpty, fields[key]?.array != nil else { return }
    complain(.invalidField, "\(path).\(key) is an empty list", fix: "name what is meant, or leave the grant out")
  }

  package func word<T: RawRepresentable & CaseIterable>(
    _ key: String, required: Bool = false, as: T.Type = T.self
  ) -> T? where T.RawValue == String {
    guard let value = look(key, required: required) else { return nil }
    let words = T.allCases.map(\.rawValue)
    guard let text = value.string, let word = T(rawValue: text) else {
      invalid(key, "one of \(words.joined(separator: ", "))" + Self.hint(value.string ?? "", words), value)
      return nil
    }
    return word
  }

  /// - Parameter fallback: what silence means; always the narrower of the two.
  func flag(_ key: String, default fallback: Bool) -> Bool {
    guard let value = look(key, required: false) else { return fallback }
    guard let flag = value.bool else { invalid(key, "true or false", value); return fallback }
    return flag
  }

  package func count(_ key: String, from least: Int = 0) -> Int? {
    guard let value = look(key, required: false) else { return nil }
    guard let n = value.integer, n >= least else { invalid(key, "an integer of at least \(least)", value); return nil }
    return n
  }

  package func hash(_ key: String) -> String? {
    guard let value = look(key, required: false) else { return nil }
    guard let text = value.string, let hash = Hex.sha256(text) else {
      invalid(key, "a SHA-256 in 64 hexadecimal digits", value); return nil
    }
    return hash
  }

  package func moment(_ key: String, required: Bool = false) -> Moment? {
    guard let value = look(key, required: required) else { return nil }
    guard let text = value.string, let moment = Moment(text) else {
      invalid(key, "a UTC time such as 2026-01-31T00:00:00Z (RFC 3339)", value)
      return nil
    }
    return moment
  }

  /// A decimal string such as "0.0004".
  package func decimal(_ key: String) -> String? {
    guard let text = text(key) else { return nil }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
    else {
      invalid(key, "a decimal string such as \"0.0004\"", .string(text))
      return nil
    }
    return text
  }

  /// A nested object; hand it back to `absorb` when read.
  package func object(_ key: String, required: Bool = false) -> FieldReader? {
    look(key, required: required).map { FieldReader($0, at: "\(path).\(key)") }
  }

  /// Items of a list, unread.
  package func items(_ key: String) -> [Value] {
    guard let value = look(key, required: false) else { return [] }
    guard let items = value.array else { invalid(key, "a list", value); return [] }
    return items
  }

  func absorb(_ inner: FieldReader?) {
    guard let inner else { return }
    inner.close()
    faults += inner.faults.prefix(max(0, Self.most - faults.count))
  }

  /// Complains of every field nobody asked for. Fields that begin with `x-` are the writer's own.
  package func close() {
    for key in order where !known.contains(key) && !key.hasPrefix("x-") {
      guard faults.count < Self.most else { return }
      complain(
        .unknownField, "\(path) has an unknown field '\(Self.shortened(key))'" + Self.hint(key, known),
        fix: "spell it as the schema does, or begin it with 'x-' if it is a note of your own")
    }
  }

  /// The nearest known word; names too long to be a slip are not compared (the distance costs their product).
  package static func hint(_ name: String, _ known: [String]) -> String {
    name.utf8.count <= 64 ? Nearest.hint(name, known) : ""
  }

  /// A name from somebody's file, fit for a terminal: short, and without control characters.
  package static func shortened(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(49).map {
      $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "\u{FFFD}" : $0
    }
    var short = String.UnicodeScalarView()
    short.append(contentsOf: scalars.count <= 48 ? scalars[...] : scalars.prefix(47))
    return String(short) + (scalars.count <= 48 ? "" : "…")
  }

  private static func brief(_ value: Value) -> String {
    switch value {
    case .string(let text): text.isEmpty ? "an empty text" : "'\(shortened(text))'"
    case .integer(let i): String(i)
    case .bool(let b): String(b)
    default: value.kind
    }
  }
}

package enum Hex {
  /// 64 hexadecimal digits in lower case, with or without `sha256:` before them.
  package static func sha256(_ text: String) -> String? {
    let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]
    guard digits.utf8.count == 64,
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || (0x41...0x46).contains($0) })
    else { return nil }
    return digits.lowercased()
  }
}
