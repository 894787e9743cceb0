import Files

/// config.json: the keys of diffusers' `WanTransformer3DModel`, in the order it writes them, with its defaults (Wan
/// 14B).
extension WorldTransformerConfig: DocumentSection {
  package static let section = Section(wan14B) {
    Field.constant("_class_name", "WanTransformer3DModel", "diffusers' class") {
      "is \($0), not WanTransformer3DModel"
    }
    Field.ignored("_diffusers_version", "diffusers' version", written: "0.42.1")
    Field.ignored("_name_or_path", "where diffusers had it from")
    Field(
      "added_kv_proj_dim", \.addedKeyValueDim, .optional(.integer(in: size)),
      "features that keys and values of a picture's tokens are made from: those of a token")
    Field("attention_head_dim", \.headDim, .integer(in: 6...4096), "features of a head; even")
    Field("cross_attn_norm", \.crossAttentionNorm, .flag, "whether queries to the text are normalised")
    Field("eps", \.eps, .number(in: 0...1), "in the norms' denominators")
    Field("ffn_dim", \.ffnDim, .integer(in: size), "features of the feed-forward layer")
    Field("freq_dim", \.freqDim, .integer(in: 2...8192), "features of a timestep; even")
    Field(
      "image_dim", \.imageDim, .optional(.integer(in: size)), "features of a picture's tokens, where it is given any")
    Field("in_channels", \.inChannels, .integer(in: size), "channels of the latents")
    Field("num_attention_heads", \.heads, .integer(in: 1...1024), "heads")
    Field("num_layers", \.layers, .integer(in: 1...1000), "blocks")
    Field(
      "out_channels", \.outChannels, .integer(in: size), "channels of the prediction", default: "in_channels",
      from: { $0.inChannels })
    Field("patch_size", \.patchSize, .three(in: 1...64), "latent frames, rows and columns a token holds")
    Field(
      "pos_embed_seq_len", \.imagePositions, .optional(.integer(in: 2...size.upperBound)),
      "tokens of two pictures, each with a position")
    Field.constant("qk_norm", "rms_norm_across_heads", "norm of queries and keys") { _ in
      "must be rms_norm_across_heads"
    }
    Field("rope_max_seq_len", \.ropeMaxLength, .integer(in: 1...(1 << 24)), "longest axis, in tokens")
    Field("text_dim", \.textDim, .integer(in: size), "features of a text token")
  } rules: { config, f in
    if config.headDim % 2 != 0 {
      f.complain("attention_head_dim is \(config.headDim); rotary positions need an even number")
    }
    if (config.imageDim == nil) != (config.addedKeyValueDim == nil) {
      f.complain("image_dim and added_kv_proj_dim stand together: a picture's tokens have keys and values of their own")
    } else if let width = config.addedKeyValueDim, width != config.dim {
      f.complain("added_kv_proj_dim is \(width); a picture's tokens come to the width of the others, \(config.dim)")
    }
    if config.imagePositions != nil, config.imageDim == nil { f.complain("pos_embed_seq_len stands beside image_dim") }
    if let positions = config.imagePositions, positions % 2 != 0 {
      f.complain("pos_embed_seq_len is \(positions); it counts the tokens of two pictures")
    }
    if config.freqDim % 2 != 0 { f.complain("freq_dim is \(config.freqDim); it must be even") }
  }

  private static let size = 1...(1 << 20)
  private static var wan14B: Self {
    var config = Self()
    (config.heads, config.headDim, config.layers) = (40, 128, 40)
    (config.ffnDim, config.textDim) = (13824, 4096)
    return config
  }

  /// Reads config.json. Fields we do not support are refused by name when they are set.
  public init(json: Value, at place: String) throws {
    let f = StrictFields(json, at: place)
    self.init(f)
    try f.finish(fix: "use a config.json that diffusers' WanTransformer3DModel wrote", exit: .failure)
  }

  /// config.json as diffusers reads it.
  public var json: Value { value }
}
