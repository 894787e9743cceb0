/// Prompts as the Wan family cleans them before they are cut into tokens (`wan/modules/tokenizers.py`, diffusers'
/// `prompt_clean`): typography to plain letters, HTML's character references twice, spaces folded.
///
/// They do the first part by the library ftfy. Of it, all is done that does not depend on a guess: control characters,
/// quotes, ligatures, full-width forms, line ends, NFC. **Mojibake is not repaired**: text that was decoded by a wrong
/// table stays as it is.
public enum PromptText {
  public static func cleaned(_ text: String) -> String {
    var text = text
    // A text with tags is taken for HTML, whose references are its own.
    if !text.utf8.contains(UInt8(ascii: "<")) { text = unescaped(text) }
    text = plain(text)
    return folded(unescaped(unescaped(text)))
  }

  private static let ligatures: [Unicode.Scalar: String] = [
    "\u{132}": "IJ", "\u{133}": "ij", "\u{149}": "\u{2BC}n", "\u{1C4}": "D\u{17D}", "\u{1C5}": "D\u{17E}",
    "\u{1C6}": "d\u{17E}", "\u{1C7}": "LJ", "\u{1C8}": "Lj", "\u{1C9}": "lj", "\u{1CA}": "NJ", "\u{1CB}": "Nj",
    "\u{1CC}": "nj", "\u{1F1}": "DZ", "\u{1F2}": "Dz", "\u{1F3}": "dz", "\u{FB00}": "ff", "\u{FB01}": "fi",
    "\u{FB02}": "fl", "\u{FB03}": "ffi", "\u{FB04}": "ffl", "\u{FB05}": "\u{17F}t", "\u{FB06}": "st",
  ]

  /// Letters for what is set as if they were, quotes straight, no controls, NFC.
  private static func plain(_ text: String) -> String {
    guard !text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return text }
    var out = String.UnicodeScalarView(), isAfterReturn = false
    for scalar in text.unicodeScalars {
      defer { isAfterReturn = scalar == "\r" }
      switch scalar.value {
      case 0x0D, 0x85, 0x2028, 0x2029: out.append("\n")
      case 0x0A: if !isAfterReturn { out.append(scalar) }
      case 0x00...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFC: break
      case 0x2BC, 0x2018...0x201B: out.append("'")
      case 0x201C...0x201F: out.append("\"")
      case 0x3000, 0xFF01...0xFFEF:
        out.append(contentsOf: UnicodeText.normalised(String(scalar), .NFKC).unicodeScalars)
      default:
        if let letters = ligatures[scalar] {
          out.append(contentsOf: letters.unicodeScalars)
        } else {
          out.append(scalar)
        }
      }
    }
    return UnicodeText.normalised(String(out), .NFC)
  }

  /// HTML's character references, as browsers read them.
  static func unescaped(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
    var out = String.UnicodeScalarView(), rest = Substring(text).unicodeScalars
    while let and = rest.firstIndex(of: "&") {
      out.append(contentsOf: rest[..<and])
      rest = rest[rest.index(after: and)...]
      guard let (scalars, end) = reference(rest) else {
        out.append("&")
        continue
      }
      out.append(contentsOf: scalars.unicodeScalars)
      rest = rest[end...]
    }
    out.append(contentsOf: rest)
    return String(out)
  }

  /// What stands after an ampersand, and where it ends; nil when it is no reference.
  private static func reference(
    _ text: Substring.UnicodeScalarView
  ) -> (text: String, end: Substring.UnicodeScalarView.Index)? {
    func after(_ end: Substring.UnicodeScalarView.Index) -> Substring.UnicodeScalarView.Index {
      end < text.endIndex && text[end] == ";" ? text.index(after: end) : end
    }
    guard text.first == "#" else {
      let name = text.prefix(32).prefix { !"\t\n\u{0C} <&#;".unicodeScalars.contains($0) }
      if name.endIndex < text.endIndex, text[name.endIndex] == ";", let found = HTMLEntities.named[Substring(name)] {
        return (found, text.index(after: name.endIndex))
      }
      // The longest that stands without a semicolon.
      var part = Substring(name)
      while part.unicodeScalars.count > 1 {
        if HTMLEntities.bare.contains(part) { return HTMLEntities.named[part].map { ($0, part.endIndex) } }
        part.unicodeScalars.removeLast()
      }
      return nil
    }
    var digits = text.dropFirst()
    let isHex = digits.first == "x" || digits.first == "X"
    if isHex { digits = digits.dropFirst() }
    digits = digits.prefix { $0.value < 128 && (isHex ? $0.properties.isASCIIHexDigit : ("0"..."9").contains($0)) }
    guard !digits.isEmpty else { return nil }
    let end = after(digits.endIndex), number = Int(String(digits), radix: isHex ? 16 : 10) ?? .max
    if let known = HTMLEntities.numbered[number] { return (String(known), end) }
    guard let value = UInt32(exactly: number), let scalar = Unicode.Scalar(value) else { return ("\u{FFFD}", end) }
    let isNone =
      (1...8).contains(value) || value == 0x0B || (0x0E...0x1F).contains(value) || (0x7F...0x9F).contains(value)
      || (0xFDD0...0xFDEF).contains(value) || value & 0xFFFE == 0xFFFE
    return (isNone ? "" : String(scalar), end)
  }

  /// Runs of spaces as one, none at the ends.
  private static func folded(_ text: String) -> String {
    text.unicodeScalars.split { UnicodeText.isSpace($0) || (0x1C...0x1F).contains($0.value) }
      .map { String($0) }.joined(separator: " ")
  }
}
