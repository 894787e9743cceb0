import Nets
import Tensors

/// The causal video autoencoder of the Wan family (`AutoencoderKLWan` in diffusers; Wan team 2025, §4.1).
///
/// Pixels are in [−1, 1], frames lie channels last. A clip may pass at once or in chunks that remember what came before:
/// the same numbers, but for rounding. Both halves are causal: a prefix in gives a prefix out.
public struct Autoencoder {
  public let config: AutoencoderConfig
  private let encoder: AutoencoderEncoder, decoder: AutoencoderDecoder
  private let toMoments: PointLayer, fromLatents: PointLayer

  public init(_ config: AutoencoderConfig, _ scope: Scope) {
    self.config = config
    encoder = AutoencoderEncoder(config, scope["encoder"])
    toMoments = PointLayer(scope["quant_conv"], 2 * config.zDim, 2 * config.zDim, axes: 3, config.products)
    fromLatents = PointLayer(scope["post_quant_conv"], config.zDim, config.zDim, axes: 3, config.products)
    decoder = AutoencoderDecoder(config, scope["decoder"])
  }

  // MARK: whole clips, as in training

  /// Mean and ln σ² of each latent number. - Parameter x: folded pixels [B,1+time·k,H,W,inChannels]. → [B,1+k,h,w,2z]
  public func moments(_ x: Tensor) -> Tensor { toMoments(encoder(x, nil)) }

  /// What latents stand for, not clamped. - Parameter z: [B,f,h,w,z] → folded pixels [B,1+time·(f−1),H,W,outChannels]
  public func reconstruction(_ z: Tensor) -> Tensor { decoder(fromLatents(z), nil) }

  // MARK: in pieces, as in use

  /// The same as `moments`, in memory that does not grow with the clip's length. Frames past 1 + time·k are dropped.
  /// - Parameter atOnce: latent frames a piece; nil: what fits.
  public func encode(_ x: Tensor, atOnce: Int? = nil) -> Tensor {
    let latents = config.latentFrames(x.shape[1]), pixels = x.shape[2] * x.shape[3] / 4
    return inPieces(latents, atOnce, elements: config.time * pixels * config.baseDim) { range, memory in
      let from = range.lowerBound == 0 ? 0 : config.frames(range.lowerBound), to = config.frames(range.upperBound)
      return toMoments(encoder(TakeFrames(from..<to)(x.detached), memory))
    }
  }

  /// The same as `reconstruction`, in memory that does not grow with the clip's length, and clamped to [−1, 1].
  public func decode(_ z: Tensor, atOnce: Int? = nil) -> Tensor {
    let y = unclamped(z, atOnce: atOnce)
    Self.clamp(y)
    return y
  }

  func unclamped(_ z: Tensor, atOnce: Int?) -> Tensor {
    let channels = (config.decoderBaseDim ?? config.baseDim) * (config.dimMult.last ?? 1)
    return inPieces(z.shape[1], atOnce, elements: z.shape[2] * z.shape[3] * channels) { range, memory in
      decoder(fromLatents(TakeFrames(range)(z.detached)), memory)
    }
  }

  /// - Parameter elements: numbers of the largest tensor that comes of a latent frame before it is cut again.
  private func inPieces(
    _ count: Int, _ atOnce: Int?, elements: Int, _ piece: (Range<Int>, ClipMemory) -> Tensor
  ) -> Tensor {
    precondition(count > 0, "a clip has a frame")
    let some = atOnce ?? max(1, ClipPieces.mostElements / max(1, elements)), memory = ClipMemory()
    return ClipPieces.joined(
      stride(from: 0, to: count, by: some).map { piece($0..<min(count, $0 + some), memory) })
  }

  static func clamp(_ y: Tensor) {
    let values = y.pointer
    y.compute.parallel(over: y.count, grain: 1 << 16) { r in
      for i in r { values[i] = max(-1, min(1, values[i])) }
    }
  }
}
