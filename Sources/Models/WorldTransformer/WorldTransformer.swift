import Foundation
import Nets
import Tensors

/// The video world model: a diffusion transformer over spacetime patches, number for number diffusers'
/// `WanTransformer3DModel` (Wan 2.1/2.2), so that checkpoints load in both directions.
///
/// B samples, F latent frames, H×W latent pixels, C channels, T tokens, D features, G groups of tokens that share a
/// noise level, L text tokens of E features.
///
/// The residual stream, norms and the embedders are f32. What the blocks multiply is `config.products`: f32, or bf16
/// with sums in f32 where the processor does that.
public struct WorldTransformer {
  public let config: WorldTransformerConfig
  package let patchEmbedding: (weight: Tensor, bias: Tensor)
  package let condition: ConditionEmbedder
  package let blocks: [Block]
  package let table: Tensor
  package let output: LinearLayer
  /// One an action space.
  private let actions: [ActionEmbedder]
  /// Where the weights of what takes actions are, in a checkpoint of a run.
  package static let actionEmbedder = "action_embedder"
  /// Weights that may have to be fetched block by block.
  private let frozen: FrozenWeights?

  /// Declares its parameters or binds them, as the scope has it. The initialisers of `WorldTransformer+Parameters` are
  /// the way here.
  init(_ config: WorldTransformerConfig, _ scope: Scope) {
    let d = config.dim, p = config.patchSize
    self.config = config
    frozen = scope.frozen
    table = scope.parameter("scale_shift_table", [1, 2, d], .normal(1 / Float(d).squareRoot()))
    let inputs = config.inChannels * config.patch.volume
    let patch = scope["patch_embedding"]
    patchEmbedding = (
      patch.matrix("weight", [d, config.inChannels, p[0], p[1], p[2]], .xavier(inputs, d)),
      patch.parameter("bias", [d], .zeros)
    )
    condition = ConditionEmbedder(config, scope["condition_embedder"])
    blocks = (0..<config.layers).map { Block(config, scope["blocks"][$0]) }
    // Zero, so that an untrained model predicts the mean (Peebles & Xie 2023).
    output = LinearLayer(scope["proj_out"], d, config.outChannels * config.patch.volume, initial: .zeros)
    // Last, so that the others draw what they draw without.
    actions = config.actions.map {
      ActionEmbedder(scope.added[Self.actionEmbedder][$0.name], inputs: $0.width, width: d)
    }
  }

  /// - Parameters:
  ///   - x: noisy latents [B,F,H,W,C], sizes divisible by the patch.
  ///   - timesteps: [B,G], 1000·σ of each of G contiguous groups of tokens (G divides T).
  ///   - text: [B,L,E].
  ///   - image: [B,S,imageDim], tokens of a picture (of two, one after the other), of a model that takes them.
  ///   - actions: [B,G,width] for each of the action spaces of a model that takes them, in their order.
  /// - Returns: the prediction [B,F,H,W,Cout].
  public func callAsFunction(
    _ x: Tensor, timesteps: Tensor, text: Tensor, image: Tensor? = nil, actions: [Tensor] = []
  ) -> Tensor {
    precondition((image == nil) == (config.imageDim == nil), "tokens of pictures go to a model that takes them")
    precondition(actions.map(\.shape.width) == config.actions.map(\.width), "actions go to a model that takes them")
    let grid = config.patch.grid(x.shape), d = config.dim, type = x.compute.products(config.products)
    let tokens = Patchify(config.patch, as: type)(x)  // [B,T,C·p]
    var h = Linear(as: .f32)(tokens, patchEmbedding.weight.reshaped([d, tokens.shape.width]), patchEmbedding.bias)  // [B,T,D]
    let acting = zip(self.actions, actions).map { $0($1) }  // [B,G,D] each
    let (embedded, modulation, context) = condition(timesteps, text, acting)  // [B,G,1,D] [B,G,6,D] [B,L,D]
    let pictures = image.flatMap { image in condition.image.map { $0(image) } }  // [B,S,D]
    let rotary = RotaryPositions(headDim: config.headDim, grid: grid, on: x.compute)
    for (i, block) in blocks.enumerated() {
      let run = { [frozen] (x: Tensor) -> Tensor in
        frozen?.enter(i)
        return block(x, modulation, context, rotary, pictures)
      }
      h = config.recompute ? Tape.recompute(h, run) : run(h)
    }
    let last = TableAdd()(embedded, table)  // [B,G,2,D]
    h = ModulatedNorm(shift: 0, scale: 1, eps: Float(config.eps), as: type)(h, last)
    return Unpatchify(config.patch, frames: x.shape[1], height: x.shape[2], width: x.shape[3])(output(h, as: .f32))
  }
}

