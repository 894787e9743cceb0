import Files
import Nets

/// What a checkpoint without a config.json is, by the shapes of its tensors.
extension WorldTransformerConfig {
  /// Features of a head in every published model of the family.
  private static let familyHead = 128

  /// - Parameter original: what the original code's config.json says beside them, which no tensor tells.
  /// - Throws: `Problem` naming what does not fit the family.
  init(tensors weights: FrozenWeights, _ original: OriginalConfig? = nil) throws {
    self.init()
    func shape(_ name: String, _ rank: Int) throws -> [Int] {
      try weights.shape(name, rank: rank, of: "a Wan transformer")
    }
    let width = try shape("scale_shift_table", 3)[2]
    let head = original.flatMap { width % $0.heads == 0 ? width / $0.heads : nil } ?? Self.familyHead
    guard width % head == 0, head % 2 == 0, head >= 6 else {
      throw Problem(
        "a model of \(width) features has no whole number of heads of \(head)", at: weights.path,
        expected: "a published model, or config.json beside the weights", fix: "put its config.json beside it")
    }
    let patch = try shape("patch_embedding.weight", 5), output = try shape("proj_out.weight", 2)
    (heads, headDim) = (width / head, head)
    if let original { eps = original.eps }
    (inChannels, patchSize) = (patch[1], Array(patch[2...]))
    outChannels = output[0] / patchSize.reduce(1, *)
    ffnDim = try shape("blocks.0.ffn.net.0.proj.weight", 2)[0]
    textDim = try shape("condition_embedder.text_embedder.linear_1.weight", 2)[1]
    freqDim = try shape("condition_embedder.time_embedder.linear_1.weight", 2)[1]
    layers = weights.names.filter { $0.hasPrefix("blocks.") && $0.hasSuffix(".attn1.to_q.weight") }.count
    crossAttentionNorm = weights.shape("blocks.0.norm2.weight") != nil
    let embedder = "condition_embedder.image_embedder."
    if weights.shape(embedder + "norm1.weight") != nil {
      imageDim = try shape(embedder + "norm1.weight", 1)[0]
      addedKeyValueDim = dim
      if weights.shape(embedder + "pos_embed") != nil { imagePositions = try shape(embedder + "pos_embed", 3)[1] }
    }
  }
}
