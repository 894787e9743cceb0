import Files
import Foundation

/// What a `tokenizer.json` does to text before it is cut (huggingface/tokenizers, `normalizers/`).
indirect enum TextNormaliser: Sendable {
  case sequence([TextNormaliser])
  case form(UnicodeText.Form)
  case table(CharacterMap)
  case strip(left: Bool, right: Bool)
  /// A text, or runs of at least two spaces, by another text.
  case replace(String, by: String)
  case replaceSpaces(by: String)
  case prepend(String)
  case lowercase
  case stripAccents
  case bert(clean: Bool, ideographs: Bool, accents: Bool, lowercase: Bool)

  /// - Parameter value: `normalizer` of the file, or nil where there is none.
  init(_ value: Value?, at place: String) throws {
    guard let value, value != .null else { self = .sequence([]); return }
    let type = value["type"]?.string ?? ""
    switch type {
    case "Sequence":
      self = .sequence(try (value["normalizers"]?.array ?? []).map { try TextNormaliser($0, at: place) })
    case "NFC", "NFD", "NFKC", "NFKD": self = .form(UnicodeText.Form(rawValue: type) ?? .NFC)
    case "Precompiled":
      guard let text = value["precompiled_charsmap"]?.string, !text.isEmpty, let data = Data(base64Encoded: text) else {
        throw Problem(
          "the tokenizer has no normaliser table (precompiled_charsmap)", at: place, expected: "one, in base 64",
          fix: "get the tokenizer again from its source")
      }
      self = .table(try CharacterMap([UInt8](data)[...], at: place))
    case "Strip":
      self = .strip(left: value["strip_left"]?.bool ?? true, right: value["strip_right"]?.bool ?? true)
    case "Replace":
      let by = value["content"]?.string ?? ""
      if let text = value["pattern"]?["String"]?.string, !text.isEmpty {
        self = .replace(text, by: by)
      } else if value["pattern"]?["Regex"]?.string == " {2,}" {
        self = .replaceSpaces(by: by)
      } else {
        throw Problem(
          "the tokenizer replaces by the pattern \(value["pattern"].map(JSON.line) ?? "?"), which is not read here",
          at: place, expected: "a text, or runs of spaces ( {2,})", fix: "use spiece.model")
      }
    case "Prepend": self = .prepend(value["prepend"]?.string ?? "")
    case "Lowercase": self = .lowercase
    case "StripAccents": self = .stripAccents
    case "BertNormalizer":
      let lower = value["lowercase"]?.bool ?? true
      self = .bert(
        clean: value["clean_text"]?.bool ?? true, ideographs: value["handle_chinese_chars"]?.bool ?? true,
        accents: value["strip_accents"]?.bool ?? lower, lowercase: lower)
    default:
      throw Problem(
        "the tokenizer normalises by '\(type.prefix(40))', which is not read here", at: place,
        expected: "Precompiled, NFKC, Strip, Replace, Lowercase, BertNormalizer and their like",
        fix: "use spiece.model where there is one")
    }
  }

  func callAsFunction(_ text: String) -> String {
    switch self {
    case .sequence(let all): return all.reduce(text) { $1($0) }
    case .form(let form): return UnicodeText.normalised(text, form)
    case .table(let map): return Self.replaced(text, map)
    case .strip(let left, let right):
      var rest = Substring(text).unicodeScalars
      if left { rest = rest.drop(while: UnicodeText.isSpace) }
      if right { while let last = rest.last, UnicodeText.isSpace(last) { rest.removeLast() } }
      return String(rest)
    case .replace(let from, let by): return text.replacingOccurrences(of: from, with: by, options: .literal)
    case .replaceSpaces(let by): return Self.replacedSpaces(text, by)
    case .prepend(let head): return text.isEmpty ? text : head + text
    case .lowercase: return UnicodeText.lowercased(text)
    case .stripAccents: return UnicodeText.withoutMarks(text)
    case .bert(let clean, let ideographs, let accents, let lowercase):
      var text = text
      if clean { text = Self.cleaned(text) }
      if ideographs, text.unicodeScalars.contains(where: UnicodeText.isIdeograph) {
        text = text.unicodeScalars.reduce(into: "") { out, scalar in
          out += UnicodeText.isIdeograph(scalar) ? " \(scalar) " : "\(scalar)"
        }
      }
      if accents { text = UnicodeText.withoutMarks(UnicodeText.normalised(text, .NFD)) }
      return lowercase ? UnicodeText.lowercased(text) : text
    }
  }

  private static func cleaned(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where scalar != "\0" && scalar != "\u{FFFD}" && !UnicodeText.isControl(scalar) {
      out.append(UnicodeText.isSpace(scalar) ? " " : scalar)
    }
    return String(out)
  }

  private static func replacedSpaces(_ text: String, _ by: String) -> String {
    guard text.utf8.contains(0x20) else { return text }
    var out: [UInt8] = [], run = 0
    func end() {
      if run == 1 { out.append(0x20) } else if run > 1 { out += Array(by.utf8) }
      run = 0
    }
    for byte in text.utf8 {
      if byte == 0x20 { run += 1 } else { end(); out.append(byte) }
    }
    end()
    return String(decoding: out, as: UTF8.self)
  }

  /// As that library applies a compiled table: a user-perceived character of fewer than six bytes as a whole by the
  /// shortest key it begins with, else code point by code point. SentencePiece itself takes the longest key.
  private static func replaced(_ text: String, _ map: CharacterMap) -> String {
    var text = text, out: [UInt8] = []
    let lengths = text.map(\.utf8.count)
    text.withUTF8 { bytes in
      out.reserveCapacity(bytes.count + 16)
      var at = 0
      for length in lengths {
        let end = at + length
        if length < 6, let found = map.shortest(bytes, at, length) {
          out += map.bytes(found)
          at = end
          continue
        }
        while at < end {
          let step = min(Unigram<Double>.length(bytes[at]), end - at)
          if let found = map.shortest(bytes, at, step) {
            out += map.bytes(found)
          } else {
            out += bytes[at..<at + step]
          }
          at += step
        }
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
