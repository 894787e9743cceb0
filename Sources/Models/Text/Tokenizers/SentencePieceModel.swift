import Files

/// What a `spiece.model` holds: pieces, how text is normalised before it is cut, and what stands for what. Fields as
/// google/sentencepiece's `sentencepiece_model.proto` numbers them.
struct SentencePieceModel: Sendable {
  enum Kind: UInt64, Sendable { case normal = 1, unknown, control, given, unused, byte }

  struct Piece: Sendable {
    /// Its UTF-8 in the file.
    var text: Range<Int> = 0..<0
    var score: Float = 0
    var kind = Kind.normal
  }

  let bytes: [UInt8]
  private(set) var pieces: [Piece] = []
  private(set) var map: CharacterMap?
  private(set) var addsDummyPrefix = true, removesExtraSpaces = true, escapesSpaces = true
  private(set) var isSuffixed = false, hasByteFallback = false

  /// More numbers than any vocabulary has.
  private static let mostPieces = 1 << 24

  /// - Parameter place: where it is from, for messages.
  /// - Throws: `Problem` when it is damaged, no unigram model, or lacks its normaliser's table.
  init(_ bytes: [UInt8], at place: String) throws {
    self.bytes = bytes
    let file = ProtocolBuffer(bytes: bytes, place: place)
    var kind: UInt64 = 1, table: Range<Int>?, rule: Range<Int>?
    try file.fields(in: bytes.indices) { field, contents in
      switch (field, contents) {
      case (1, .bytes(let range)):
        guard pieces.count < Self.mostPieces else { throw file.damaged("there are more than \(pieces.count) pieces") }
        pieces.append(try Self.piece(file, range, pieces.count))
      case (2, .bytes(let range)):
        try file.fields(in: range) { field, contents in
          switch (field, contents) {
          case (3, .number(let n)): kind = n
          case (24, .number(let n)): isSuffixed = n != 0
          case (35, .number(let n)): hasByteFallback = n != 0
          default: break
          }
        }
      case (3, .bytes(let range)):
        try file.fields(in: range) { field, contents in
          switch (field, contents) {
          case (1, .bytes(let range)): rule = range
          case (2, .bytes(let range)): table = range
          case (3, .number(let n)): addsDummyPrefix = n != 0
          case (4, .number(let n)): removesExtraSpaces = n != 0
          case (5, .number(let n)): escapesSpaces = n != 0
          default: break
          }
        }
      default: break
      }
    }
    guard kind == 1 else {
      throw Problem(
        "this is a SentencePiece model of the kind \(["unigram", "BPE", "word", "char"][safely: kind] ?? "\(kind)")",
        at: place, expected: "a unigram model, as T5 and UMT5 have", fix: "check the path")
    }
    guard !pieces.isEmpty else { throw file.damaged("there are no pieces") }
    guard pieces.contains(where: { $0.kind == .unknown }) else { throw file.damaged("no piece stands for the unknown") }
    if let table, !table.isEmpty {
      map = try CharacterMap(bytes[table], at: place)
    } else if rule.map({ String(decoding: bytes[$0], as: UTF8.self) }) != "identity" {
      throw Problem(
        "the tokenizer has no normaliser table (precompiled_charsmap)", at: place,
        expected: "one, as every published T5 and UMT5 tokenizer has", fix: "get the tokenizer again from its source")
    }
  }

  private static func piece(_ file: ProtocolBuffer, _ range: Range<Int>, _ id: Int) throws -> Piece {
    var piece = Piece()
    try file.fields(in: range) { field, contents in
      switch (field, contents) {
      case (1, .bytes(let range)): piece.text = range
      case (2, .float(let score)): piece.score = score
      case (3, .number(let n)):
        guard let kind = Kind(rawValue: n) else { throw file.damaged("piece \(id) has the unknown type \(n)") }
        piece.kind = kind
      default: break
      }
    }
    guard !piece.text.isEmpty else { throw file.damaged("piece \(id) has no text") }
    guard piece.score.isFinite else { throw file.damaged("the score of piece \(id) is not finite") }
    return piece
  }

  func text(_ piece: Piece) -> ArraySlice<UInt8> { bytes[piece.text] }

  /// The number of a control piece, such as `</s>`.
  func control(_ name: String) -> Int? {
    pieces.firstIndex { $0.kind == .control && text($0).elementsEqual(name.utf8) }
  }

  /// The value of `<0xNN>`; nil when these bytes are no such name.
  static func byte(_ name: ArraySlice<UInt8>) -> UInt8? {
    guard name.count == 6, name.starts(with: "<0x".utf8), name.last == UInt8(ascii: ">") else { return nil }
    return UInt8(String(decoding: name.dropFirst(3).dropLast(), as: UTF8.self), radix: 16)
  }
}

extension Array {
  fileprivate subscript(safely number: UInt64) -> Element? {
    number >= 1 && number <= UInt64(count) ? self[Int(number) - 1] : nil
  }
}
