/// Names that are read as they are written. A control character breaks a table or a shell's line; a mark of direction or
/// an invisible character makes one name look like another (Unicode TR 36, "Unicode Security Considerations").
package enum VisibleName {
  /// Text for a terminal: control characters in it, but ends of lines and tabs, stand as their pictures (U+2400 and on),
  /// and what turns the direction of all that follows (embeddings, overrides, isolates) as U+FFFD, so that a name nobody
  /// vouches for commands nothing.
  package static func shown(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isCommand) else { return text }
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { c in
          turns(c)
            ? "\u{FFFD}" : isCommand(c) ? Unicode.Scalar(c.value < 0x20 ? 0x2400 + c.value : 0x2421) ?? "\u{FFFD}" : c
        }))
  }

  private static func isCommand(_ c: Unicode.Scalar) -> Bool {
    c != "\n" && c != "\t" && c.properties.generalCategory == .control || turns(c)
  }

  private static func turns(_ c: Unicode.Scalar) -> Bool {
    (0x202A...0x202E).contains(c.value) || (0x2066...0x2069).contains(c.value)
  }

  /// What such a name must not hold, as a noun; nil when there is nothing wrong with it.
  package static func fault(_ name: String) -> String? {
    for c in name.unicodeScalars {
      let code =
        "U+" + String(repeating: "0", count: max(0, 4 - String(c.value, radix: 16).count))
        + String(c.value, radix: 16, uppercase: true)
      switch c.value {
      case 0x61C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: return "a mark of writing direction (\(code))"
      case 0x200B, 0x2060, 0xFEFF: return "an invisible character (\(code))"
      case 0x2028, 0x2029: return "a line's end (\(code))"
      default: if c.properties.generalCategory == .control { return "a control character (\(code))" }
      }
    }
    return nil
  }
}
