import Yams

/// Strict YAML 1.2-style reading into a `Value`: no duplicate keys, no tags, no anchors' surprises ("no" stays a string).
public enum YAML {
  /// - Throws: `Problem` (usage) with file, line and column.
  public static func parse(_ text: String, at place: String) throws -> Value {
    let node: Node?
    do { node = try Yams.compose(yaml: text) } catch let error as YamlError {
      throw Problem.usage("the YAML cannot be read: \(error)", at: place, fix: "check indentation and quotes at the line named")
    }
    guard let node else { return .null }
    return try convert(node, at: place)
  }

  private static func convert(_ node: Node, at place: String) throws -> Value {
    let spot = node.mark.map { "\(place):\($0.line):\($0.column)" } ?? place
    switch node {
    case .scalar(let scalar): return scalarValue(scalar)
    case .sequence(let items): return .array(try items.map { try convert($0, at: place) })
    case .mapping(let mapping):
      var fields: [Value.Field] = []
      var seen: Set<String> = []
      for (key, value) in mapping {
        guard let name = key.scalar?.string else { throw Problem.usage("a key must be plain text", at: spot) }
        guard seen.insert(name).inserted else { throw Problem.usage("the key '\(name)' stands twice", at: spot, fix: "keep one of them") }
        fields.append(Value.Field(name, try convert(value, at: place)))
      }
      return .object(fields)
    case .alias: throw Problem.usage("aliases are not supported", at: spot, fix: "write the value out")
    }
  }

  /// Core-schema scalars; quoted text is always a string.
  private static func scalarValue(_ scalar: Node.Scalar) -> Value {
    let text = scalar.string
    guard scalar.style == .plain || scalar.style == .any else { return .string(text) }
    return plain(text)
  }

  /// What an unquoted scalar means (YAML 1.2 core schema); also how `--set key=value` reads its value.
  public static func plain(_ text: String) -> Value {
    switch text {
    case "", "~", "null": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default: break
    }
    if let integer = Int64(text) { return .integer(integer) }
    if let first = text.utf8.first, first == 0x2D || first == 0x2E || first == 0x2B || (0x30...0x39).contains(first),
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) || [0x2D, 0x2E, 0x2B, 0x65, 0x45].contains($0) }), let number = Double(text)
    { return .number(number) }
    return .string(text)
  }
}
