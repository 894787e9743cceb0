import Nets
import Tensors

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
