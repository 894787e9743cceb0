import Files
import Tensors

/// What a BERT encoder is: transformers' `BertConfig`.
public struct BERTConfig: Sendable, Equatable {
  public var vocabulary = 30522, dim = 384, heads = 12, layers = 6, ffn = 1536, positions = 512, types = 2
  public var activation = ExactActivation.Function.gelu
  public var eps: Float = 1e-12

  /// MiniLM-L6's.
  public init() {}

  init(_ json: Value, at place: String) throws {
    guard json["model_type"]?.string == "bert" else {
      throw Problem(
        "this is a model of the type '\((json["model_type"]?.string ?? "").prefix(40))'", at: place, expected: "bert",
        fix: "check the path")
    }
    func size(_ key: String, _ most: Int, or fallback: Int? = nil) throws -> Int {
      try EncoderFolder.size(json, key, 1...most, at: place, or: fallback)
    }
    vocabulary = try size("vocab_size", 1 << 24)
    dim = try size("hidden_size", 1 << 16)
    heads = try size("num_attention_heads", 1024)
    layers = try size("num_hidden_layers", 1000)
    ffn = try size("intermediate_size", 1 << 18)
    positions = try size("max_position_embeddings", 1 << 20)
    types = try size("type_vocab_size", 1 << 16, or: 2)
    eps = try EncoderFolder.number(json, "layer_norm_eps", at: place, or: 1e-12)
    guard dim % heads == 0 else {
      throw Problem("\(dim) features for \(heads) heads", at: place, expected: "as many for each")
    }
    guard (json["position_embedding_type"]?.string ?? "absolute") == "absolute" else {
      throw Problem("position_embedding_type is not absolute", at: place, expected: "absolute positions")
    }
    switch json["hidden_act"]?.string ?? "gelu" {
    case "gelu": activation = .gelu
    case "relu": activation = .relu
    case let other:
      throw Problem("hidden_act is '\(other.prefix(40))'", at: place, expected: "gelu or relu")
    }
  }

  var words: String {
    "bert/1 \(vocabulary) \(dim) \(heads) \(layers) \(ffn) \(positions) \(types) \(activation) \(eps)"
  }
}
