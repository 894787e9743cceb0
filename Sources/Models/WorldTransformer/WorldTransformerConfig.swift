import Files
import Tensors

/// The configuration of `WorldTransformer`, field for field diffusers' `WanTransformer3DModel` config.json.
public struct WorldTransformerConfig: Sendable, Equatable {
  public var patchSize = [1, 2, 2]
  public var heads = 4
  public var headDim = 32
  public var inChannels = 16
  public var outChannels = 16
  public var textDim = 64
  public var freqDim = 256
  public var ffnDim = 512
  public var layers = 4
  public var crossAttentionNorm = true
  public var eps = 1e-6
  public var ropeMaxLength = 1024
  /// Features of a picture's tokens, of a model that is given them beside the text (Wan 2.1 image-to-video); nil: none.
  public var imageDim: Int?
  /// What the keys and values of those tokens are made from: as wide as a token, or nil with `imageDim`.
  public var addedKeyValueDim: Int?
  /// Tokens of pictures there must be, each with a learned position (FLF2V: two pictures); nil: any, without positions.
  public var imagePositions: Int?
  /// Action spaces it is conditioned on, an embedder each. Not part of config.json: the model without them is the
  /// family's, and theirs lies beside it.
  public var actions: [ActionInput] = []
  /// What the blocks multiply: f32, or bf16 where the processor does that. Not part of config.json: it is how, not
  /// what.
  public var products = ElementType.f32
  /// In training, a block keeps only its input and is run again in the backward pass: less memory, the same bits. Not
  /// part of config.json.
  public var recompute = false

  public init() {}

  /// The same model with products of f32: what other programs are held against, whatever it was trained with.
  public var exact: Self {
    var c = self
    c.products = .f32
    return c
  }

  public var dim: Int { heads * headDim }
  public var patch: Patch { Patch(patchSize[0], patchSize[1], patchSize[2]) }

  /// Checks latents [B,F,H,W,C] against this model. - Throws: `Problem` naming the size that does not fit.
  public func check(frames: Int, height: Int, width: Int, channels: Int, at place: String) throws {
    for (name, size, patch) in [
      ("frames", frames, patchSize[0]), ("height", height, patchSize[1]), ("width", width, patchSize[2]),
    ] where size % patch != 0 || size == 0 {
      throw Problem(
        "\(size) latent \(name) are not divisible by the patch of \(patch)", at: place,
        fix: "change the clip's size or the model's patch_size")
    }
    guard channels == inChannels else {
      throw Problem("the latents have \(channels) channels, the model takes \(inChannels)", at: place)
    }
    let longest = max(frames / patchSize[0], height / patchSize[1], width / patchSize[2])
    guard longest <= ropeMaxLength else {
      throw Problem("\(longest) positions along one axis exceed rope_max_seq_len \(ropeMaxLength)", at: place)
    }
  }

  /// Numbers the transformer has: what its `Scope` declares, counted without declaring it.
  public var parameterCount: Int {
    let d = dim, square = d * d + d
    let condition = freqDim * d + d + square + 6 * square + textDim * d + d + square
    let embedder = imageDim.map { i in 2 * i + i * i + i + i * d + d + 2 * d + (imagePositions ?? 0) * i } ?? 0
    let pictures = imageDim == nil ? 0 : 2 * square + d
    let block = pictures + 6 * d + 8 * square + 4 * d + (crossAttentionNorm ? 2 * d : 0) + 2 * ffnDim * d + ffnDim + d
    let ends = 2 * d + patch.volume * inChannels * d + d + (d + 1) * outChannels * patch.volume
    let acting = actions.reduce(0) { $0 + $1.width * d + d * d }
    return ends + condition + embedder + layers * block + acting
  }

  /// Multiply-adds ×2 of one forward pass for B samples of N tokens and L text tokens: matrix products only.
  /// - Parameter image: tokens of pictures, of a model that takes them.
  public func forwardFLOPs(batch: Int, tokens: Int, text: Int, image: Int = 0) -> Double {
    let b = Double(batch), n = Double(tokens), l = Double(text + image), d = Double(dim), f = Double(ffnDim)
    let layer = 2 * n * d * d * 6 + 2 * l * d * d * 2 + 4 * n * n * d + 4 * n * l * d + 4 * n * d * f
    let ends =
      2 * n * d * Double(patch.volume * (inChannels + outChannels)) + 2 * Double(text) * (Double(textDim) * d + d * d)
      + 2 * Double(image) * Double(imageDim ?? 0) * (Double(imageDim ?? 0) + d)
    return b * (Double(layers) * layer + ends)
  }
}
