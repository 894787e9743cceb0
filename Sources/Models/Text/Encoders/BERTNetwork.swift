import Nets
import Tensors

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
