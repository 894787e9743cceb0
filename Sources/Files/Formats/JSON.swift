/// Strict JSON (RFC 8259): UTF-8 only, no duplicate keys, bounded nesting, nothing after the document.
public enum JSON {
  /// Parses a whole document. `place` names it in errors; `depth` bounds nesting.
  /// - Throws: `Problem` with the byte offset's line and column.
  public static func parse(_ bytes: some Collection<UInt8>, at place: String, depth: Int = 64) throws -> Value {
    // The byte order mark of Windows editors says nothing; inside the text it is an error as any other character.
    let isMarked = bytes.starts(with: [0xEF, 0xBB, 0xBF]), input = ContiguousArray(bytes.dropFirst(isMarked ? 3 : 0))
    guard String(validating: input, as: UTF8.self) != nil else {
      throw Problem("the text is not valid UTF-8", at: place, expected: "JSON in UTF-8")
    }
    var parser = Parser(input: input, place: place, limit: depth)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == input.count else { throw parser.problem("there is text after the document's end") }
    return value
  }

  public static func parse(_ text: String, at place: String, depth: Int = 64) throws -> Value {
    try parse(Array(text.utf8), at: place, depth: depth)
  }

  /// One line, keys in the order given. Numbers print their shortest round-trip form; NaN and infinities become null.
  public static func line(_ value: Value) -> String {
    var out = ""
    write(value, into: &out, indent: nil, level: 0)
    return out
  }

  /// Indented by two spaces, ending in a newline.
  public static func pretty(_ value: Value) -> String {
    var out = ""
    write(value, into: &out, indent: 2, level: 0)
    return out + "\n"
  }

  /// RFC 8785 canonical form for documents without fractions: keys sorted by UTF-16 units, minimal escapes, no spaces.
  /// - Throws: `Problem` when a number is fractional or too large to be the same in every reader (write it as a string
  ///   instead).
  public static func canonical(_ value: Value, at place: String) throws -> String {
    var out = ""
    do { try canonical(value, into: &out) } catch var problem as Problem {
      problem.place = place + (problem.place ?? "")
      throw problem
    }
    return out
  }

  /// The place of a problem is the path of keys to it.
  private static func canonical(_ value: Value, into out: inout String) throws {
    switch value {
    case .number:
      throw Problem("a fractional number cannot be hashed canonically", fix: "write it as a string, such as \"0.25\"")
    case .integer(let i) where i.magnitude > 1 << 53 - 1:
      // RFC 7493 §2.2: past this other implementations round, and would hash something else.
      throw Problem(
        "the integer \(i) cannot be hashed canonically", expected: "at most 2^53 − 1", fix: "write it as a string")
    case .array(let items):
      out += "["
      for (i, item) in items.enumerated() {
        if i > 0 { out += "," }
        try canonical(item, into: &out)
      }
      out += "]"
    case .object(let fields):
      func precedes(_ a: Value.Field, _ b: Value.Field) -> Bool { a.key.utf16.lexicographicallyPrecedes(b.key.utf16) }
      // What was read back is in order.
      let isSorted = zip(fields, fields.dropFirst()).allSatisfy { !precedes($1, $0) }
      out += "{"
      for (i, field) in (isSorted ? fields : fields.sorted(by: precedes)).enumerated() {
        if i > 0 { out += "," }
        quote(field.key, into: &out)
        out += ":"
        do { try canonical(field.value, into: &out) } catch var problem as Problem {
          problem.place = "." + field.key + (problem.place ?? "")
          throw problem
        }
      }
      out += "}"
    default: write(value, into: &out, indent: nil, level: 0)
    }
  }

  private static func write(_ value: Value, into out: inout String, indent: Int?, level: Int) {
    func newline(_ level: Int) { if let indent { out += "\n" + String(repeating: " ", count: indent * level) } }
    switch value {
    case .null: out += "null"
    case .bool(let b): out += b ? "true" : "false"
    case .integer(let i): out += String(i)
    case .number(let d):
      out += d.isFinite ? "\(d)" : "null"
    case .string(let s): quote(s, into: &out)
    case .array(let items):
      if items.isEmpty { out += "[]"; return }
      // Lists of plain values stay on one line even when indented: shapes and offsets read better so.
      let flat = items.allSatisfy { if case .array = $0 { false } else if case .object = $0 { false } else { true } }
      out += "["
      for (i, item) in items.enumerated() {
        if i > 0 { out += flat && indent != nil ? ", " : "," }
        if !flat { newline(level + 1) }
        write(item, into: &out, indent: indent, level: level + 1)
      }
      if !flat { newline(level) }
      out += "]"
    case .object(let fields):
      if fields.isEmpty { out += "{}"; return }
      out += "{"
      for (i, field) in fields.enumerated() {
        if i > 0 { out += "," }
        newline(level + 1)
        quote(field.key, into: &out)
        out += indent == nil ? ":" : ": "
        write(field.value, into: &out, indent: indent, level: level + 1)
      }
      newline(level)
      out += "}"
    }
  }

  private static func quote(_ s: String, into out: inout String) {
    out += "\""
    defer { out += "\"" }
    // Most need no escape.
    guard s.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) else { return out += s }
    for u in s.unicodeScalars {
      switch u {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\u{8}": out += "\\b"
      case "\u{c}": out += "\\f"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where u.value < 0x20:
        let hex = String(u.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: out.unicodeScalars.append(u)
      }
    }
  }

  private struct Parser {
    let input: ContiguousArray<UInt8>
    let place: String
    let limit: Int
    var position = 0

    func problem(_ what: String) -> Problem {
      let before = input.prefix(position)
      let line = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
      let column = position - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
      return Problem(what, at: "\(place):\(line):\(column)", expected: "strict JSON (RFC 8259)")
    }

