import Files
import Tensors

/// The configuration of `WorldTransformer`, field for field diffusers' `WanTransformer3DModel` config.json.
public struct WorldTransformerConfig: Sendable, Equatable {
  public var patchSize = [1, 2, 2]
  public var heads = 4
  public var headDim = 32
  public var inChannels = 16
  public var outChannels = 16
  public var textDim = 64
  public var freqDim = 256
  public var ffnDim = 512
  public var layers = 4
  public var crossAttentionNorm = true
  public var eps = 1e-6
  public var ropeMaxLength = 1024
  /// What the blocks multiply: f32, or bf16 where the processor does that. Not part of config.json: it is how, not
  /// what.
  public var products = ElementType.f32
  /// In training, a block keeps only its input and is run again in the backward pass: less memory, the same bits. Not
  /// part of config.json.
  public var recompute = false

  public init() {}

  /// The same model with products of f32: what other programs are held against, whatever it was trained with.
  public var exact: Self {
    var c = self
    c.products = .f32
    return c
  }

  public var dim: Int { heads * headDim }
  public var patch: Patch { Patch(patchSize[0], patchSize[1], patchSize[2]) }

  /// Reads config.json. Fields we do not support are refused by name when they are set.
  public init(json: Value, at place: String) throws {
    let f = StrictFields(json, at: place)
    if let name = f.optionalString("_class_name"), name != "WanTransformer3DModel" {
      f.complain("_class_name is \(name), not WanTransformer3DModel")
    }
    for key in ["_diffusers_version", "_name_or_path"] { _ = f.raw(key) }
    for key in ["added_kv_proj_dim", "image_dim", "pos_embed_seq_len"] where f.raw(key) != nil {
      f.complain("\(key) is set: image conditioning through separate tokens is not supported here")
    }
    if f.string("qk_norm", default: "rms_norm_across_heads") != "rms_norm_across_heads" {
      f.complain("qk_norm must be rms_norm_across_heads")
    }
    patchSize = f.integers("patch_size") ?? [1, 2, 2]
    if patchSize.count != 3 || patchSize.contains(where: { !(1...64).contains($0) }) {
      f.complain("patch_size should be three integers from 1 to 64")
      patchSize = [1, 2, 2]
    }
    let size = 1...(1 << 20)
    heads = f.integer("num_attention_heads", in: 1...1024, default: 40)
    headDim = f.integer("attention_head_dim", in: 6...4096, default: 128)
    inChannels = f.integer("in_channels", in: size, default: 16)
    outChannels = f.integer("out_channels", in: size, default: inChannels)
    textDim = f.integer("text_dim", in: size, default: 4096)
    freqDim = f.integer("freq_dim", in: 2...8192, default: 256)
    ffnDim = f.integer("ffn_dim", in: size, default: 13824)
    layers = f.integer("num_layers", in: 1...1000, default: 40)
    crossAttentionNorm = f.bool("cross_attn_norm", default: true)
    eps = f.number("eps", in: 0...1, default: 1e-6)
    ropeMaxLength = f.integer("rope_max_seq_len", in: 1...(1 << 24), default: 1024)
    if headDim % 2 != 0 { f.complain("attention_head_dim is \(headDim); rotary positions need an even number") }
    if freqDim % 2 != 0 { f.complain("freq_dim is \(freqDim); it must be even") }
    try f.finish(fix: "use a config.json that diffusers' WanTransformer3DModel wrote", exit: .failure)
  }

  /// config.json as diffusers reads it.
  public var json: Value {
    [
      "_class_name": "WanTransformer3DModel", "_diffusers_version": "0.42.1", "added_kv_proj_dim": nil,
      "attention_head_dim": Value(headDim),
      "cross_attn_norm": .bool(crossAttentionNorm), "eps": .number(eps), "ffn_dim": Value(ffnDim),
      "freq_dim": Value(freqDim), "image_dim": nil,
      "in_channels": Value(inChannels), "num_attention_heads": Value(heads), "num_layers": Value(layers),
      "out_channels": Value(outChannels),
      "patch_size": .array(patchSize.map { Value($0) }), "pos_embed_seq_len": nil, "qk_norm": "rms_norm_across_heads",
      "rope_max_seq_len": Value(ropeMaxLength), "text_dim": Value(textDim),
    ]
  }

  /// Checks latents [B,F,H,W,C] against this model. - Throws: `Problem` naming the size that does not fit.
  public func check(frames: Int, height: Int, width: Int, channels: Int, at place: String) throws {
    for (name, size, patch) in [
      ("frames", frames, patchSize[0]), ("height", height, patchSize[1]), ("width", width, patchSize[2]),
    ] where size % patch != 0 || size == 0 {
      throw Problem(
        "\(size) latent \(name) are not divisible by the patch of \(patch)", at: place,
        fix: "change the clip's size or the model's patch_size")
    }
    guard channels == inChannels else {
      throw Problem("the latents have \(channels) channels, the model takes \(inChannels)", at: place)
    }
    let longest = max(frames / patchSize[0], height / patchSize[1], width / patchSize[2])
    guard longest <= ropeMaxLength else {
      throw Problem("\(longest) positions along one axis exceed rope_max_seq_len \(ropeMaxLength)", at: place)
    }
  }

  /// Numbers the transformer has: what its `Scope` declares, counted without declaring it.
  public var parameterCount: Int {
    let d = dim, square = d * d + d
    let condition = freqDim * d + d + square + 6 * square + textDim * d + d + square
    let block = 6 * d + 8 * square + 4 * d + (crossAttentionNorm ? 2 * d : 0) + 2 * ffnDim * d + ffnDim + d
    return 2 * d + patch.volume * inChannels * d + d + condition + layers * block + (d + 1) * outChannels * patch.volume
  }

  /// Multiply-adds ×2 of one forward pass for B samples of N tokens and L text tokens: matrix products only.
  public func forwardFLOPs(batch: Int, tokens: Int, text: Int) -> Double {
    let b = Double(batch), n = Double(tokens), l = Double(text), d = Double(dim), f = Double(ffnDim)
    let layer = 2 * n * d * d * 6 + 2 * l * d * d * 2 + 4 * n * n * d + 4 * n * l * d + 4 * n * d * f
    let ends =
      2 * n * d * Double(patch.volume * (inChannels + outChannels)) + 2 * l * Double(textDim) * d + 2 * l * d * d
    return b * (Double(layers) * layer + ends)
  }
}
