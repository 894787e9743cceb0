/// Comma-separated values as RFC 4180 has them: CRLF after every row, a field in quotes when it holds a comma, a quote
/// or a line's end, quotes doubled.
package enum CSV {
  package static func row(_ fields: [String]) -> String { fields.map(field).joined(separator: ",") + "\r\n" }

  /// Text from other people, made safe for spreadsheets, which run what begins with `=`, `+`, `-`, `@`, a tab or a
  /// line's end: it gets an apostrophe in front, which a spreadsheet hides (OWASP, "CSV Injection").
  package static func guarded(_ text: String) -> String {
    text.unicodeScalars.first.map { "=+-@\t\r\n".unicodeScalars.contains($0) } ?? false ? "'" + text : text
  }

  private static func field(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return text }
    var out = ""
    for scalar in text.unicodeScalars { out += scalar == "\"" ? "\"\"" : String(scalar) }
    return "\"" + out + "\""
  }
}

// MARK: reading

extension CSV {
  package struct Record: Equatable {
    /// The line it begins on, from 1.
    package let line: Int
    package let fields: [String]
  }

  /// Records in order; blank lines and a byte order mark are passed over, and a bare line feed ends a record too.
  /// - Throws: `Problem` (usage) when a quote is never closed, or text follows a closing one.
  package static func records(_ text: String, at place: String) throws -> [Record] {
    var records: [Record] = [], fields: [String] = [], field = "", line = 1, start = 1, isQuoted = false,
      wasQuoted = false
    let scalars = Array(text.unicodeScalars.drop { $0 == "\u{FEFF}" })
    func close() {
      fields.append(field)
      (field, wasQuoted) = ("", false)
    }
    func end() {
      close()
      if fields != [""] { records.append(Record(line: start, fields: fields)) }
      fields = []
    }
    var i = 0
    while i < scalars.count {
      let c = scalars[i], next = i + 1 < scalars.count ? scalars[i + 1] : nil
      if c == "\n" { line += 1 }
      switch c {
      case "\"" where isQuoted && next == "\"":
        field += "\""
        i += 1
      case "\"" where isQuoted: isQuoted = false
      case "\"" where field.isEmpty && !wasQuoted: (isQuoted, wasQuoted) = (true, true)
      case _ where isQuoted: field.unicodeScalars.append(c)
      case ",": close()
      case "\r" where next == "\n": break
      case "\n":
        end()
        start = line
      default:
        guard !wasQuoted else {
          throw Problem.usage(
            "text follows a closing quote", at: "\(place):\(line)", expected: "a comma or the line's end")
        }
        field.unicodeScalars.append(c)
      }
      i += 1
    }
    guard !isQuoted else { throw Problem.usage("a quoted field is not closed", at: "\(place):\(start)") }
    if !field.isEmpty || !fields.isEmpty { end() }
    return records
  }
}
