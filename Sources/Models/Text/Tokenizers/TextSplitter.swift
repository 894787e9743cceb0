import Files

/// How a `tokenizer.json` cuts normalised text before pieces are looked for (huggingface/tokenizers,
/// `pre_tokenizers/`).
indirect enum TextSplitter: Sendable {
  enum Prefix: String, Sendable { case always, first, never }

  case sequence([TextSplitter])
  /// At White_Space, which goes.
  case whitespace
  /// At White_Space, which goes, and at punctuation, which stays.
  case bert
  /// Spaces become `mark`, one stands before the text, and a part begins at each where they are cut.
  case metaspace(mark: String, prefix: Prefix, isCut: Bool)

  init(_ value: Value?, at place: String) throws {
    guard let value, value != .null else { self = .sequence([]); return }
    let type = value["type"]?.string ?? ""
    switch type {
    case "Sequence":
      self = .sequence(try (value["pretokenizers"]?.array ?? []).map { try TextSplitter($0, at: place) })
    case "WhitespaceSplit": self = .whitespace
    case "BertPreTokenizer": self = .bert
    case "Metaspace":
      // Older files have `add_prefix_space` only.
      let isPrefixed = value["add_prefix_space"]?.bool ?? true,
        named = value["prepend_scheme"]?.string ?? (isPrefixed ? "always" : "never")
      guard let mark = value["replacement"]?.string, !mark.isEmpty, let prefix = Prefix(rawValue: named) else {
        throw Problem(
          "the tokenizer's Metaspace has no replacement, or an unknown prepend_scheme", at: place,
          fix: "get the tokenizer again")
      }
      self = .metaspace(mark: mark, prefix: prefix, isCut: value["split"]?.bool ?? true)
    default:
      throw Problem(
        "the tokenizer splits by '\(type.prefix(40))', which is not read here", at: place,
        expected: "Metaspace, WhitespaceSplit or BertPreTokenizer", fix: "use spiece.model where there is one")
    }
  }

  /// - Parameter isFirst: the text begins where the whole one does.
  func callAsFunction(_ text: String, isFirst: Bool) -> [String] {
    switch self {
    case .sequence(let all):
      // A part that comes first after spaces that went does not begin where the text does.
      let isLed = text.unicodeScalars.first.map(UnicodeText.isSpace) ?? false
      return all.reduce([text]) { parts, split in
        parts.enumerated().flatMap { i, part in
          split(part, isFirst: isFirst && i == 0 && (!isLed || parts.count == 1 && part == text))
        }
      }
    case .whitespace: return text.unicodeScalars.split(whereSeparator: UnicodeText.isSpace).map { String($0) }
    case .bert:
      return text.unicodeScalars.split(whereSeparator: UnicodeText.isSpace).flatMap { word in
        var parts: [String] = [], from = word.startIndex
        for i in word.indices where UnicodeText.isPunctuation(word[i]) {
          if from < i { parts.append(String(word[from..<i])) }
          parts.append(String(word[i]))
          from = word.index(after: i)
        }
        if from < word.endIndex { parts.append(String(word[from...])) }
        return parts
      }
    case .metaspace(let mark, let prefix, let isCut):
      guard !text.isEmpty else { return [] }
      let sign = Array(mark.utf8)
      var bytes: [UInt8] = []
      for byte in text.utf8 { if byte == 0x20 { bytes += sign } else { bytes.append(byte) } }
      if prefix == .always || prefix == .first && isFirst, !bytes.starts(with: sign) { bytes = sign + bytes }
      guard isCut else { return [String(decoding: bytes, as: UTF8.self)] }
      var parts: [String] = [], from = 0, i = 0
      while i < bytes.count {
        if bytes[i...].starts(with: sign) {
          if from < i { parts.append(String(decoding: bytes[from..<i], as: UTF8.self)) }
          from = i
          i += sign.count
        } else {
          i += 1
        }
      }
      if from < i { parts.append(String(decoding: bytes[from...], as: UTF8.self)) }
      return parts
    }
  }
}
