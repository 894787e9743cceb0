import Files

/// SentencePiece's unigram tokenizer, as T5 and UMT5 have it: normalise, cut, fall back to bytes, end with `</s>`. The
/// numbers are those of google/sentencepiece.
public struct SentencePieceTokenizer: Tokenizer {
  private let model: SentencePieceModel
  private let unigram: Unigram<Float>
  private let unknown: Int, end: Int
  /// Numbers of `<0x00>` to `<0xFF>`; none without byte fallback.
  private let byteIds: [Int]
  /// Pieces that were given: their text is not normalised.
  private let given: PieceTrie?
  public let hash: String
  public var count: Int { model.pieces.count }

  private static let space: [UInt8] = [0xE2, 0x96, 0x81]  // ▁

  /// - Parameters:
  ///   - bytes: of a `spiece.model`.
  ///   - place: where they are from, for messages.
  /// - Throws: `Problem` when it is damaged or no unigram model.
  public init(_ bytes: [UInt8], at place: String) throws {
    let model = try SentencePieceModel(bytes, at: place)
    self.model = model
    hash = Hashing.sha256(bytes)
    let learnt = model.pieces.lazy.filter { $0.kind == .normal }.map(\.score)
    guard let least = learnt.min(), let largest = learnt.max() else {
      throw Problem("the tokenizer has no pieces of text", at: place, fix: "get the tokenizer again: it is damaged")
    }
    let inText = model.pieces.enumerated().filter { [.normal, .given, .unused].contains($0.element.kind) }
    unigram = Unigram(
      trie: PieceTrie(inText.lazy.map { (model.text($0.element), $0.offset) }), scores: model.pieces.map(\.score),
      kinds: inText.contains { $0.element.kind != .normal }
        ? model.pieces.map { $0.kind == .given ? .given : $0.kind == .unused ? .unused : .learnt } : [],
      // SentencePiece starts its maximum at the smallest normal float.
      least: least, largest: max(largest, .leastNormalMagnitude))
    let own = inText.filter { $0.element.kind == .given }
    given = own.isEmpty ? nil : PieceTrie(own.lazy.map { (model.text($0.element), $0.offset) })
    unknown = model.pieces.firstIndex { $0.kind == .unknown } ?? 0
    guard let end = model.control("</s>") else {
      throw Problem("the tokenizer has no '</s>'", at: place, fix: "use the tokenizer that belongs to the encoder")
    }
    self.end = end
    var ids = [Int](repeating: -1, count: 256)
    for (id, piece) in model.pieces.enumerated() where piece.kind == .byte {
      if let byte = SentencePieceModel.byte(model.text(piece)) { ids[Int(byte)] = id }
    }
    guard !model.hasByteFallback || !ids.contains(-1) else {
      throw Problem(
        "the tokenizer falls back to bytes and has no piece for some of them", at: place,
        fix: "get the tokenizer again: it is damaged")
    }
    byteIds = model.hasByteFallback ? ids : []
  }

  public init(path: String) throws { try self.init([UInt8](Disk.read(path)), at: path) }

  public func ids(_ text: String, limit: Int) -> [Int] {
    var text = text
    let normal = text.withUTF8(normalised)
    return normal.withUnsafeBufferPointer { bytes in
      var ids: [Int] = [], isAfterUnknown = false
      for part in unigram.parts(bytes) {
        if let id = part.id {
          ids.append(id)
        } else if byteIds.isEmpty {
          if !isAfterUnknown { ids.append(unknown) }
        } else {
          for byte in bytes[part.range] { ids.append(byteIds[Int(byte)]) }
        }
        isAfterUnknown = part.id == nil
      }
      return Self.framed(ids, [], [end], limit: limit)
    }
  }

  /// `normalizer.cc`: replace by the table, fold and strip spaces, put one in front, write them as ▁.
  private func normalised(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    let space = model.escapesSpaces ? Self.space : [0x20]
    var out: [UInt8] = [], at = 0
    /// What stands at `at`, replaced, and the bytes it took.
    func next() -> (piece: ArraySlice<UInt8>, length: Int) {
      if let found = given?.longest(text, at) { return (ArraySlice(text[at..<found.end]), found.end - at) }
      if let found = model.map?.longest(text, at), let map = model.map {
        return (map.bytes(found.replacement), found.length)
      }
      let length = min(Unigram<Float>.length(text[at]), text.count - at)
      return (ArraySlice(text[at..<at + length]), length)
    }
    if model.removesExtraSpaces {
      while at < text.count {
        let (piece, length) = next()
        guard piece.count == 1, piece.first == 0x20 else { break }
        at += length
      }
    }
    guard at < text.count else { return [] }
    out.reserveCapacity(3 * text.count)
    if model.addsDummyPrefix, !model.isSuffixed { out += space }
    var isAfterSpace = model.removesExtraSpaces
    while at < text.count {
      var (piece, length) = next()
      at += length
      while isAfterSpace, piece.first == 0x20 { piece = piece.dropFirst() }
      guard let last = piece.last else { continue }
      for byte in piece {
        if byte == 0x20 { out += space } else { out.append(byte) }
      }
      isAfterSpace = model.removesExtraSpaces && last == 0x20
    }
    if model.removesExtraSpaces {
      while out.count >= space.count, out[(out.count - space.count)...].elementsEqual(space) {
        out.removeLast(space.count)
      }
    }
    if model.addsDummyPrefix, model.isSuffixed { out += space }
    return out
  }
}
