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

  // MARK: in chunks, as in use

  /// Pixels' worth of first-level numbers a chunk may have: what memory is bounded by.
  private static let chunkElements = 1 << 25

  /// Latent frames a chunk takes, of frames of so many folded pixels.
  private func latentsAtOnce(_ pixels: Int) -> Int {
    max(1, Self.chunkElements / max(1, pixels * config.time * max(config.baseDim, config.decoderBaseDim ?? 0)))
  }

  /// The same as `moments`, in memory that does not grow with the clip's length. Frames past 1 + time·k are dropped.
  /// - Parameter atOnce: latent frames a chunk; nil: what fits.
  public func encode(_ x: Tensor, atOnce: Int? = nil) -> Tensor {
    let latents = config.latentFrames(x.shape[1]), some = atOnce ?? latentsAtOnce(x.shape[2] * x.shape[3])
    let memory = ClipMemory()
    return joined(latents, some) { range in
      let from = range.lowerBound == 0 ? 0 : config.frames(range.lowerBound), to = config.frames(range.upperBound)
      defer { memory.nextChunk() }
      return toMoments(encoder(TakeFrames(from..<to)(x.detached), memory))
    }
  }

  /// The same as `reconstruction`, in memory that does not grow with the clip's length, and clamped to [−1, 1].
  public func decode(_ z: Tensor, atOnce: Int? = nil) -> Tensor {
    let folded = config.space / config.patch, pixels = z.shape[2] * z.shape[3] * folded * folded
    let memory = ClipMemory()
    let y = joined(z.shape[1], atOnce ?? latentsAtOnce(pixels)) { range in
      defer { memory.nextChunk() }
      return decoder(fromLatents(TakeFrames(range)(z.detached)), memory)
    }
    Self.clamp(y)
    return y
  }

  /// Chunks one after the other.
  private func joined(_ count: Int, _ some: Int, _ chunk: (Range<Int>) -> Tensor) -> Tensor {
    precondition(count > 0, "a clip has a frame")
    var parts: [Tensor] = []
    for from in stride(from: 0, to: count, by: some) { parts.append(chunk(from..<min(count, from + some))) }
    guard parts.count > 1 else { return parts[0] }
    var sizes = parts[0].shape.sizes
    sizes[1] = parts.reduce(0) { $0 + $1.shape[1] }
    let y = Tensor(undefined: Shape(sizes), on: parts[0].compute), frame = sizes[2] * sizes[3] * sizes[4]
    y.withElements { to in
      for b in 0..<sizes[0] {
        var at = b * sizes[1] * frame
        for part in parts {
          let count = part.shape[1] * frame
          part.withElements { from in
            (to.baseAddress! + at).update(from: from.baseAddress! + b * count, count: count)
          }
          at += count
        }
      }
    }
    return y
  }

  private static func clamp(_ y: Tensor) {
    y.withElements { values in
      nonisolated(unsafe) let values = values
      y.compute.parallel(over: values.count, grain: 1 << 16) { r in
        for i in r { values[i] = max(-1, min(1, values[i])) }
      }
    }
  }
}
