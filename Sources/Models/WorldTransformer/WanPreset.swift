import Files

/// The published shapes of the family: for trials, timings and hints, without anybody's weights.
public enum WanPreset: String, CaseIterable, Sendable {
  case t2v1 = "wan2.1-t2v-1.3b"
  case t2v14 = "wan2.1-t2v-14b"
  case i2v14 = "wan2.1-i2v-14b"
  case flf2v14 = "wan2.1-flf2v-14b"
  case ti2v5 = "wan2.2-ti2v-5b"
  case t2vA14 = "wan2.2-t2v-a14b"
  case i2vA14 = "wan2.2-i2v-a14b"

  /// Their transformer (of an expert, where there are two): Wan 2.1 and 2.2, `wan/configs/*.py`.
  public var config: WorldTransformerConfig {
    var c = WorldTransformerConfig()
    (c.headDim, c.textDim, c.freqDim, c.inChannels, c.outChannels) = (128, 4096, 256, 16, 16)
    switch self {
    case .t2v1: (c.heads, c.ffnDim, c.layers) = (12, 8960, 30)
    case .t2v14, .t2vA14: (c.heads, c.ffnDim, c.layers) = (40, 13824, 40)
    case .i2v14, .flf2v14:
      (c.heads, c.ffnDim, c.layers, c.inChannels) = (40, 13824, 40, 36)
      (c.imageDim, c.addedKeyValueDim) = (1280, 5120)
      c.imagePositions = self == .flf2v14 ? 2 * Self.imageTokens : nil
    case .i2vA14: (c.heads, c.ffnDim, c.layers, c.inChannels) = (40, 13824, 40, 36)
    case .ti2v5:
      (c.heads, c.ffnDim, c.layers, c.inChannels, c.outChannels) = (24, 14336, 30, 48, 48)
    }
    return c
  }

  /// Tokens of a text, all of which are attended to.
  public static let textTokens = 512
  /// Tokens of a picture: CLIP's ViT-H/14 at 224 pixels, and one of its own.
  public static let imageTokens = 257

  /// Tokens of pictures this model is given; nil: none.
  public var imageTokens: Int? { config.imageDim == nil ? nil : config.imagePositions ?? Self.imageTokens }
}