    mutating func skipSpace() {
      while position < input.count, [0x20, 0x09, 0x0A, 0x0D].contains(input[position]) { position += 1 }
    }

    mutating func value(depth: Int) throws -> Value {
      guard depth <= limit else { throw problem("the document nests deeper than \(limit) levels") }
      skipSpace()
      guard position < input.count else { throw problem("the document ends too early") }
      switch input[position] {
      case UInt8(ascii: "{"): return try object(depth)
      case UInt8(ascii: "["): return try array(depth)
      case UInt8(ascii: "\""): return .string(try string())
      case UInt8(ascii: "t"): return try word("true", .bool(true))
      case UInt8(ascii: "f"): return try word("false", .bool(false))
      case UInt8(ascii: "n"): return try word("null", .null)
      default: return try number()
      }
    }

    mutating func word(_ text: String, _ value: Value) throws -> Value {
      guard input[position...].starts(with: text.utf8) else { throw problem("this is not a JSON value") }
      position += text.utf8.count
      return value
    }

    mutating func object(_ depth: Int) throws -> Value {
      position += 1
      var fields: [Value.Field] = []
      var seen: Set<String> = []
      skipSpace()
      if position < input.count, input[position] == UInt8(ascii: "}") { position += 1; return .object(fields) }
      while true {
        skipSpace()
        guard position < input.count, input[position] == UInt8(ascii: "\"") else {
          throw problem("a key in quotes is missing")
        }
        let key = try string()
        guard seen.insert(key).inserted else { throw problem("the key \"\(key)\" stands twice in one object") }
        skipSpace()
        guard position < input.count, input[position] == UInt8(ascii: ":") else {
          throw problem("a ':' is missing after the key \"\(key)\"")
        }
        position += 1
        fields.append(Value.Field(key, try value(depth: depth + 1)))
        skipSpace()
        guard position < input.count else { throw problem("the object is not closed") }
        position += 1
        if input[position - 1] == UInt8(ascii: "}") { return .object(fields) }
        guard input[position - 1] == UInt8(ascii: ",") else { throw problem("a ',' or '}' is missing") }
      }
    }

    mutating func array(_ depth: Int) throws -> Value {
      position += 1
      var items: [Value] = []
      skipSpace()
      if position < input.count, input[position] == UInt8(ascii: "]") { position += 1; return .array(items) }
      while true {
        items.append(try value(depth: depth + 1))
        skipSpace()
        guard position < input.count else { throw problem("the list is not closed") }
        position += 1
        if input[position - 1] == UInt8(ascii: "]") { return .array(items) }
        guard input[position - 1] == UInt8(ascii: ",") else { throw problem("a ',' or ']' is missing") }
      }
    }

    mutating func string() throws -> String {
      position += 1
      var bytes: [UInt8] = []
      while position < input.count {
        let c = input[position]
        position += 1
        switch c {
        case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
        case UInt8(ascii: "\\"):
          guard position < input.count else { throw problem("the string is not closed") }
          let e = input[position]
          position += 1
          switch e {
          case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(e)
          case UInt8(ascii: "b"): bytes.append(8)
          case UInt8(ascii: "f"): bytes.append(12)
          case UInt8(ascii: "n"): bytes.append(10)
          case UInt8(ascii: "r"): bytes.append(13)
          case UInt8(ascii: "t"): bytes.append(9)
          case UInt8(ascii: "u"): bytes += Array(String(try escapedScalar()).utf8)
          default: throw problem("the escape \\\(Character(UnicodeScalar(e))) is not JSON")
          }
        case 0..<0x20: throw problem("a control character stands unescaped in a string")
        default: bytes.append(c)
        }
      }
      throw problem("the string is not closed")
    }

    mutating func hexUnit() throws -> UInt32 {
      guard position + 4 <= input.count, let text = String(validating: input[position..<position + 4], as: UTF8.self),
        text.allSatisfy(\.isHexDigit), let unit = UInt32(text, radix: 16)
      else { throw problem("\\u needs four hexadecimal digits") }
      position += 4
      return unit
    }

    mutating func escapedScalar() throws -> Character {
      var code = try hexUnit()
      if (0xD800..<0xDC00).contains(code), position + 1 < input.count, input[position] == UInt8(ascii: "\\"),
        input[position + 1] == UInt8(ascii: "u")
      {
        position += 2
        let low = try hexUnit()
        guard (0xDC00..<0xE000).contains(low) else { throw problem("a surrogate pair is broken") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = UnicodeScalar(code) else { throw problem("a lone surrogate is not a character") }
      return Character(scalar)
    }

    mutating func number() throws -> Value {
      let start = position
      func digits() -> Bool {
        let from = position
        while position < input.count, (0x30...0x39).contains(input[position]) { position += 1 }
        return position > from
      }
      if input[position] == UInt8(ascii: "-") { position += 1 }
      let first = position
      guard digits() else { throw problem("this is not a JSON value") }
      guard input[first] != 0x30 || position == first + 1 else { throw problem("a number has a leading zero") }
      var fractional = false
      if position < input.count, input[position] == UInt8(ascii: ".") {
        position += 1
        fractional = true
        guard digits() else { throw problem("digits are missing after the decimal point") }
      }
      if position < input.count, input[position] | 0x20 == UInt8(ascii: "e") {
        position += 1
        fractional = true
        if position < input.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(input[position]) { position += 1 }
        guard digits() else { throw problem("digits are missing in the exponent") }
      }
      let text = String(decoding: input[start..<position], as: UTF8.self)
      if !fractional, let integer = Int64(text) { return .integer(integer) }
      guard let double = Double(text), double.isFinite else { throw problem("the number \(text) is out of range") }
      return .number(double)
    }
  }
}
