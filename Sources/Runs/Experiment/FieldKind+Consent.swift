import Consent
import Files

extension FieldKind where Content == String {
  /// A purpose of the closed list, or a word of one's own that begins with `x-`.
  static var purpose: Self { listed("a purpose", Purpose.objection) }

  /// A country's code.
  static var territory: Self { listed("ISO 3166-1 code", Territory.objection) }

  private static func listed(_ words: String, _ objection: @escaping @Sendable (String) -> String?) -> Self {
    Self(
      schema: ["type": "string"], words: words,
      read: { f, key in
        guard let text = f.optionalString(key) else { return nil }
        if let objection = objection(text) { f.complain("\(f.path(key)): \(objection)") }
        return text
      }, write: { content, _ in .string(content) })
  }
}
