import Files
import Nets
import Tensors

/// What a BERT encoder is: transformers' `BertConfig`.
public struct BERTConfig: Sendable, Equatable {
  public var vocabulary = 30522, dim = 384, heads = 12, layers = 6, ffn = 1536, positions = 512, types = 2
  public var activation = ExactActivation.Function.gelu
  public var eps: Float = 1e-12

  /// MiniLM-L6's.
  public init() {}

  init(_ json: Value, at place: String) throws {
    guard json["model_type"]?.string == "bert" else {
      throw Problem(
        "this is a model of the type '\((json["model_type"]?.string ?? "").prefix(40))'", at: place, expected: "bert",
        fix: "check the path")
    }
    func size(_ key: String, _ most: Int, or fallback: Int? = nil) throws -> Int {
      try EncoderFolder.size(json, key, 1...most, at: place, or: fallback)
    }
    vocabulary = try size("vocab_size", 1 << 24)
    dim = try size("hidden_size", 1 << 16)
    heads = try size("num_attention_heads", 1024)
    layers = try size("num_hidden_layers", 1000)
    ffn = try size("intermediate_size", 1 << 18)
    positions = try size("max_position_embeddings", 1 << 20)
    types = try size("type_vocab_size", 1 << 16, or: 2)
    eps = try EncoderFolder.number(json, "layer_norm_eps", at: place, or: 1e-12)
    guard dim % heads == 0 else {
      throw Problem("\(dim) features for \(heads) heads", at: place, expected: "as many for each")
    }
    guard (json["position_embedding_type"]?.string ?? "absolute") == "absolute" else {
      throw Problem("position_embedding_type is not absolute", at: place, expected: "absolute positions")
    }
    switch json["hidden_act"]?.string ?? "gelu" {
    case "gelu": activation = .gelu
    case "relu": activation = .relu
    case let other:
      throw Problem("hidden_act is '\(other.prefix(40))'", at: place, expected: "gelu or relu")
    }
  }

  var words: String {
    "bert/1 \(vocabulary) \(dim) \(heads) \(layers) \(ffn) \(positions) \(types) \(activation) \(eps)"
  }
}

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

/// The layers of a BERT encoder.
struct BERTNetwork {
  private struct Block {
    let q: LinearLayer, k: LinearLayer, v: LinearLayer, o: LinearLayer
    let norm: NormLayer
    let up: LinearLayer, down: LinearLayer
    let outerNorm: NormLayer
  }

  private let config: BERTConfig
  private let table: Tensor, positions: Tensor, types: Tensor
  private let norm: NormLayer
  private let blocks: [Block]

  init(_ config: BERTConfig, _ scope: Scope) {
    let d = config.dim, embeddings = scope["embeddings"]
    self.config = config
    table = embeddings["word_embeddings"].matrix("weight", [config.vocabulary, d], .zeros)
    positions = embeddings["position_embeddings"].matrix("weight", [config.positions, d], .zeros)
    types = embeddings["token_type_embeddings"].matrix("weight", [config.types, d], .zeros)
    norm = NormLayer(embeddings["LayerNorm"], d, eps: config.eps)
    blocks = (0..<config.layers).map { i in
      let layer = scope["encoder"]["layer"][i], attention = layer["attention"]
      return Block(
        q: LinearLayer(attention["self"]["query"], d, d), k: LinearLayer(attention["self"]["key"], d, d),
        v: LinearLayer(attention["self"]["value"], d, d), o: LinearLayer(attention["output"]["dense"], d, d),
        norm: NormLayer(attention["output"]["LayerNorm"], d, eps: config.eps),
        up: LinearLayer(layer["intermediate"]["dense"], d, config.ffn),
        down: LinearLayer(layer["output"]["dense"], config.ffn, d),
        outerNorm: NormLayer(layer["output"]["LayerNorm"], d, eps: config.eps))
    }
  }

  /// [B, T, D], f32; all of one sentence.
  func callAsFunction(_ batch: TokenBatch, mask: AttentionMask) -> Tensor {
    let d = config.dim, places = (0..<batch.samples).flatMap { _ in 0..<batch.most }
    let words = Add()(EmbeddingRows(batch.ids)(table), EmbeddingRows(places)(positions)),
      first = EmbeddingRows([Int](repeating: 0, count: places.count))(types)
    var x = norm(Add()(words, first)).reshaped([batch.samples, batch.most, d])
    for block in blocks {
      let qkv = LinearLayer.beside([block.q, block.k, block.v], x)
      let o = Attention(heads: config.heads, scale: 1 / Float(d / config.heads).squareRoot(), mask: mask)(qkv)
      x = block.norm(Add()(x, block.o(o)))
      x = block.outerNorm(Add()(x, block.down(ExactActivation(config.activation)(block.up(x)))))
    }
    return x
  }
}
