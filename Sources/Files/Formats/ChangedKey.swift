/// Documents side by side: which of their keys differ.
public struct ChangedKey: Sendable, Equatable {
  /// "train.rate", "data.0.path".
  public let key: String
  /// One a document; nil where it lacks the key.
  public let values: [Value?]

  /// How a value reads in a table.
  public static func text(_ value: Value?) -> String {
    switch value {
    case nil: "–"
    case .string(let s): s
    case .number(let d): "\(d)"
    case .array(let items) where !items.isEmpty && items.allSatisfy { $0.string != nil }:
      items.compactMap(\.string).joined(separator: ", ")
    case .some(let other): JSON.line(other)
    }
  }

  /// Keys with differing values, in the order the documents have them.
  public static func between(_ documents: [Value], without hidden: Set<String> = []) -> [ChangedKey] {
    let flat = documents.map { flatten($0) }
    var order: [String] = [], seen: Set<String> = []
    for fields in flat { for field in fields where seen.insert(field.key).inserted { order.append(field.key) } }
    let tables = flat.map { Dictionary($0.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }) }
    return order.filter { !hidden.contains($0) }.compactMap { key in
      let values = tables.map { $0[key] }
      return values.dropFirst().allSatisfy { same($0, values[0]) } ? nil : ChangedKey(key: key, values: values)
    }
  }

  /// The same beside further documents that lack the key.
  package func beside(others count: Int) -> ChangedKey {
    ChangedKey(key: key, values: values + [Value?](repeating: nil, count: count))
  }

  /// 1 and 1.0 are the same setting.
  private static func same(_ a: Value?, _ b: Value?) -> Bool {
    if let x = a?.double, let y = b?.double { return x == y }
    return a == b
  }

  /// Nested keys joined by dots, as `--set` writes them; lists of plain values stay whole.
  package static func flatten(_ value: Value, _ path: String = "") -> [Value.Field] {
    func below(_ key: String) -> String { path.isEmpty ? key : path + "." + key }
    switch value {
    case .object(let fields) where !fields.isEmpty: return fields.flatMap { flatten($0.value, below($0.key)) }
    case .array(let items) where items.contains(where: { $0.fields != nil || $0.array != nil }):
      return items.enumerated().flatMap { flatten($1, below(String($0))) }
    default: return [.init(path, value)]
    }
  }
}
