import Files
import Nets
import Tensors

/// What a T5 encoder is: transformers' `T5Config` and `UMT5Config`, as far as an encoder needs them.
public struct T5Config: Sendable, Equatable {
  public enum Activation: Sendable, Equatable {
    case relu, gelu, silu
    /// By the error function.
    case exactGELU
  }

  public var vocabulary = 256384
  /// Features of a token, of all heads together, and of the feed-forward layer.
  public var dim = 4096, inner = 4096, ffn = 10240
  public var heads = 64, layers = 24
  public var distances = Attention.Distances(buckets: 32, far: 128)
  public var activation = Activation.gelu
  /// Two matrices before the activation, one its gate.
  public var isGated = true
  /// Each layer has biases of its own (UMT5); else the first one's serve all (T5).
  public var isBiasedPerLayer = true
  public var eps: Float = 1e-6
  /// What products multiply.
  public var products = ElementType.f32

  /// UMT5-XXL, the family's.
  public init() {}

  /// - Throws: `Problem` when it is no encoder of the kind.
  init(_ json: Value, at place: String) throws {
    let type = json["model_type"]?.string ?? ""
    guard ["t5", "mt5", "umt5"].contains(type) else {
      throw Problem(
        "this is a model of the type '\(type.prefix(40))'", at: place, expected: "t5, mt5 or umt5",
        fix: "check the path")
    }
    func size(_ key: String, _ most: Int, or fallback: Int? = nil) throws -> Int {
      try EncoderFolder.size(json, key, 1...most, at: place, or: fallback)
    }
    vocabulary = try size("vocab_size", 1 << 24)
    dim = try size("d_model", 1 << 16)
    heads = try size("num_heads", 1024)
    inner = heads * (try size("d_kv", 4096))
    ffn = try size("d_ff", 1 << 18)
    layers = try size("num_layers", 1000)
    distances = .init(
      buckets: try size("relative_attention_num_buckets", 4096, or: 32),
      far: try size("relative_attention_max_distance", 1 << 20, or: 128))
    eps = try EncoderFolder.number(json, "layer_norm_epsilon", at: place, or: 1e-6)
    isBiasedPerLayer = type == "umt5"
    let projection = json["feed_forward_proj"]?.string ?? (type == "t5" ? "relu" : "gated-gelu")
    isGated = projection.hasPrefix("gated-")
    switch isGated ? String(projection.dropFirst("gated-".count)) : projection {
    case "relu": activation = .relu
    // transformers takes the tanh form for "gated-gelu", and the exact one for "gelu".
    case "gelu": activation = isGated ? .gelu : .exactGELU
    case "gelu_new": activation = .gelu
    case "silu": activation = .silu
    default:
      throw Problem(
        "feed_forward_proj is '\(projection.prefix(40))'", at: place, expected: "relu, gated-gelu, gelu_new or silu")
    }
    guard !isGated || activation == .gelu || activation == .silu else {
      throw Problem("feed_forward_proj is '\(projection.prefix(40))'", at: place, expected: "gated-gelu or gated-silu")
    }
    try check(at: place)
  }

  /// Told from the tensors of a checkpoint without `config.json`: what they do not tell is as UMT5 and T5 have it.
  init(tensors weights: FrozenWeights) throws {
    func shape(_ name: String) throws -> [Int] { try weights.shape(name, rank: 2, of: "a T5 or UMT5 encoder") }
    let table = try shape("shared.weight"), block = "encoder.block.0.layer.",
      bias = try shape(block + "0.SelfAttention.relative_attention_bias.weight")
    (vocabulary, dim, heads) = (table[0], table[1], bias[1])
    inner = try shape(block + "0.SelfAttention.q.weight")[0]
    isGated = weights.shape(block + "1.DenseReluDense.wi_0.weight") != nil
    ffn = try shape(block + "1.DenseReluDense." + (isGated ? "wi_0" : "wi") + ".weight")[0]
    activation = isGated ? .gelu : .relu
    distances = .init(buckets: bias[0], far: 128)
    let names = Set(weights.names)
    layers = (0...).first { !names.contains("encoder.block.\($0).layer.0.layer_norm.weight") } ?? 0
    isBiasedPerLayer = names.contains("encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight")
    try check(at: weights.path)
  }

  private func check(at place: String) throws {
    guard distances.buckets % 4 == 0, distances.far > distances.buckets / 4 else {
      throw Problem(
        "\(distances.buckets) buckets of distances to \(distances.far)", at: place,
        expected: "a multiple of 4, and more distances than a quarter of it")
    }
    guard inner % heads == 0 else {
      throw Problem("\(inner) features for \(heads) heads", at: place, expected: "as many for each")
    }
  }

  /// What its vectors depend on besides numbers and tokens.
  var words: String {
    "t5/1 \(vocabulary) \(dim) \(inner) \(ffn) \(heads) \(layers) \(distances.buckets) \(distances.far) \(activation) \(isGated) \(isBiasedPerLayer) \(eps) \(products)"
  }

  /// Floating-point operations of a pass over so many tokens.
  public func flops(tokens n: Int) -> Double {
    let linear = Double(4 * dim * inner + (isGated ? 3 : 2) * dim * ffn)
    return Double(layers) * (2 * Double(n) * linear + 4 * Double(n) * Double(n) * Double(inner))
  }
}
