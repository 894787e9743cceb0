import Files

extension Experiment {
  /// Lays `a.b=c` over a document. The value is read as YAML reads a plain scalar; `[1, 2]` and `{…}` work too.
  static func assign(_ assignment: String, to value: Value) throws -> Value {
    guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
      throw Problem.usage(
        "'\(assignment)' is not an assignment", at: "--set", expected: "KEY=VALUE, such as train.steps=500")
    }
    let keys = assignment[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let new = try YAML.parse(String(assignment[assignment.index(after: equals)...]), at: "--set \(assignment)")
    func put(_ value: Value, _ keys: ArraySlice<String>) throws -> Value {
      guard let key = keys.first else { return new }
      if case .array(var items) = value {
        guard let i = Int(key), items.indices.contains(i) else {
          throw Problem.usage("there is no item '\(key)' in the list", at: "--set \(assignment)")
        }
        items[i] = try put(items[i], keys.dropFirst())
        return .array(items)
      }
      guard value == .null || value.fields != nil else {
        throw Problem.usage("'\(key)' stands below a plain value", at: "--set \(assignment)")
      }
      var object = value
      object.set(key, try put(value[key] ?? .null, keys.dropFirst()))
      return object
    }
    return try put(value, keys[...])
  }
}
