import Yams

/// Strict YAML 1.2-style reading into a `Value`: no duplicate keys, no tags, no anchors, no surprises ("no" stays a
/// string).
public enum YAML {
  /// Levels of nesting, as in `JSON.parse`.
  private static let limit = 64

  /// - Throws: `Problem` (usage) with file, line and column.
  public static func parse(_ text: String, at place: String) throws -> Value {
    guard !couldExplode(text) else {
      throw Problem.usage("aliases are not supported", at: place, fix: "write the values out")
    }
    // Nodes hold their anchors weakly; the parser owns them.
    let parser: Parser, node: Node?
    do {
      parser = try Parser(yaml: text)
      node = try parser.singleRoot()
    } catch YamlError.duplicatedKeysInMapping(let names, let context) {
      throw Problem.usage(
        "the key '\(names.first ?? "")' stands twice", at: "\(place):\(context.mark.line):\(context.mark.column)",
        fix: "keep one of them")
    } catch let error as YamlError {
      throw Problem.usage(
        "the YAML cannot be read: \(shortened("\(error)"))", at: place,
        fix: "check indentation and quotes at the line named")
    }
    guard let node else { return .null }
    return try withExtendedLifetime(parser) { try convert(node, at: place, depth: 0) }
  }

  /// Yams expands aliases while it composes, and hashes keys whole: n aliases can stand for 3^(n/3) nodes. A few are
  /// left to `convert`, which refuses every anchor before it comes to an alias.
  private static func couldExplode(_ text: String) -> Bool {
    var before = UInt8(ascii: "\n"), aliases = 0, anchors = 0
    for c in text.utf8 {
      if before == UInt8(ascii: "*"), c > 0x20 { aliases += 1 }
      if before == UInt8(ascii: "&"), c > 0x20 { anchors += 1 }
      before = c
    }
    return aliases > 24 && anchors > 2
  }

  private static func convert(_ node: Node, at place: String, depth: Int) throws -> Value {
    let spot = node.mark.map { "\(place):\($0.line):\($0.column)" } ?? place
    guard depth <= limit else { throw Problem.usage("the document nests deeper than \(limit) levels", at: spot) }
    guard node.anchor == nil else {
      throw Problem.usage(
        "anchors and aliases are not supported", at: spot, fix: "write the value out where it is used")
    }
    switch node {
    case .scalar(let scalar):
      // Yams gives quoted text the tag of strings.
      guard scalar.tag.rawValue.isEmpty || (scalar.style != .plain && scalar.tag == Tag(.str)) else {
        throw tagged(scalar.tag, spot)
      }
      return scalarValue(scalar)
    case .sequence(let items):
      guard items.tag.rawValue.isEmpty else { throw tagged(items.tag, spot) }
      return .array(
        try items.map { item in
          try requireWritten(item, "an item of the list", at: spot)
          return try convert(item, at: place, depth: depth + 1)
        })
    case .mapping(let mapping):
      guard mapping.tag.rawValue.isEmpty else { throw tagged(mapping.tag, spot) }
      var fields: [Value.Field] = []
      var seen: Set<String> = []
      for (key, value) in mapping {
        guard let name = key.scalar?.string, key.anchor == nil else {
          throw Problem.usage("a key must be plain text", at: spot)
        }
        guard seen.insert(name).inserted else {
          throw Problem.usage("the key '\(name)' stands twice", at: spot, fix: "keep one of them")
        }
        try requireWritten(value, "the key '\(name)'", at: key.mark.map { "\(place):\($0.line):\($0.column)" } ?? spot)
        fields.append(Value.Field(name, try convert(value, at: place, depth: depth + 1)))
      }
      return .object(fields)
    case .alias: throw Problem.usage("aliases are not supported", at: spot, fix: "write the value out")
    }
  }

  /// YAML takes a blank for null, and null may be the widest word there is: a date that somebody forgot to fill in
  /// would be no date. Null is written out.
  private static func requireWritten(_ node: Node, _ what: String, at spot: String) throws {
    guard case .scalar(let scalar) = node, scalar.string.isEmpty, scalar.style == .plain || scalar.style == .any else {
      return
    }
    throw Problem.usage(
      "\(what) has no value", at: spot, expected: "a value, or null where nothing is meant",
      fix: "fill it in, write null, or take it out")
  }

  private static func tagged(_ tag: Tag, _ spot: String) -> Problem {
    Problem.usage(
      "the tag \(tag.rawValue) is not supported", at: spot, fix: "quote what is text, and leave the tag out")
  }

  /// Core-schema scalars; quoted text is always a string.
  private static func scalarValue(_ scalar: Node.Scalar) -> Value {
    let text = scalar.string
    guard scalar.style == .plain || scalar.style == .any else { return .string(text) }
    return plain(text)
  }

  /// The parser's message quotes the line it stopped at, however long.
  private static func shortened(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.count > 120 ? $0.prefix(120) + "…" : $0 }
      .joined(separator: "\n")
  }

  /// What an unquoted scalar means (YAML 1.2 core schema, decimal numbers only: `0x10`, `.inf` and `1e999` stay text);
  /// also how `--set key=value` reads its value.
  public static func plain(_ text: String) -> Value {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    if let integer = Int64(text) { return .integer(integer) }
    if let first = text.utf8.first, first == 0x2D || first == 0x2E || first == 0x2B || (0x30...0x39).contains(first),
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) || [0x2D, 0x2E, 0x2B, 0x65, 0x45].contains($0) }),
      let number = Double(text), number.isFinite
    {
      return .number(number)
    }
    return .string(text)
  }
}
