import Files
import Nets
import Tensors

/// What CLIP's image encoder is: transformers' `CLIPVisionConfig`.
public struct CLIPVisionConfig: Sendable, Equatable {
  public var dim = 1280, heads = 16, layers = 32, ffn = 5120, size = 224, patch = 14, channels = 3
  public var activation = ExactActivation.Function.gelu
  public var eps: Float = 1e-5
  /// Tokens of a picture: one for all of it, and its patches.
  public var tokens: Int { 1 + (size / patch) * (size / patch) }

  /// ViT-H/14, the family's.
  public init() {}

  init(_ json: Value, at place: String) throws {
    let own = json["vision_config"] ?? json
    guard own["model_type"]?.string == "clip_vision_model" || json["model_type"]?.string == "clip" else {
      throw Problem(
        "this is a model of the type '\((json["model_type"]?.string ?? "").prefix(40))'", at: place,
        expected: "clip_vision_model", fix: "check the path")
    }
    func size(_ key: String, _ most: Int, _ fallback: Int) throws -> Int {
      try EncoderFolder.size(own, key, 1...most, at: place, or: fallback)
    }
    dim = try size("hidden_size", 1 << 16, 768)
    heads = try size("num_attention_heads", 1024, 12)
    layers = try size("num_hidden_layers", 1000, 12)
    ffn = try size("intermediate_size", 1 << 18, 3072)
    self.size = try size("image_size", 4096, 224)
    patch = try size("patch_size", 1024, 32)
    channels = try size("num_channels", 16, 3)
    eps = try EncoderFolder.number(own, "layer_norm_eps", at: place, or: 1e-5)
    guard dim % heads == 0, self.size % patch == 0, layers > 1 else {
      throw Problem(
        "\(dim) features for \(heads) heads, patches of \(patch) for \(self.size) pixels, \(layers) layers", at: place,
        expected: "sizes that divide, and at least two layers")
    }
    switch own["hidden_act"]?.string ?? "quick_gelu" {
    case "gelu": activation = .gelu
    case "quick_gelu": activation = .quickGELU
    case "relu": activation = .relu
    case let other:
      throw Problem("hidden_act is '\(other.prefix(40))'", at: place, expected: "gelu, quick_gelu or relu")
    }
  }

  var words: String {
    "clip-vision/1 \(dim) \(heads) \(layers) \(ffn) \(size) \(patch) \(channels) \(activation) \(eps)"
  }
}

/// CLIP's image encoder (Radford et al. 2021; Dosovitskiy et al. 2021), whose last state but one conditions Wan 2.1's
/// image-to-video models. The last layer and what follows are not run, and their weights not needed.
public final class CLIPVisionTower {
  public let config: CLIPVisionConfig
  private let weights: FrozenWeights
  private let network: CLIPVisionNetwork

  /// - Parameter place: a folder as transformers writes it, alone or as `image_encoder/` of a pipeline.
  /// - Throws: `Problem` when it is no such encoder.
  public init(_ place: String, on compute: Compute) throws {
    let folder = try EncoderFolder(place, part: "image_encoder")
    guard let json = folder.config else {
      throw Problem("there is no config.json", at: folder.configPath, expected: "CLIP's, beside its weights")
    }
    let config = try CLIPVisionConfig(json, at: folder.configPath)
    let last = "encoder.layers.\(config.layers - 1)."
    let weights = try FrozenWeights(folder.file) { name in
      let own = name.hasPrefix("vision_model.") ? String(name.dropFirst(13)) : name
      let isLeftOut =
        own.hasPrefix(last) || own.hasPrefix("post_layernorm.") || own.hasPrefix("text_model.")
        || own.hasPrefix("visual_projection.") || own.hasPrefix("text_projection.") || own == "logit_scale"
        || own == "embeddings.position_ids"
      return isLeftOut ? nil : own
    }
    let parameters = try Parameters(on: compute, over: weights, nil) { _ = CLIPVisionNetwork(config, $0) }
    (self.config, self.weights) = (config, weights)
    network = CLIPVisionNetwork(config, parameters.scope())
  }

  /// SHA-256 over configuration and weights.
  public private(set) lazy var identity = Hashing.sha256([config.words, weights.bufferHash].joined(separator: "\n"))

  /// The state before the last layer: [B, 1 + patches, D].
  /// - Parameter pixels: [B, 3, S, S], normalised as CLIP's processor does.
  /// - Throws: `Problem` for pictures of another size.
  public func callAsFunction(_ pixels: Tensor) throws -> Tensor {
    let s = pixels.shape
    guard s.rank == 4, s[0] > 0, s[1] == config.channels, s[2] == config.size, s[3] == config.size else {
      throw Problem(
        "pictures of the shape \(s)", at: weights.path,
        expected: "[B, \(config.channels), \(config.size), \(config.size)]")
    }
    return network(pixels)
  }
}

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
