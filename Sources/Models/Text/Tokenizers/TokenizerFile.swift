import Files
import Foundation

/// A `tokenizer.json` of huggingface/tokenizers, whose model is a unigram or WordPiece: added tokens, normaliser,
/// splitter, model, and what stands around a text. Its numbers are that library's.
public struct TokenizerFile: Tokenizer {
  private enum Model: Sendable {
    case unigram(Unigram<Double>, unknown: Int?, bytes: [Int])
    case wordPiece(WordPiece)
  }

  private let added: AddedTokens
  private let normaliser: TextNormaliser
  private let splitter: TextSplitter
  private let model: Model
  private let before: [Int], after: [Int]
  public let count: Int
  public let hash: String

  private static let mostPieces = 1 << 24

  /// - Throws: `Problem` when it is damaged, or asks for what is not read here.
  public init(_ bytes: [UInt8], at place: String) throws {
    let value = try JSON.parse(bytes, at: place), model = value["model"]
    hash = Hashing.sha256(bytes)
    added = try AddedTokens(value["added_tokens"], at: place)
    let count: Int
    // Files of before the models were named are told by what they have.
    switch model?["type"]?.string ?? (model?["unk_id"] != nil ? "Unigram" : "") {
    case "Unigram": (self.model, count) = try Self.unigram(model ?? .null, place)
    case "WordPiece": (self.model, count) = try Self.wordPiece(model ?? .null, place)
    case let other:
      throw Problem(
        other.isEmpty ? "this is no tokenizer: it names no model" : "the tokenizer's model is '\(other.prefix(40))'",
        at: place, expected: "a tokenizer.json whose model is Unigram or WordPiece", fix: "check the path")
    }
    self.count = max(count, added.largest + 1)
    normaliser = try TextNormaliser(value["normalizer"], at: place)
    splitter = try TextSplitter(value["pre_tokenizer"], at: place)
    (before, after) = try Self.frame(value["post_processor"], place, below: self.count)
  }

  /// WordPiece from BERT's `vocab.txt`, a piece a line.
  public init(vocabulary path: String, isLowercase: Bool = true) throws {
    let text = try Disk.readText(path)
    var pieces = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    if pieces.last == "" { pieces.removeLast() }
    guard let unknown = pieces.firstIndex(of: "[UNK]"), let start = pieces.firstIndex(of: "[CLS]"),
      let end = pieces.firstIndex(of: "[SEP]")
    else {
      throw Problem("the vocabulary lacks [UNK], [CLS] or [SEP]", at: path, expected: "BERT's vocab.txt")
    }
    hash = Hashing.sha256(text)
    added = try AddedTokens(nil, at: path)
    normaliser = .bert(clean: true, ideographs: true, accents: isLowercase, lowercase: isLowercase)
    splitter = .bert
    model = .wordPiece(
      WordPiece(pieces.enumerated().map { ($0.element, $0.offset) }, prefix: "##", unknown: unknown, longest: 100))
    (before, after, count) = ([start], [end], pieces.count)
  }

  public init(path: String) throws { try self.init([UInt8](Disk.read(path)), at: path) }

  private static func damaged(_ what: String, _ place: String) -> Problem {
    Problem(what, at: place, expected: "a tokenizer.json", fix: "get the tokenizer again: it is damaged")
  }

  private static func unigram(_ model: Value, _ place: String) throws -> (Model, Int) {
    guard let items = model["vocab"]?.array, !items.isEmpty, items.count <= mostPieces else {
      throw damaged("the model has no vocabulary", place)
    }
    var texts: [[UInt8]] = [], scores: [Double] = []
    texts.reserveCapacity(items.count)
    scores.reserveCapacity(items.count)
    for (id, item) in items.enumerated() {
      guard case .array(let pair) = item, pair.count == 2, let text = pair[0].string, let score = pair[1].double,
        score.isFinite
      else { throw damaged("piece \(id) is not a text and a number", place) }
      guard !text.isEmpty else { throw damaged("piece \(id) has no text", place) }
      texts.append(Array(text.utf8))
      scores.append(score)
    }
    let unknown = model["unk_id"]?.integer
    guard unknown.map(texts.indices.contains) ?? true else {
      throw damaged("unk_id is \(unknown ?? -1), and there are \(texts.count) pieces", place)
    }
    var bytes = [Int](repeating: -1, count: 256)
    if model["byte_fallback"]?.bool == true {
      for (id, text) in texts.enumerated() {
        if let byte = SentencePieceModel.byte(text[...]) { bytes[Int(byte)] = id }
      }
    }
    let unigram = Unigram(
      trie: PieceTrie(texts.enumerated().lazy.map { ($0.element[...], $0.offset) }), scores: scores, kinds: [],
      least: scores.min() ?? 0, largest: scores.max() ?? 0)
    return (.unigram(unigram, unknown: unknown, bytes: bytes.contains(-1) ? [] : bytes), texts.count)
  }

