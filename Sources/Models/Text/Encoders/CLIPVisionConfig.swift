import Files
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
