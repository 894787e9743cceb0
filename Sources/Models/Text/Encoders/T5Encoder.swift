import Files
import Nets
import Tensors

/// A T5 encoder: UMT5, the family's text encoder, and T5 and mT5 (Raffel et al. 2020; Chung et al. 2023). Weights stay
/// in their file and are multiplied as they are stored.
public final class T5Encoder: TextEncoder {
  public let config: T5Config
  public let room: Int
  public var width: Int { config.dim }
  private let weights: FrozenWeights
  private let network: T5Network
  private let tokenizer: (any Tokenizer)?

  /// Tokens the family gives a text.
  public static let room = 512

  /// - Parameters:
  ///   - place: a folder, alone or of a pipeline, or one file.
  ///   - room: L.
  ///   - products: what is multiplied.
  ///   - hasTokenizer: false for who brings tokens.
  /// - Throws: `Problem` when it is no such encoder, or its parts do not fit.
  public init(
    _ place: String, room: Int = T5Encoder.room, products: ElementType = .f32, hasTokenizer: Bool = true,
    on compute: Compute
  ) throws {
    let folder = try EncoderFolder(place, part: "text_encoder"), names = Set(folder.file.entries.map(\.name))
    let weights = try FrozenWeights(folder.file) { T5Names.own($0, among: names) }
    var config = try folder.config.map { try T5Config($0, at: folder.configPath) } ?? T5Config(tensors: weights)
    config.products = compute.products(products)
    let chosen = config
    let parameters = try Parameters(on: compute, over: weights, nil) { _ = T5Network(chosen, $0) }
    tokenizer = hasTokenizer ? try folder.tokenizer() : nil
    if let tokenizer, tokenizer.count > config.vocabulary {
      throw Problem(
        "the tokenizer has \(tokenizer.count) pieces, the encoder \(config.vocabulary) rows", at: folder.file.path,
        fix: "use the tokenizer that belongs to these weights")
    }
    (self.config, self.room, self.weights) = (config, room, weights)
    network = T5Network(config, parameters.scope())
  }

  public private(set) lazy var identity = Hashing.sha256(
    [config.words, "\(room)", weights.bufferHash, tokenizer?.hash ?? ""].joined(separator: "\n"))

  public func tokens(_ text: String) -> [Int] {
    guard let tokenizer else { preconditionFailure("this encoder was made without its tokenizer") }
    return tokenizer.ids(PromptText.cleaned(text), limit: room)
  }

  public func encode(tokens: [[Int]]) throws -> TextEmbeddings {
    try check(tokens, below: config.vocabulary, most: room, at: weights.path)
    let batch = TokenBatch(tokens)
    return TextEmbeddings(tokens: batch.padded(network(batch), to: room), lengths: batch.lengths)
  }

  /// The last hidden state of every position, padding included: [B, T, D].
  /// - Parameter lengths: positions that are attended to.
  package func states(_ ids: [[Int]], lengths: [Int]) throws -> Tensor {
    try check(ids, below: config.vocabulary, most: .max, at: weights.path)
    return network(TokenBatch(ids), mask: .keyLengths(lengths))
  }

  /// Names and shapes of its weights.
  static func shapes(_ config: T5Config, on compute: Compute) -> [(name: String, shape: Shape)] {
    Parameters.shapes(on: compute) { _ = T5Network(config, $0) }
  }
}

/// The layers of a T5 encoder.
struct T5Network {
  private struct Block {
    let norm: Tensor, q: Tensor, k: Tensor, v: Tensor, o: Tensor
    let bias: Tensor?
    let innerNorm: Tensor
    /// Gate and up, or up alone.
    let up: [Tensor]
    let down: Tensor
  }

  private let config: T5Config
  private let table: Tensor
  private let blocks: [Block]
  private let norm: Tensor
  /// No layer has biases.
  private let none: [Int: Tensor]

  init(_ config: T5Config, _ scope: Scope) {
    let (d, inner, f) = (config.dim, config.inner, config.ffn), encoder = scope["encoder"]
    self.config = config
    table = scope["shared"].matrix("weight", [config.vocabulary, d], .zeros)
    blocks = (0..<config.layers).map { i in
      let layers = encoder["block"][i]["layer"], attention = layers[0]["SelfAttention"],
        feed = layers[1]["DenseReluDense"]
      func matrix(_ scope: Scope, _ shape: Shape) -> Tensor { scope.matrix("weight", shape, .zeros) }
      return Block(
        norm: layers[0]["layer_norm"].parameter("weight", [d], .ones), q: matrix(attention["q"], [inner, d]),
        k: matrix(attention["k"], [inner, d]), v: matrix(attention["v"], [inner, d]),
        o: matrix(attention["o"], [d, inner]),
        bias: i == 0 || config.isBiasedPerLayer
          ? attention["relative_attention_bias"].parameter(
            "weight", [config.distances.buckets, config.heads], .zeros) : nil,
        innerNorm: layers[1]["layer_norm"].parameter("weight", [d], .ones),
        up: (config.isGated ? ["wi_0", "wi_1"] : ["wi"]).map { matrix(feed[$0], [f, d]) },
        down: matrix(feed["wo"], [d, f]))
    }
    norm = encoder["final_layer_norm"].parameter("weight", [d], .ones)
    let compute = table.compute
    none = Dictionary(
      [d, inner, f].map { ($0, Tensor(zeros: [$0], on: compute)) }, uniquingKeysWith: { first, _ in first })
  }

  /// [B, T, D], f32.
  func callAsFunction(_ batch: TokenBatch, mask: AttentionMask? = nil) -> Tensor {
    let mask = mask ?? batch.mask
    var x = EmbeddingRows(batch.ids)(table).reshaped([batch.samples, batch.most, config.dim])
    for block in blocks {
      let h = RMSNorm(eps: config.eps, as: config.products)(x, block.norm)
      let qkv = Linear()(
        h, block.q, zeros(block.q), block.k, zeros(block.k), block.v, zeros(block.v))
      guard let bias = block.bias ?? blocks[0].bias else { preconditionFailure("the first block has no biases") }
      let o = Attention(heads: config.heads, scale: 1, mask: mask, distances: config.distances)(qkv, bias)
      x = Add()(x, Linear(as: .f32)(o, block.o, zeros(block.o)))
      x = Add()(x, feedForward(RMSNorm(eps: config.eps, as: config.products)(x, block.innerNorm), block))
    }
    return RMSNorm(eps: config.eps)(x, norm)
  }

  private func zeros(_ weight: Tensor) -> Tensor {
    guard let none = none[weight.shape[0]] else { preconditionFailure("no biases of \(weight.shape[0])") }
    return none
  }

  private func feedForward(_ x: Tensor, _ block: Block) -> Tensor {
    let down = block.down
    if config.isGated, let function = Linear.Activation(config.activation) {
      return GatedFeedForward(function)(x, block.up[0], block.up[1], down)
    }
    let hidden = Linear(as: .f32)(x, block.up[0], zeros(block.up[0]))
    let active =
      switch config.activation {
      case .relu: ExactActivation(.relu)(hidden)
      case .exactGELU: ExactActivation(.gelu)(hidden)
      case .gelu: Activate(.gelu)(hidden)
      case .silu: Activate(.silu)(hidden)
      }
    return Linear(as: .f32, operands: config.products)(active, down, zeros(down))
  }
}

extension Linear.Activation {
  /// Nil for those that are not fused with a product.
  init?(_ activation: T5Config.Activation) {
    switch activation {
    case .gelu: self = .gelu
    case .silu: self = .silu
    case .relu, .exactGELU: return nil
    }
  }
}
