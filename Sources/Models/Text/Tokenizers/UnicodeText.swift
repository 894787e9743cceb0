import Foundation

/// Unicode normalisation and classes, as tokenizers ask for them.
enum UnicodeText {
  enum Form: String, Sendable { case NFC, NFD, NFKC, NFKD }

  static func normalised(_ text: String, _ form: Form) -> String {
    // The library's functions stop at a NUL or change it: pieces between are normalised, NULs stay.
    guard !text.unicodeScalars.contains("\0") else {
      return text.unicodeScalars.split(separator: "\0", omittingEmptySubsequences: false)
        .map { normalised(String($0), form) }.joined(separator: "\0")
    }
    return switch form {
    case .NFC: text.precomposedStringWithCanonicalMapping
    case .NFD: text.decomposedStringWithCanonicalMapping
    case .NFKC: text.precomposedStringWithCompatibilityMapping
    case .NFKD: text.decomposedStringWithCompatibilityMapping
    }
  }

  /// Nonspacing marks go: accents, of text that was decomposed.
  static func withoutMarks(_ text: String) -> String {
    filtered(text) { $0.properties.generalCategory != .nonspacingMark }
  }

  /// Character by character, whatever stands around it.
  static func lowercased(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { $0 += $1.properties.lowercaseMapping }
  }

  static func filtered(_ text: String, _ keep: (Unicode.Scalar) -> Bool) -> String {
    var out = String.UnicodeScalarView()
    out.append(contentsOf: text.unicodeScalars.filter(keep))
    return String(out)
  }

  /// Unicode's property White_Space.
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

  /// Control, format and private-use characters, but for tab and line ends.
  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar != "\t", scalar != "\n", scalar != "\r" else { return false }
    return switch scalar.properties.generalCategory {
    case .control, .format, .privateUse, .surrogate: true
    default: false
    }
  }

  /// BERT's: all of ASCII that is neither letter, digit nor space, and Unicode's P.
  static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 33...47, 58...64, 91...96, 123...126: return true
    default: break
    }
    return switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      true
    default: false
    }
  }

  /// BERT's: the blocks of CJK ideographs.
  static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF,
      0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}
