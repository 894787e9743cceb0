import Models
import Tensors

/// What stands beside the noise of a batch, made of pictures.
public struct PictureCondition {
  /// [B,F,h,w,time+z]: which frames are given, and the latents of a clip that shows nothing else.
  public let channels: Tensor
  /// [B,S,E]: what an image encoder makes of the pictures, of a model that looks at it.
  public let tokens: Tensor?

  public init(channels: Tensor, tokens: Tensor?) { (self.channels, self.tokens) = (channels, tokens) }

  /// Samples side by side.
  package static func batch(_ parts: [PictureCondition]) -> PictureCondition {
    let tokens = parts.compactMap(\.tokens)
    return PictureCondition(
      channels: ClipCoder.batch(parts.map(\.channels)), tokens: tokens.isEmpty ? nil : ClipCoder.batch(tokens))
  }

  /// What the transformer sees: noisy latents [B,F,h,w,z], and the channels behind them.
  package func beside(_ x: Tensor) -> Tensor { Autoencoder.beside(x, channels) }
}
