/// Names of an encoder's weights: transformers' own, and the original Wan code's (`wan/modules/t5.py`).
enum T5Names {
  private static let inner = [
    "norm1": "layer.0.layer_norm", "norm2": "layer.1.layer_norm", "attn.q": "layer.0.SelfAttention.q",
    "attn.k": "layer.0.SelfAttention.k", "attn.v": "layer.0.SelfAttention.v", "attn.o": "layer.0.SelfAttention.o",
    "pos_embedding.embedding": "layer.0.SelfAttention.relative_attention_bias",
    "ffn.gate.0": "layer.1.DenseReluDense.wi_0", "ffn.fc1": "layer.1.DenseReluDense.wi_1",
    "ffn.fc2": "layer.1.DenseReluDense.wo",
  ]

  /// The model's name of a tensor; nil for one that an encoder does not have, or has twice.
  /// - Parameter names: all there are.
  static func own(_ name: String, among names: Set<String>) -> String? {
    switch name {
    case "shared.weight", "token_embedding.weight": return "shared.weight"
    // Tied: one of the two names is as good.
    case "encoder.embed_tokens.weight": return names.contains("shared.weight") ? nil : "shared.weight"
    case "norm.weight": return "encoder.final_layer_norm.weight"
    case "lm_head.weight", "spiece_model", "scaled_fp8": return nil
    default: break
    }
    if name.hasPrefix("decoder.") { return nil }
    guard name.hasPrefix("blocks.") else { return name }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map { String($0) }
    guard parts.count > 3, let same = inner[parts[2..<parts.count - 1].joined(separator: ".")] else { return name }
    return "encoder.block.\(parts[1]).\(same).\(parts[parts.count - 1])"
  }
}
