import Files
import Nets
import Tensors

/// A BERT encoder with sentences pooled as sentence-transformers does (Devlin et al. 2019; Reimers & Gurevych 2019): the
/// mean over a text's tokens, of unit length. MiniLM is one.
public final class BERTEncoder: TextEncoder {
  public let config: BERTConfig
  public let room: Int
  public var width: Int { config.dim }
  private let weights: FrozenWeights
  private let network: BERTNetwork
  private let tokenizer: (any Tokenizer)?

  /// - Parameters:
  ///   - place: a folder as transformers or sentence-transformers writes it.
  ///   - room: L, at most the positions there are.
  /// - Throws: `Problem` when it is no such encoder, or its parts do not fit.
  public init(_ place: String, room: Int? = nil, hasTokenizer: Bool = true, on compute: Compute) throws {
    let folder = try EncoderFolder(place, part: "text_encoder")
    guard let json = folder.config else {
      throw Problem("there is no config.json", at: folder.configPath, expected: "BERT's, beside its weights")
    }
    let config = try BERTConfig(json, at: folder.configPath)
    let weights = try FrozenWeights(folder.file) { name in
      let own = name.hasPrefix("bert.") ? String(name.dropFirst(5)) : name
      return own.hasPrefix("pooler.") || own.hasPrefix("cls.") || own == "embeddings.position_ids" ? nil : own
    }
    let parameters = try Parameters(on: compute, over: weights, nil) { _ = BERTNetwork(config, $0) }
    tokenizer = hasTokenizer ? try folder.tokenizer() : nil
    if let tokenizer, tokenizer.count > config.vocabulary {
      throw Problem(
        "the tokenizer has \(tokenizer.count) pieces, the encoder \(config.vocabulary) rows", at: folder.file.path,
        fix: "use the tokenizer that belongs to these weights")
    }
    (self.config, self.room, self.weights) = (config, min(room ?? config.positions, config.positions), weights)
    network = BERTNetwork(config, parameters.scope())
  }

  public private(set) lazy var identity = Hashing.sha256(
    [config.words, "\(room)", weights.bufferHash, tokenizer?.hash ?? ""].joined(separator: "\n"))

  /// Its own normaliser does the cleaning.
  public func tokens(_ text: String) -> [Int] {
    guard let tokenizer else { preconditionFailure("this encoder was made without its tokenizer") }
    return tokenizer.ids(text, limit: room)
  }

  public func encode(tokens: [[Int]]) throws -> TextEmbeddings {
    try check(tokens, below: config.vocabulary, most: room, at: weights.path)
    let batch = TokenBatch(tokens)
    return TextEmbeddings(
      tokens: batch.padded(network(batch, mask: batch.mask), to: room), lengths: batch.lengths)
  }

  /// The last hidden state of every position, padding included: [B, T, D].
  package func states(_ ids: [[Int]], lengths: [Int]) throws -> Tensor {
    try check(ids, below: config.vocabulary, most: config.positions, at: weights.path)
    return network(TokenBatch(ids), mask: .keyLengths(lengths))
  }

  /// One vector of unit length a text: [B, D].
  public func sentences(_ texts: [String]) throws -> Tensor {
    let ids = texts.map(tokens), batch = TokenBatch(ids)
    try check(ids, below: config.vocabulary, most: room, at: weights.path)
    return Self.pooled(network(batch, mask: batch.mask), lengths: batch.lengths)
  }

  /// The mean of the first `lengths[b]` rows of each of [B, T, D], of unit length.
  package static func pooled(_ states: Tensor, lengths: [Int]) -> Tensor {
    let (t, d) = (states.shape[1], states.shape[2]), y = Tensor(undefined: [lengths.count, d], on: states.compute),
      from = states.pointer, to = y.pointer
    for (b, n) in lengths.enumerated() {
      var mean = [Double](repeating: 0, count: d)
      for row in 0..<n { for e in 0..<d { mean[e] += Double(from[(b * t + row) * d + e]) } }
      let length = max(mean.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12 * Double(n))
      for e in 0..<d { to[b * d + e] = Float(mean[e] / length) }
    }
    return y
  }
}
