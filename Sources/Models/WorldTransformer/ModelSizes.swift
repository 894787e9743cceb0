import Files

/// How large a transformer is, by the names an experiment has for it; `perf` times the same.
public struct ModelSizes: Sendable, Equatable {
  /// D, features of a token.
  public var dim: Int
  public var heads: Int, layers: Int
  /// Features of the feed-forward layer.
  public var ffn: Int
  /// Latent frames, rows and columns a token holds.
  public var patch = [1, 2, 2]
  /// Features of a timestep.
  public var freqDim = 256
  public var crossAttentionNorm = true

  /// - Parameter ffn: nil takes four times the features (Vaswani et al. 2017).
  public init(dim: Int = 128, heads: Int = 4, layers: Int = 4, ffn: Int? = nil) {
    (self.dim, self.heads, self.layers) = (dim, heads, layers)
    self.ffn = ffn ?? Self.usualFFN(dim)
  }

  private static func usualFFN(_ dim: Int) -> Int { 4 * dim }

  /// The transformer of these sizes.
  public func transformer(channels: Int, textDim: Int) -> WorldTransformerConfig {
    var c = WorldTransformerConfig()
    c.patchSize = patch
    (c.heads, c.headDim, c.layers, c.ffnDim, c.freqDim) = (heads, dim / heads, layers, ffn, freqDim)
    (c.inChannels, c.outChannels, c.textDim, c.crossAttentionNorm) = (channels, channels, textDim, crossAttentionNorm)
    return c
  }
}

extension ModelSizes: DocumentSection {
  package static let section = Section(ModelSizes()) {
    Field("dim", \.dim, .integer(in: 1...1_000_000), unit: "features", "width of a token")
    Field("heads", \.heads, .integer(in: 1...1024), "attention heads; each takes dim/heads features, even, 6 to 4096")
    Field("layers", \.layers, .integer(in: 1...1000), "transformer blocks")
    Field(
      "ffn", \.ffn, .integer(in: 1...1_000_000), unit: "features", "width of the feed-forward layer",
      default: "4·dim", from: { usualFFN($0.dim) })
    Field("patch", \.patch, .three(in: 1...64), "latent frames, rows and columns a token holds")
    Field("freq_dim", \.freqDim, .integer(in: 2...8192), unit: "features", "of a timestep, as in Wan's config.json")
    Field("cross_attn_norm", \.crossAttentionNorm, .flag, "whether queries to the text are normalised")
  } rules: { sizes, f in
    let head = sizes.dim / sizes.heads
    if sizes.dim % sizes.heads != 0 || head % 2 != 0 || !(6...4096).contains(head) {
      f.complain(
        "\(f.path("dim")) \(sizes.dim) over \(sizes.heads) heads must give an even number of features a head, "
          + "from 6 to 4096")
    }
  }
}
