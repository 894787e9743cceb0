/// What is said of a key beside the form of its value.
struct FieldNote: Sendable {
  let meaning: String, unit: String?, defaultWords: String?, isHashed: Bool

  /// A value's schema, with description and default. An absent key may also be written as null.
  func schema(_ value: Value, isRequired: Bool, default fallback: Value?) -> Value {
    var schema = value
    if !isRequired {
      if let type = value["type"]?.string { schema.set("type", [.string(type), "null"]) }
      if let names = value["enum"]?.array { schema.set("enum", .array(names + [.null])) }
    }
    let parts = [
      meaning, unit.map { "In \($0)" }, defaultWords.map { "Default: \($0)" },
      isHashed ? nil : "Not hashed",
    ]
    schema.set("description", .string(parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ". ") + "."))
    if let fallback { schema.set("default", fallback) }
    return schema
  }
}
