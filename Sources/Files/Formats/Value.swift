/// A parsed JSON or YAML document: the one tree both readers produce and the JSON writer consumes.
///
/// Objects keep the order they were written in. Integers stay integers, because consent hashes must not depend on how a
/// floating-point number is printed.
public enum Value: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([Value])
  case object([Field])

  public struct Field: Sendable, Equatable {
    public var key: String
    public var value: Value
    public init(_ key: String, _ value: Value) { self.key = key; self.value = value }
  }

  /// The kind's name for messages: "an integer", "an object"…
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "true or false"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// The field of that name, or nil when absent or when this is not an object.
  public subscript(key: String) -> Value? {
    guard case .object(let fields) = self else { return nil }
    return fields.first { $0.key == key }?.value
  }

  public subscript(index: Int) -> Value? {
    guard case .array(let items) = self, items.indices.contains(index) else { return nil }
    return items[index]
  }

  public var string: String? { if case .string(let s) = self { s } else { nil } }
  public var bool: Bool? { if case .bool(let b) = self { b } else { nil } }
  public var array: [Value]? { if case .array(let a) = self { a } else { nil } }
  public var fields: [Field]? { if case .object(let f) = self { f } else { nil } }
  public var integer: Int? { if case .integer(let i) = self { Int(i) } else { nil } }
  /// Any numeric value as a Double.
  public var double: Double? {
    switch self {
    case .integer(let i): Double(i)
    case .number(let d): d
    default: nil
    }
  }

  /// Replaces or appends the field `key`; anything but an object becomes one.
  public mutating func set(_ key: String, _ value: Value) {
    var fields = self.fields ?? []
    if let i = fields.firstIndex(where: { $0.key == key }) {
      fields[i].value = value
    } else {
      fields.append(Field(key, value))
    }
    self = .object(fields)
  }

  /// The object without the field `key`.
  public func removing(_ key: String) -> Value {
    guard case .object(let fields) = self else { return self }
    return .object(fields.filter { $0.key != key })
  }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: Value...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, Value)...) { self = .object(elements.map { Field($0.0, $0.1) }) }
  public init(nilLiteral: ()) { self = .null }
  public init(_ value: Int) { self = .integer(Int64(value)) }
  public init(_ value: Double) { self = .number(value) }
  public init(_ value: Double?) { self = value.map { .number($0) } ?? .null }
  public init(_ value: String?) { self = value.map { .string($0) } ?? .null }
}
