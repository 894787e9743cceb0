import Files
import Foundation
import Tensors

/// Captions to vectors without a language model: every word becomes a fixed random vector keyed by its spelling
/// ("hashed words"). It tells captions apart; it knows nothing of meaning. Datasets with a `text_embedding` column do
/// not use it.
public struct CaptionEmbedder: Sendable, Equatable {
  public static let name = "hashed-words/1"
  /// L, words kept.
  public var tokens: Int
  /// E, features a word.
  public var width: Int
  /// The training data brought its own embeddings: words mean nothing to the model, so only null and given embeddings
  /// are used.
  public var isGiven = false

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
    Field.constant("name", name, "the caption embedder") { "is '\($0)'; this build has \(name)" }
    Field("tokens", \.tokens, .integer(in: 1...4096), unit: "words", "what is kept of a caption")
    Field("width", \.width, .integer(in: 1...65536), unit: "features", "the size of a word's vector")
    Field(
      "given", \.isGiven, .flag, hashed: .whenNotDefault, written: .whenNotDefault,
      "words mean nothing; set where a dataset brings its own `text_embedding`")
  }
}
