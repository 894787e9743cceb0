extension Field {
  private init(
    key: String, meaning: String, hashed: Hashed, isRequired: Bool,
    read: @escaping @Sendable (StrictFields, inout Root) -> Void,
    value: @escaping @Sendable (Root, Root, FieldExtent) -> Value?, schema: @escaping @Sendable (Root) -> Value,
    rows: @escaping @Sendable (String, Root) -> [KeyRow]
  ) {
    (self.key, self.meaning, self.hashed, self.isRequired) = (key, meaning, hashed, isRequired)
    (self.read, self.value, self.schema, self.rows) = (read, value, schema, rows)
  }

  private init(
    _ key: String, meaning: String, schema: Value, values: String, default text: String = "–",
    read: @escaping @Sendable (StrictFields) -> Void, value: Value?
  ) {
    (self.key, self.meaning, hashed, isRequired) = (key, meaning, .always, false)
    self.read = { f, _ in read(f) }
    self.value = { _, _, _ in value }
    let note = FieldNote(meaning: meaning, unit: nil, defaultWords: nil, isHashed: true)
    self.schema = { _ in note.schema(schema, isRequired: false, default: nil) }
    rows = { prefix, _ in
      [
        KeyRow(
          path: prefix + key, values: values, defaultText: text, isHashed: true, meaning: meaning, holdsKeys: false)
      ]
    }
  }

  /// A text that can be one thing only, such as a format's name.
  /// - Parameter complaint: what is said of any other, after the key's path.
  package static func constant(
    _ key: String, _ text: String, _ meaning: String, otherwise complaint: @escaping @Sendable (String) -> String
  ) -> Self {
    Self(
      key, meaning: meaning, schema: ["type": "string", "enum": [.string(text)]], values: text, default: text,
      read: { f in
        if let other = f.optionalString(key), other != text { f.complain("\(f.path(key)) \(complaint(other))") }
      }, value: .string(text))
  }

  /// A key of others' documents that may only be null here.
  package static func unsupported(_ key: String, _ meaning: String) -> Self {
    Self(
      key, meaning: meaning, schema: ["type": "null"], values: "null",
      read: { f in if f.raw(key) != nil { f.complain("\(f.path(key)) is set: \(meaning)") } }, value: .null)
  }

  /// A key of others' documents that says nothing to us. - Parameter value: what is written; nil writes nothing.
  package static func ignored(_ key: String, _ meaning: String, written value: Value? = nil) -> Self {
    Self(key, meaning: meaning, schema: [:], values: "anything", read: { _ = $0.raw(key) }, value: value)
  }

  /// An object whose keys lie in this same root.
  package static func group(
    _ key: String, _ meaning: String, @FieldList<Root> _ fields: () -> [Field<Root>]
  ) -> Self {
    let fields = fields(), note = FieldNote(meaning: meaning, unit: nil, defaultWords: nil, isHashed: true)
    return Self(
      key: key, meaning: meaning, hashed: .always, isRequired: false,
      read: { f, root in
        let inner = f.object(key)
        for field in fields { field.read(inner, &root) }
        inner.close()
      },
      value: { root, defaults, extent in
        .object(fields.compactMap { field in field.value(root, defaults, extent).map { .init(field.key, $0) } })
      },
      schema: { note.schema(fields.schema($0), isRequired: false, default: nil) },
      rows: { prefix, defaults in
        [
          KeyRow(
            path: prefix + key, values: "section", defaultText: "–", isHashed: true, meaning: meaning, holdsKeys: true)
        ] + fields.flatMap { $0.rows(prefix + key + ".", defaults) }
      })
  }
}
