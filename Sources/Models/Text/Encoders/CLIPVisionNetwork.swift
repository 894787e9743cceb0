import Nets
import Tensors

/// The layers of CLIP's image encoder that are run.
struct CLIPVisionNetwork {
  private struct Block {
    let norm: NormLayer
    let q: LinearLayer, k: LinearLayer, v: LinearLayer, o: LinearLayer
    let innerNorm: NormLayer
    let up: LinearLayer, down: LinearLayer
  }

  private let config: CLIPVisionConfig
  private let whole: Tensor, patches: Tensor, positions: Tensor
  private let norm: NormLayer
  private let blocks: [Block]

  init(_ config: CLIPVisionConfig, _ scope: Scope) {
    let d = config.dim, embeddings = scope["embeddings"]
    self.config = config
    whole = embeddings.parameter("class_embedding", [d], .zeros)
    patches = embeddings["patch_embedding"].matrix(
      "weight", [d, config.channels, config.patch, config.patch], .zeros)
    positions = embeddings["position_embedding"].matrix("weight", [config.tokens, d], .zeros)
    norm = NormLayer(scope["pre_layrnorm"], d, eps: config.eps)  // so it is spelt
    blocks = (0..<config.layers - 1).map { i in
      let layer = scope["encoder"]["layers"][i], attention = layer["self_attn"]
      return Block(
        norm: NormLayer(layer["layer_norm1"], d, eps: config.eps), q: LinearLayer(attention["q_proj"], d, d),
        k: LinearLayer(attention["k_proj"], d, d), v: LinearLayer(attention["v_proj"], d, d),
        o: LinearLayer(attention["out_proj"], d, d), innerNorm: NormLayer(layer["layer_norm2"], d, eps: config.eps),
        up: LinearLayer(layer["mlp"]["fc1"], d, config.ffn), down: LinearLayer(layer["mlp"]["fc2"], config.ffn, d))
    }
  }

  func callAsFunction(_ pixels: Tensor) -> Tensor {
    let d = config.dim, b = pixels.shape[0], n = config.tokens
    let embedded = Linear()(
      unfolded(pixels), patches.reshaped([d, patches.count / d]), Tensor(zeros: [d], on: pixels.compute))
    let all = Tensor(undefined: [b, n, d], on: pixels.compute), to = all.pointer, from = embedded.pointer,
      first = whole.pointer
    for i in 0..<b {
      (to + i * n * d).update(from: first, count: d)
      (to + (i * n + 1) * d).update(from: from + i * (n - 1) * d, count: (n - 1) * d)
    }
    let places = EmbeddingRows((0..<b).flatMap { _ in 0..<n })(positions).reshaped([b, n, d])
    var x = norm(Add()(all, places))
    for block in blocks {
      let qkv = LinearLayer.beside([block.q, block.k, block.v], block.norm(x))
      let o = Attention(heads: config.heads, scale: 1 / Float(d / config.heads).squareRoot())(qkv)
      x = Add()(x, block.o(o))
      x = Add()(x, block.down(ExactActivation(config.activation)(block.up(block.innerNorm(x)))))
    }
    return x
  }

  /// Patches as rows [B·patches, C·P·P], row by row of the picture.
  private func unfolded(_ pixels: Tensor) -> Tensor {
    let (b, c, s, p) = (pixels.shape[0], config.channels, config.size, config.patch), side = s / p
    let y = Tensor(undefined: [b * side * side, c * p * p], on: pixels.compute), from = pixels.pointer, to = y.pointer
    for i in 0..<b * side * side {
      let sample = i / (side * side), top = i / side % side * p, left = i % side * p
      for channel in 0..<c {
        for line in 0..<p {
          (to + i * c * p * p + (channel * p + line) * p).update(
            from: from + ((sample * c + channel) * s + top + line) * s + left, count: p)
        }
      }
    }
    return y
  }
}
