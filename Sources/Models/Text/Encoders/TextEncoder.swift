import Files
import Tensors

/// What a text encoder made of some texts.
public struct TextEmbeddings {
  /// [B, L, D], f32. Rows beyond a text's length are zero.
  public let tokens: Tensor
  /// Tokens of each text, 1 to L.
  public let lengths: [Int]
}

/// A frozen model that turns text into vectors.
public protocol TextEncoder {
  /// D, features of a token.
  var width: Int { get }
  /// L, rows of an embedding: texts are cut to so many tokens, and padded with zeros.
  var room: Int { get }
  /// SHA-256 over everything its vectors depend on: kind, configuration, weights, tokenizer, L. Reads all weights.
  var identity: String { get }
  /// Numbers of a text's tokens, at most L: cleaned as the encoder's family does, with what stands around a text.
  func tokens(_ text: String) -> [Int]
  /// - Parameter tokens: at least one a text, at most L; numbers of this vocabulary.
  /// - Throws: `Problem` when a number is not in the vocabulary, or a text has no token or too many.
  func encode(tokens: [[Int]]) throws -> TextEmbeddings
}

extension TextEncoder {
  public func encode(_ texts: [String]) throws -> TextEmbeddings { try encode(tokens: texts.map(tokens)) }

  /// - Throws: `Problem`, for whoever hands in numbers of another vocabulary.
  func check(_ tokens: [[Int]], below vocabulary: Int, most: Int, at place: String) throws {
    for ids in tokens {
      guard (1...most).contains(ids.count) else {
        throw Problem("a text of \(ids.count) tokens", at: place, expected: "1 to \(most)")
      }
      if let odd = ids.first(where: { !(0..<vocabulary).contains($0) }) {
        throw Problem(
          "the tokenizer gives \(odd), and the encoder has \(vocabulary) rows", at: place,
          fix: "use the tokenizer that belongs to these weights")
      }
    }
  }
}