/// Noise level and caption to features: sinusoid → MLP (→ plus what actions add) → one projection shared by all blocks;
/// text → MLP.
package struct ConditionEmbedder {
  package let time1: LinearLayer, time2: LinearLayer, projection: LinearLayer, text1: LinearLayer, text2: LinearLayer
  package let image: ImageEmbedder?
  package let config: WorldTransformerConfig

  package init(_ config: WorldTransformerConfig, _ scope: Scope) {
    let d = config.dim
    self.config = config
    time1 = LinearLayer(scope["time_embedder"]["linear_1"], config.freqDim, d, initial: .normal(0.02))
    time2 = LinearLayer(scope["time_embedder"]["linear_2"], d, d, initial: .normal(0.02))
    projection = LinearLayer(scope["time_proj"], d, 6 * d)
    text1 = LinearLayer(scope["text_embedder"]["linear_1"], config.textDim, d, initial: .normal(0.02))
    text2 = LinearLayer(scope["text_embedder"]["linear_2"], d, d, initial: .normal(0.02))
    image = config.imageDim.map {
      ImageEmbedder(scope["image_embedder"], features: $0, width: d, positions: config.imagePositions)
    }
  }

  package func callAsFunction(
    _ timesteps: Tensor, _ text: Tensor, _ added: [Tensor] = []
  ) -> (embedded: Tensor, modulation: Tensor, context: Tensor) {
    let (b, g, d) = (timesteps.shape[0], timesteps.shape[1], config.dim)
    let e = added.reduce(time2(time1(sinusoid(timesteps), .silu))) { Add()($0, $1) }  // [B,G,D]
    let m = projection(Activate(.silu)(e))  // [B,G,6D]
    let context = text2(text1(text, .gelu))
    return (e.reshaped([b, g, 1, d]), m.reshaped([b, g, 6, d]), context)
  }

  /// [B,G] → [B,G,freqDim]: cosines, then sines, of t·10000^(−i/half) (Vaswani et al. 2017, in diffusers' order).
  private func sinusoid(_ t: Tensor) -> Tensor {
    let half = config.freqDim / 2, values = t.values
    var out = [Float](repeating: 0, count: values.count * config.freqDim)
    let frequencies = (0..<half).map { Float(exp(-Foundation.log(10000.0) * Double($0) / Double(half))) }
    for (i, v) in values.enumerated() {
      for j in 0..<half {
        let angle = Double(v * frequencies[j])
        out[i * config.freqDim + j] = Float(cos(angle))
        out[i * config.freqDim + half + j] = Float(sin(angle))
      }
    }
    return Tensor(out, [t.shape[0], t.shape[1], config.freqDim], on: t.compute)
  }
}

