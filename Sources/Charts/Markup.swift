/// HTML or SVG. Literals stand as they are; every `String` put into one is escaped, so what comes from outside cannot
/// become an element, and nobody has to remember it.
///
/// A literal inside an interpolation is a `String` unless it says otherwise, and then it is escaped too:
/// `"<li\(isMinor ? " class=\"minor\"" : "" as Markup)>"`.
package struct Markup: ExpressibleByStringInterpolation, Sendable, Hashable {
  /// What is written to a file.
  package private(set) var text: String

  package init(stringLiteral text: StringLiteralType) { self.text = text }

  package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  /// Text from anywhere, escaped. Where it is written from right to left it stands in an element of its own direction,
  /// or it would turn what stands beside it.
  package init(_ text: String) { self.text = Self.isolated(text) }

  /// Text for an attribute, a title or a drawing, where no element can stand.
  package init(plain text: String) { self.text = Self.escape(text) }

  /// Markup this program made or holds, such as a style sheet or base64; never what comes from outside.
  package init(trusted text: String) { self.text = text }

  package var isEmpty: Bool { text.isEmpty }

  /// Its words without the elements: what an attribute may say.
  package var words: Markup { Markup(trusted: text.replacing(/<[^>]*>/, with: "")) }

  package static func + (a: Self, b: Self) -> Self { Self(trusted: a.text + b.text) }

  package static func += (a: inout Self, b: Self) { a.text += b.text }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    package mutating func appendLiteral(_ literal: String) { text += literal }

    package mutating func appendInterpolation(_ text: String) {
      let isInTag = Markup.turns(text) && self.text.last { $0 == "<" || $0 == ">" } == "<"
      self.text += isInTag ? Markup.escape(text) : Markup.isolated(text)
    }

    package mutating func appendInterpolation(_ markup: Markup) { text += markup.text }

    package mutating func appendInterpolation(_ number: Int) { text += String(number) }
  }

  /// Whether any of it is of a script written from right to left (Unicode's blocks for Hebrew, Arabic and their kin).
  private static func turns(_ text: String) -> Bool {
    text.unicodeScalars.contains { c in
      switch c.value {
      case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFC, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
      default: false
      }
    }
  }

  private static func isolated(_ text: String) -> String {
    turns(text) ? "<bdi>" + escape(text) + "</bdi>" : escape(text)
  }

  private static func escape(_ text: String) -> String {
    var out = ""
    for c in text.unicodeScalars {
      switch c {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.unicodeScalars.append(c)
      }
    }
    return out
  }
}

extension Sequence<Markup> {
  package func joined(separator: Markup = "") -> Markup {
    Markup(trusted: map(\.text).joined(separator: separator.text))
  }
}
