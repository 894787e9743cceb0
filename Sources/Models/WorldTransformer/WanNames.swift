import Files

/// Names of the family's weights in the three layouts they are published in: diffusers' own (which are this model's),
/// those of the original code, and the latter behind ComfyUI's prefix. No tensor changes shape between them.
public enum WanNames {
  /// The prefix ComfyUI may put before the original names.
  static let prefix = "model.diffusion_model."

  /// Whole layers, original and diffusers. `norm3` is the affine norm before the text and `norm2` in diffusers.
  private static let layers: [(original: String, diffusers: String)] = [
    ("patch_embedding", "patch_embedding"),
    ("text_embedding.0", "condition_embedder.text_embedder.linear_1"),
    ("text_embedding.2", "condition_embedder.text_embedder.linear_2"),
    ("time_embedding.0", "condition_embedder.time_embedder.linear_1"),
    ("time_embedding.2", "condition_embedder.time_embedder.linear_2"),
    ("time_projection.1", "condition_embedder.time_proj"),
    ("head.head", "proj_out"),
    ("head.modulation", "scale_shift_table"),
    ("img_emb.proj.0", "condition_embedder.image_embedder.norm1"),
    ("img_emb.proj.1", "condition_embedder.image_embedder.ff.net.0.proj"),
    ("img_emb.proj.3", "condition_embedder.image_embedder.ff.net.2"),
    ("img_emb.proj.4", "condition_embedder.image_embedder.norm2"),
    ("img_emb.emb_pos", "condition_embedder.image_embedder.pos_embed"),
  ]

  /// Inside a block.
  private static let inner: [(original: String, diffusers: String)] =
    [
      ("modulation", "scale_shift_table"), ("norm3", "norm2"), ("ffn.0", "ffn.net.0.proj"), ("ffn.2", "ffn.net.2"),
      ("cross_attn.k_img", "attn2.add_k_proj"), ("cross_attn.v_img", "attn2.add_v_proj"),
      ("cross_attn.norm_k_img", "attn2.norm_added_k"),
    ]
    + [("self_attn", "attn1"), ("cross_attn", "attn2")].flatMap { original, diffusers in
      [("q", "to_q"), ("k", "to_k"), ("v", "to_v"), ("o", "to_out.0"), ("norm_q", "norm_q"), ("norm_k", "norm_k")].map {
        ("\(original).\($0.0)", "\(diffusers).\($0.1)")
      }
    }

  private static let byOriginal = Dictionary(uniqueKeysWithValues: layers.map { ($0.original, $0.diffusers) })
  private static let byDiffusers = Dictionary(uniqueKeysWithValues: layers.map { ($0.diffusers, $0.original) })
  private static let innerByOriginal = Dictionary(uniqueKeysWithValues: inner.map { ($0.original, $0.diffusers) })
  private static let innerByDiffusers = Dictionary(uniqueKeysWithValues: inner.map { ($0.diffusers, $0.original) })

  /// Parts of relatives of the family that this program has no model for, and what they are.
  private static let foreign = [
    ("vace_blocks.", "a VACE model (control by video)"), ("motion_encoder.", "an Animate model"),
    ("face_adapter.", "an Animate model"), ("control_adapter.", "a camera-control model"),
    ("casual_audio_encoder.", "a speech-to-video model"), ("audio_proj.", "a speech-to-video model"),
  ]

  /// Which layout a checkpoint's names are in.
  public enum Layout: String, Sendable, CaseIterable { case diffusers, original, comfy }

  /// - Returns: nil when these are not names of the family.
  public static func layout(of names: [String]) -> Layout? {
    if names.contains("head.modulation") { return .original }
    if names.contains(prefix + "head.modulation") { return .comfy }
    return names.contains("scale_shift_table") && names.contains("proj_out.weight") ? .diffusers : nil
  }

  /// What relative of the family a checkpoint is, when it is one that cannot be used here.
  public static func foreign(_ names: [String]) -> String? {
    foreign.first { part, _ in names.contains { $0.hasPrefix(part) || $0.hasPrefix(prefix + part) } }?.1
  }

  /// Whether it is a tensor that some files have and no model reads.
  public static func isIdle(_ name: String) -> Bool { name.hasSuffix(".norm_added_q.weight") }

  /// The model's name of a tensor; nil for one that belongs to no layer of the family, or that nothing reads.
  public static func diffusers(_ name: String, in layout: Layout) -> String? {
    guard !isIdle(name) else { return nil }
    guard layout != .diffusers else { return name }
    let own = layout == .comfy && name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    return map(own, byOriginal, innerByOriginal)
  }

  /// The original name of one of this model's.
  public static func original(_ name: String) -> String? { map(name, byDiffusers, innerByDiffusers) }

  private static func map(_ name: String, _ whole: [String: String], _ inner: [String: String]) -> String? {
    var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if let same = whole[name] { return same }
    var ending = ""
    if let last = parts.last, last == "weight" || last == "bias" {
      ending = "." + last
      parts.removeLast()
    }
    let layer = parts.joined(separator: ".")
    if let same = whole[layer] { return same + ending }
    guard parts.count >= 3, parts[0] == "blocks", Int(parts[1]) != nil,
      let same = inner[parts.dropFirst(2).joined(separator: ".")]
    else { return nil }
    return "blocks.\(parts[1]).\(same)\(ending)"
  }
}
