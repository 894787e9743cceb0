import Files

/// What a file of weights is, told by the names and shapes of its tensors alone (as ComfyUI's `model_detection.py`
/// does).
public enum CheckpointKind: String, Sendable, CaseIterable {
  case transformer, autoencoder, text, vision, adapter, unknown

  /// A kind, and which of its family it is, where that can be told.
  public struct Found: Sendable, Equatable {
    public let kind: CheckpointKind
    public let family: String
    /// diffusers, original or comfy; of an adapter its dialect.
    public let layout: String
  }

  public static func of(_ names: [String]) -> Found {
    let all = Set(names)
    func has(_ name: String) -> Bool { all.contains(name) }
    func begins(_ prefix: String) -> Bool { names.contains { $0.hasPrefix(prefix) } }
    if let dialect = AdapterDialect.of(names) {
      return Found(kind: .adapter, family: "LoRA for a Wan transformer", layout: dialect.rawValue)
    }
    if let other = WanNames.foreign(names) { return Found(kind: .unknown, family: other, layout: "original") }
    if let layout = WanNames.layout(of: names) {
      return Found(kind: .transformer, family: "Wan", layout: layout.rawValue)
    }
    if has("decoder.middle.0.residual.0.gamma") {
      let isNew = has("decoder.upsamples.0.upsamples.0.residual.2.weight")
      return Found(kind: .autoencoder, family: isNew ? "Wan 2.2 VAE" : "Wan 2.1 VAE", layout: "original")
    }
    if TinyAutoencoder.isOne(names) {
      return Found(
        kind: .autoencoder, family: has("encoder.0.weight") ? "tiny autoencoder (TAEHV)" : "tiny decoder (TAEHV)",
        layout: "original")
    }
    if has("decoder.mid_block.resnets.0.norm1.gamma"), has("quant_conv.weight") {
      let isNew = begins("encoder.down_blocks.0.resnets.")
      return Found(kind: .autoencoder, family: isNew ? "Wan 2.2 VAE" : "Wan 2.1 VAE", layout: "diffusers")
    }
    let bias = ".layer.0.SelfAttention.relative_attention_bias.weight"
    if has("encoder.block.0" + bias) {
      // Every layer of UMT5 has a table of its own; T5 has the first layer's.
      let isOwn = has("encoder.block.1" + bias), isOneLayer = !begins("encoder.block.1.")
      return Found(
        kind: .text, family: isOneLayer ? "T5 or UMT5 encoder" : isOwn ? "UMT5 encoder" : "T5 encoder",
        layout: has("spiece_model") ? "comfy" : "diffusers")
    }
    if has("token_embedding.weight"), has("blocks.0.pos_embedding.embedding.weight") {
      return Found(kind: .text, family: "UMT5 encoder", layout: "original")
    }
    if names.contains(where: { $0.hasSuffix("embeddings.word_embeddings.weight") }) {
      return Found(kind: .text, family: "BERT encoder", layout: "diffusers")
    }
    if names.contains(where: { $0.hasSuffix("vision_model.embeddings.class_embedding") }) {
      return Found(kind: .vision, family: "CLIP vision tower", layout: "diffusers")
    }
    return Found(kind: .unknown, family: "nothing known here", layout: "unknown")
  }

  /// What a tensor is for, coarsely, by its name in any layout.
  static func role(of name: String) -> String {
    func any(_ parts: String...) -> Bool { parts.contains { name.contains($0) } }
    if any("lora_", ".alpha", "dora_scale") { return "adapter" }
    if any("norm", "gamma") { return "norms" }
    if any("modulation", "scale_shift_table", "relative_attention_bias", "pos_embed") { return "tables" }
    if any("attn", "attention", "Attention") { return "attention" }
    if any("ffn", "DenseReluDense", "fc1", "fc2", "intermediate") { return "feed-forward" }
    if any("embed", "shared.weight", "img_emb", "time_proj") { return "embedders" }
    if any("proj_out", "head.") { return "output" }
    return "other"
  }
}
