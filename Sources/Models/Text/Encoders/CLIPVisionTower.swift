import Files
import Nets
import Tensors

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
