/// Text to the numbers of a model's vocabulary.
public protocol Tokenizer: Sendable {
  /// Numbers of a text, with whatever stands around one (T5's `</s>`, BERT's `[CLS]` and `[SEP]`), cut to `limit` so
  /// that those are kept.
  func ids(_ text: String, limit: Int) -> [Int]
  /// One more than the largest number it gives.
  var count: Int { get }
  /// SHA-256 of the file it was made from.
  var hash: String { get }
}

extension Tokenizer {
  public func ids(_ text: String) -> [Int] { ids(text, limit: .max) }

  /// `inner` between what stands around it, cut to `limit`.
  static func framed(_ inner: [Int], _ before: [Int], _ after: [Int], limit: Int) -> [Int] {
    let room = max(0, limit - before.count - after.count)
    return Array((before + inner.prefix(room) + after).prefix(limit))
  }
}