/// One transformer block: self attention, cross attention to text, feed-forward; modulation gates the first and the
/// last.
package struct Block {
  package let table: Tensor
  let selfAttention: AttentionLayer, crossAttention: AttentionLayer
  package let norm: NormLayer?
  package let up: LinearLayer, down: LinearLayer
  package let eps: Float, products: ElementType

  package init(_ config: WorldTransformerConfig, _ scope: Scope) {
    let d = config.dim
    (eps, products) = (Float(config.eps), config.products)
    table = scope.parameter("scale_shift_table", [1, 6, d], .normal(1 / Float(d).squareRoot()))
    selfAttention = AttentionLayer(config, scope["attn1"])
    crossAttention = AttentionLayer(config, scope["attn2"], takesPictures: config.imageDim != nil)
    norm = config.crossAttentionNorm ? NormLayer(scope["norm2"], d, eps: eps) : nil
    up = LinearLayer(scope["ffn"]["net"][0]["proj"], d, config.ffnDim)
    down = LinearLayer(scope["ffn"]["net"][2], config.ffnDim, d)
  }

  package func callAsFunction(
    _ x: Tensor, _ modulation: Tensor, _ context: Tensor, _ rotary: RotaryPositions, _ pictures: Tensor? = nil
  ) -> Tensor {
    let m = TableAdd()(modulation, table)  // [B,G,6,D]: shift, scale, gate, shift, scale, gate
    let type = x.compute.products(products)
    var h = x
    h = GatedResidual(gate: 2)(h, selfAttention(ModulatedNorm(shift: 0, scale: 1, eps: eps, as: type)(h, m), rotary), m)
    h = Add()(h, crossAttention(norm?(h, as: type) ?? h, context: context, pictures: pictures, as: type))
    let a = ModulatedNorm(shift: 3, scale: 4, eps: eps, as: type)(h, m)
    return GatedResidual(gate: 5)(h, LinearLayer.feedForward(a, up: up, down: down), m)
  }
}

/// Multi-head attention with RMS-normed queries and keys. Towards a picture's tokens it has keys and values of their
/// own.
package struct AttentionLayer {
  package let q: LinearLayer, k: LinearLayer, v: LinearLayer, out: LinearLayer
  package let normQ: Tensor, normK: Tensor
  package let heads: Int, eps: Float
  private let added: (k: LinearLayer, v: LinearLayer, norm: Tensor)?

  package init(_ config: WorldTransformerConfig, _ scope: Scope, takesPictures: Bool = false) {
    let d = config.dim
    (heads, eps) = (config.heads, Float(config.eps))
    normQ = scope["norm_q"].parameter("weight", [d], .ones)
    normK = scope["norm_k"].parameter("weight", [d], .ones)
    q = LinearLayer(scope["to_q"], d, d)
    k = LinearLayer(scope["to_k"], d, d)
    v = LinearLayer(scope["to_v"], d, d)
    out = LinearLayer(scope["to_out"][0], d, d)
    added =
      takesPictures
      ? (
        LinearLayer(scope["add_k_proj"], d, d), LinearLayer(scope["add_v_proj"], d, d),
        scope["norm_added_k"].parameter("weight", [d], .ones)
      ) : nil
  }

  /// Among the tokens x [B,T,D], with rotary positions.
  package func callAsFunction(_ x: Tensor, _ rotary: RotaryPositions) -> Tensor {
    let qkv = LinearLayer.beside([q, k, v], x)  // [B,T,3D]
    return out(SelfAttention(heads: heads, eps: eps)(qkv, normQ, normK, rotary.cos, rotary.sin))
  }

  /// From the tokens x [B,T,D] to a context [B,L,D] and to pictures [B,S,D], without positions: the same queries, a
  /// softmax over each, and what both give is added.
  package func callAsFunction(_ x: Tensor, context: Tensor, pictures: Tensor? = nil, as type: ElementType) -> Tensor {
    let kv = LinearLayer.beside([k, v], context, as: .f32, operands: type)  // [B,L,2D]
    let attend = CrossAttention(heads: heads, eps: eps), queries = q(x, as: type), y = attend(queries, kv, normQ, normK)
    guard let added, let pictures else { return out(y) }
    let own = LinearLayer.beside([added.k, added.v], pictures, as: .f32, operands: type)  // [B,S,2D]
    return out(Add()(y, attend(queries, own, normQ, added.norm)))
  }
}