  private static func wordPiece(_ model: Value, _ place: String) throws -> (Model, Int) {
    guard let fields = model["vocab"]?.fields, !fields.isEmpty else {
      throw damaged("the model has no vocabulary", place)
    }
    let vocabulary = try fields.map { field in
      guard let id = field.value.integer, (0..<mostPieces).contains(id) else {
        throw damaged("the piece '\(field.key.prefix(40))' has an id out of range", place)
      }
      guard !field.key.isEmpty else { throw damaged("piece \(id) has no text", place) }
      return (text: field.key, id: id)
    }
    let name = model["unk_token"]?.string ?? "[UNK]"
    guard let unknown = vocabulary.first(where: { $0.text == name })?.id else {
      throw damaged("the vocabulary lacks '\(name.prefix(40))'", place)
    }
    let pieces = WordPiece(
      vocabulary, prefix: model["continuing_subword_prefix"]?.string ?? "##", unknown: unknown,
      longest: model["max_input_chars_per_word"]?.integer ?? 100)
    return (.wordPiece(pieces), (vocabulary.map(\.id).max() ?? 0) + 1)
  }

  /// What stands before and after a single text.
  private static func frame(_ value: Value?, _ place: String, below count: Int) throws -> ([Int], [Int]) {
    guard let value, value != .null else { return ([], []) }
    var before: [Int] = [], after: [Int] = []
    switch value["type"]?.string ?? "" {
    case "TemplateProcessing":
      var isAfter = false
      for item in value["single"]?.array ?? [] {
        if item["Sequence"] != nil {
          isAfter = true
        } else if let name = item["SpecialToken"]?["id"]?.string {
          guard let ids = value["special_tokens"]?[name]?["ids"]?.array?.compactMap(\.integer), !ids.isEmpty else {
            throw damaged("post_processor names '\(name.prefix(40))' without its ids", place)
          }
          if isAfter { after += ids } else { before += ids }
        }
      }
    case "BertProcessing", "RobertaProcessing":
      guard let start = value["cls"]?[1]?.integer, let end = value["sep"]?[1]?.integer else {
        throw damaged("post_processor lacks cls or sep", place)
      }
      (before, after) = ([start], [end])
    case "Sequence":
      for item in value["processors"]?.array ?? [] {
        let (more, end) = try frame(item, place, below: count)
        before += more
        after += end
      }
    case let other:
      throw Problem("the tokenizer's post_processor is '\(other.prefix(40))', which is not read here", at: place)
    }
    guard (before + after).allSatisfy((0..<count).contains) else {
      throw damaged("post_processor names an id that is not in the vocabulary", place)
    }
    return (before, after)
  }

  public func ids(_ text: String, limit: Int) -> [Int] {
    var ids: [Int] = [], isFirst = true
    for part in added.split(text, normalised: false) {
      switch part {
      case .token(let id): ids.append(id)
      case .text(let words):
        for part in added.split(normaliser(words), normalised: true) {
          switch part {
          case .token(let id): ids.append(id)
          case .text(let words):
            for piece in splitter(words, isFirst: isFirst) { append(piece, &ids) }
          }
          isFirst = false
        }
      }
      isFirst = false
    }
    return Self.framed(ids, before, after, limit: limit)
  }

  private func append(_ text: String, _ ids: inout [Int]) {
    switch model {
    case .wordPiece(let pieces): ids += pieces.ids(text)
    case .unigram(let unigram, let unknown, let byteIds):
      var text = text
      text.withUTF8 { bytes in
        var isAfterUnknown = false
        for part in unigram.parts(bytes) {
          if let id = part.id, id != unknown {
            ids.append(id)
            isAfterUnknown = false
          } else if !byteIds.isEmpty {
            for byte in bytes[part.range] { ids.append(byteIds[Int(byte)]) }
          } else {
            // Without a piece for the unknown, nothing stands for it.
            if !isAfterUnknown, let unknown { ids.append(unknown) }
            isAfterUnknown = true
          }
        }
      }
    }
  }
}
