import Files
import Foundation
import Tensors

/// How captions become vectors: without a language model, where every word is a fixed random vector keyed by its spelling
/// ("hashed words", which tell captions apart and know nothing of meaning), or by a frozen text encoder. Datasets with a
/// `text_embedding` column use neither. `CaptionVectors` makes the vectors.
public struct CaptionEmbedder: Sendable, Equatable {
  public enum Kind: String, CaseIterable, Sendable {
    case hashed, minilm, umt5

    /// L where nothing else is said: words, or tokens; of UMT5 as many as its family's models are given.
    var tokens: Int {
      switch self {
      case .hashed: 16
      case .minilm: 32
      case .umt5: 512
      }
    }
  }

  /// The algorithm's name in documents.
  public enum Name: String, CaseIterable, Sendable { case hashedWords = "hashed-words/1", encoder = "text-encoder/1" }

  public var kind = Kind.hashed
  public var name: Name { kind == .hashed ? .hashedWords : .encoder }
  /// Where the encoder's files lie, absolute; nil where that is not known, as in an export.
  public var from: String?
  /// The encoder's `identity`; nil before its files were looked at, and of hashed words.
  public var identity: String?
  /// L, words or tokens kept.
  public var tokens: Int
  /// E, features a word or token; of an encoder what its files say.
  public var width: Int
  /// The training data brought its own embeddings: words mean nothing to the model, so only null and given embeddings
  /// are used.
  public var isGiven = false

  /// What a document says; it follows from `kind`, and setting it does nothing.
  private var stated: Name {
    get { name }
    set {}
  }

  public init(tokens: Int = 16, width: Int = 64) { (self.tokens, self.width) = (tokens, width) }

  /// Lower-case runs of letters and digits.
  public static func words(_ caption: String) -> [String] {
    caption.lowercased().split { !($0.isLetter || $0.isNumber) }.map(String.init)
  }

  /// [L·E]: one unit-variance vector a word, zeros after the last. No caption gives the null embedding: the vector of
  /// the empty word, then zeros.
  public func embed(_ caption: String?) -> [Float] {
    var words = isGiven ? [] : Self.words(caption ?? "")
    if words.isEmpty { words = [""] }
    var out = [Float](repeating: 0, count: tokens * width)
    for (i, word) in words.prefix(tokens).enumerated() {
      let random = Random(seed: Self.key(word))
      for j in 0..<width { out[i * width + j] = Float(random.normal(j, .caption)) }
    }
    return out
  }

  /// The first eight bytes of SHA-256 of the word, little-endian.
  package static func key(_ word: String) -> UInt64 {
    let hex = Hashing.sha256(word).prefix(16)
    return (UInt64(hex, radix: 16) ?? 0).byteSwapped
  }
}

extension CaptionEmbedder: DocumentSection {
  package static let section = Section(CaptionEmbedder()) {
    Field("name", \.stated, named, "the caption embedder; follows from `kind`", default: Name.hashedWords.rawValue)
    Field(
      "kind", \.kind, .choice, hashed: .whenNotDefault, written: .whenNotDefault,
      "hashed words, or a frozen text encoder: docs/TEXT.md")
    Field(
      "tokens", \.tokens, .integer(in: 1...4096), unit: "words", "what is kept of a caption",
      default: "16; minilm 32, umt5 512", from: { $0.kind.tokens })
    Field(
      "width", \.width, .integer(in: 1...65536), unit: "features",
      "the size of a word's vector; of an encoder its own")
    Field(
      "from", \.from, .optional(.path), hashed: .never, written: .whenNotDefault,
      "the encoder's folder; its files are hashed")
    Field(
      "identity", \.identity, .optional(.text), hashed: .whenNotDefault, written: .whenNotDefault,
      "SHA-256 of the encoder's files; others are refused", default: "that of the files in `from`")
    Field(
      "given", \.isGiven, .flag, hashed: .whenNotDefault, written: .whenNotDefault,
      "words mean nothing; set where a dataset brings its own `text_embedding`")
  } rules: { c, f in
    if c.kind == .hashed, c.from != nil { f.complain("\(f.path("from")) is set, and hashed words need no encoder") }
  }

  /// A name that is known.
  private static let named = FieldKind<Name>(
    schema: ["type": "string", "enum": .array(Name.allCases.map { .string($0.rawValue) })],
    words: Name.allCases.map(\.rawValue).joined(separator: ", "),
    read: { f, key in
      guard let text = f.optionalString(key) else { return nil }
      if Name(rawValue: text) == nil {
        f.complain("\(f.path(key)) is '\(text)'; this build has \(Name.hashedWords.rawValue)")
      }
      return Name(rawValue: text)
    }, write: { content, _ in .string(content.rawValue) })
}
