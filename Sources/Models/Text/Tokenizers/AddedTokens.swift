import Files

/// Tokens of a `tokenizer.json` that are found in text before anything else is done to it (`added_tokens`), such as
/// `</s>`.
struct AddedTokens: Sendable {
  struct Token: Sendable {
    let text: [UInt8], id: Int
    let isWord: Bool, takesSpaceBefore: Bool, takesSpaceAfter: Bool
    /// It is looked for in normalised text, not in what was given.
    let isNormalised: Bool
  }

  /// A stretch of text, or a token that stood there.
  enum Part {
    case text(String)
    case token(Int)
  }

  let tokens: [Token]
  var largest: Int { tokens.map(\.id).max() ?? -1 }
  private let given: PieceTrie?, normalised: PieceTrie?

  private static let mostIds = 1 << 24

  init(_ value: Value?, at place: String) throws {
    let tokens = try (value?.array ?? []).map { item in
      guard let text = item["content"]?.string, !text.isEmpty, let id = item["id"]?.integer,
        (0..<Self.mostIds).contains(id)
      else {
        throw Problem(
          "added_tokens has an entry without text, or whose id is out of range", at: place,
          fix: "get the tokenizer again: it is damaged")
      }
      return Token(
        text: Array(text.utf8), id: id, isWord: item["single_word"]?.bool ?? false,
        takesSpaceBefore: item["lstrip"]?.bool ?? false, takesSpaceAfter: item["rstrip"]?.bool ?? false,
        isNormalised: item["normalized"]?.bool ?? false)
    }
    func trie(_ isNormalised: Bool) -> PieceTrie? {
      let some = tokens.enumerated().filter { $0.element.isNormalised == isNormalised }
      return some.isEmpty ? nil : PieceTrie(some.map { ($0.element.text[...], $0.offset) })
    }
    self.tokens = tokens
    (given, normalised) = (trie(false), trie(true))
  }

  /// The number of the token that is exactly this text.
  func id(_ text: String) -> Int? { tokens.first { $0.text.elementsEqual(text.utf8) }?.id }

  /// The first and longest tokens, from left to right, and what stands between.
  func split(_ text: String, normalised isNormalised: Bool) -> [Part] {
    guard let trie = isNormalised ? normalised : given else { return [.text(text)] }
    var text = text
    return text.withUTF8 { bytes in
      var parts: [Part] = [], from = 0, at = 0
      func words(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
      while at < bytes.count {
        guard let found = trie.longest(bytes, at) else { at += 1; continue }
        let token = tokens[found.id]
        var start = at, end = found.end
        if token.isWord,
          Self.touchesWord(words(from..<start).unicodeScalars.last)
            || Self.touchesWord(words(end..<bytes.count).unicodeScalars.first)
        {
          at = end
          continue
        }
        if token.takesSpaceBefore {
          var before = words(from..<start).unicodeScalars
          while let last = before.last, UnicodeText.isSpace(last) {
            start -= UTF8.width(last)
            before.removeLast()
          }
        }
        if token.takesSpaceAfter {
          for next in words(end..<bytes.count).unicodeScalars {
            guard UnicodeText.isSpace(next) else { break }
            end += UTF8.width(next)
          }
        }
        if from < start { parts.append(.text(words(from..<start))) }
        parts.append(.token(token.id))
        (from, at) = (end, end)
      }
      if from < bytes.count { parts.append(.text(words(from..<bytes.count))) }
      return parts
    }
  }

  private static func touchesWord(_ scalar: Unicode.Scalar?) -> Bool {
    scalar.map { $0 == "_" || $0.properties.isAlphabetic || $0.properties.numericType != nil } ?? false
  }
}
