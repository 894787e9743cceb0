/// The keys of one object of a document: one table that reads, writes, hashes and describes it.
///
/// ```swift
/// static let section = Section(Weather()) {
///   Field("wind", \.wind, .number(in: 0...100), unit: "m/s", "mean wind over the window")
///   Field("gusts", \.gusts, .number(in: 0...200), unit: "m/s", "largest gust", default: "2·wind") { 2 * $0.wind }
/// } rules: { weather, f in
///   if weather.gusts < weather.wind { f.complain("\(f.path("gusts")) is below the mean") }
/// }
/// ```
///
/// Defaults are what the root has that the section is made with. Order is that of writing, except that what is hashed
/// stands before what is not.
package struct Section<Root: Sendable>: Sendable {
  package typealias Rules = @Sendable (inout Root, StrictFields) -> Void

  package let defaults: Root
  package let fields: [Field<Root>]
  private let rules: Rules

  /// - Parameter rules: what must hold between keys; complains to the fields it is given.
  package init(
    _ defaults: Root, @FieldList<Root> _ fields: () -> [Field<Root>], rules: @escaping Rules = { _, _ in }
  ) {
    (self.defaults, self.fields, self.rules) = (defaults, fields(), rules)
    precondition(Set(self.fields.map(\.key)).count == self.fields.count, "a key stands twice")
  }

  /// Reads every key, lets the rules speak, then complains of keys that are left.
  package func read(_ f: StrictFields) -> Root {
    var root = defaults
    for field in fields { field.read(f, &root) }
    rules(&root, f)
    f.close()
    return root
  }

  /// What `read` reads, whole; or the part that is hashed.
  package func value(_ root: Root, _ extent: FieldExtent = .all) -> Value {
    let ordered = fields.filter { $0.hashed != .never } + fields.filter { $0.hashed == .never }
    return .object(
      ordered.compactMap { field in field.value(root, defaults, extent).map { Value.Field(field.key, $0) } })
  }

  /// Holds a root that was not read against the same ranges and rules.
  /// - Throws: `Problem` (usage) listing everything that is wrong.
  package func check(_ root: Root, at place: String) throws {
    let f = StrictFields(value(root), at: place)
    _ = read(f)
    try f.finish()
  }

  /// The table of keys. - Parameter prefix: path to this section, with its dot.
  package func rows(under prefix: String = "") -> [KeyRow] { fields.flatMap { $0.rows(prefix, defaults) } }

  /// A JSON Schema (draft 2020-12) of the object.
  package var schema: Value { fields.schema(defaults) }
}

/// Fields one below the other.
@resultBuilder package enum FieldList<Root: Sendable> {
  package static func buildExpression(_ field: Field<Root>) -> Field<Root> { field }
  package static func buildBlock(_ fields: Field<Root>...) -> [Field<Root>] { fields }
}

/// A type that is a section of a document.
package protocol DocumentSection: Sendable, Equatable {
  static var section: Section<Self> { get }
}

extension DocumentSection {
  /// Reads what `value` writes; complaints go to `fields`.
  package init(_ fields: StrictFields) { self = Self.section.read(fields) }

  package var value: Value { Self.section.value(self) }
}

extension Array {
  /// An object with these keys, the user's own `x-` keys, and no others.
  func schema<Root>(_ defaults: Root) -> Value where Element == Field<Root> {
    let required = filter(\.isRequired).map { Value.string($0.key) }
    var schema: Value = [
      "type": "object", "properties": .object(map { Value.Field($0.key, $0.schema(defaults)) }),
      "patternProperties": ["^x-": .object([])], "additionalProperties": false,
    ]
    if !required.isEmpty { schema.set("required", .array(required)) }
    return schema
  }
}
