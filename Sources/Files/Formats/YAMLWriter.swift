extension YAML {
  /// A document `parse` reads back as the same value: objects and lists of them in block style, plain lists in one
  /// line.
  public static func text(_ value: Value) -> String { block(value, 0) }

  private static func block(_ value: Value, _ depth: Int) -> String {
    let margin = String(repeating: "  ", count: depth)
    switch value {
    case .object(let fields) where !fields.isEmpty:
      return fields.map { field in
        isFlow(field.value)
          ? "\(margin)\(scalar(field.key)): \(flow(field.value))\n"
          : "\(margin)\(scalar(field.key)):\n\(block(field.value, depth + 1))"
      }.joined()
    case .array(let items) where !items.isEmpty:
      return items.map { item in
        // The item's first line stands behind the dash.
        isFlow(item) ? "\(margin)- \(flow(item))\n" : "\(margin)- \(block(item, depth + 1).dropFirst(margin.count + 2))"
      }.joined()
    default: return margin + flow(value) + "\n"
    }
  }

  private static func isFlow(_ value: Value) -> Bool {
    switch value {
    case .object(let fields): fields.isEmpty
    case .array(let items): items.allSatisfy { $0.array == nil && $0.fields == nil }
    default: true
    }
  }

  private static func flow(_ value: Value) -> String {
    switch value {
    case .string(let text): scalar(text)
    case .array(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
    case .object: "{}"
    default: JSON.line(value)
    }
  }

  /// Unquoted only where nobody could read it as anything but text.
  private static func scalar(_ text: String) -> String {
    let plain = text.utf8.first.map { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2F } ?? false
    let safe =
      plain
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
          || [0x2D, 0x2E, 0x2F, 0x5F].contains($0)
      }
    return safe && YAML.plain(text) == .string(text)
      && !["yes", "no", "on", "off", "y", "n"].contains(text.lowercased()) ? text : JSON.line(.string(text))
  }
}
