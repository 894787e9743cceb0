import Files
import Tensors

/// The shape of a video autoencoder of the Wan family, under the names diffusers gives in `AutoencoderKLWan`'s
/// config.json.
public struct AutoencoderConfig: Sendable, Equatable {
  /// Channels of the first level of the encoder, and of the last of the decoder where that has its own.
  public var baseDim = 96, decoderBaseDim: Int?
  /// Channels of a latent pixel.
  public var zDim = 16
  /// Channels of each level, in base channels; space is halved between levels.
  public var dimMult = [1, 2, 4, 4]
  public var resBlocks = 2
  /// Whether time is halved too, between level i and the next.
  public var temporalDownsample = [false, true, true]
  /// Whether levels have shortcuts of their own (Wan 2.2).
  public var isResidual = false
  /// Channels of what is encoded and decoded: 3, or 12 where 2×2 pixels are folded first.
  public var inChannels = 3, outChannels = 3
  /// Side of the squares of pixels that are folded into channels first; nil: none.
  public var patchSize: Int?
  /// What latents are normalised by: (z − mean) / deviation, a channel each.
  public var latentsMean: [Double] = Self.mean21
  public var latentsStd: [Double] = Self.std21
  /// What config.json says the two scales are; they follow from the rest.
  var saidSpace: Int?, saidTime: Int?
  /// What products are made of. No part of config.json.
  public var products: ElementType = .f32

  public init() {}

  /// Side of those squares, 1 where nothing is folded.
  public var patch: Int { patchSize ?? 1 }
  /// Pixels along each side of a latent pixel, and frames a latent frame holds after the first.
  public var space: Int { patch << (dimMult.count - 1) }
  public var time: Int { 1 << temporalDownsample.count(where: { $0 }) }

  /// The first level whose shortcut, in the encoder or the decoder, has no whole groups of channels; nil: none.
  var unfoldedLevel: Int? {
    let last = dimMult.count - 1
    return dimMult.indices.first { i in
      let folded = (i < last ? 4 : 1) * (i < last && temporalDownsample[i] ? 2 : 1)
      let isDown = (i == 0 ? 1 : dimMult[i - 1]) * folded % dimMult[i] == 0
      // The decoder's levels run the other way.
      guard i < last else { return !isDown }
      let back = last - i, given = i == 0 ? dimMult[last] : dimMult[back + 1], up = dimMult[back],
        unfolded = 4 * (temporalDownsample[back - 1] ? 2 : 1)
      return !isDown || up * unfolded % given != 0
    }
  }

  /// Latent frames of `frames` frames: the first alone, then `time` at a time. Frames past 1 + time·k are dropped.
  public func latentFrames(_ frames: Int) -> Int { frames > 0 ? 1 + (frames - 1) / time : 0 }
  /// Frames of `latents` latent frames.
  public func frames(_ latents: Int) -> Int { latents > 0 ? 1 + (latents - 1) * time : 0 }

  /// What normalises the latents of the published models. Wan 2.1's config.json may leave it out.
  static let mean21 = [
    -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134, -0.0715, 0.5517, -0.3632, -0.1922,
    -0.9497, 0.2503, -0.2921,
  ]
  static let std21 = [
    2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253,
    2.8251, 1.9160,
  ]
  static let mean22 = [
    -0.2289, -0.0052, -0.1323, -0.2339, -0.2799, 0.0174, 0.1838, 0.1557, -0.1382, 0.0542, 0.2813, 0.0891, 0.1570,
    -0.0098, 0.0375, -0.1825, -0.2246, -0.1207, -0.0698, 0.5109, 0.2665, -0.2108, -0.2158, 0.2502, -0.2055, -0.0322,
    0.1109, 0.1567, -0.0729, 0.0899, -0.2799, -0.1230, -0.0313, -0.1649, 0.0117, 0.0723, -0.2839, -0.2083, -0.0520,
    0.3748, 0.0152, 0.1957, 0.1433, -0.2944, 0.3573, -0.0548, -0.1681, -0.0667,
  ]
  static let std22 = [
    0.4765, 1.0364, 0.4514, 1.1677, 0.5313, 0.4990, 0.4818, 0.5013, 0.8158, 1.0344, 0.5894, 1.0901, 0.6885, 0.6165,
    0.8454, 0.4978, 0.5759, 0.3523, 0.7135, 0.6804, 0.5833, 1.4146, 0.8986, 0.5659, 0.7069, 0.5338, 0.4889, 0.4917,
    0.4069, 0.4999, 0.6866, 0.4093, 0.5709, 0.6065, 0.6415, 0.4944, 0.5726, 1.2042, 0.5458, 1.6887, 0.3971, 1.0600,
    0.3943, 0.5537, 0.5444, 0.4089, 0.7468, 0.7744,
  ]

  /// A published shape.
  public enum Preset: String, CaseIterable, Sendable {
    case wan21 = "wan2.1", wan22 = "wan2.2"

    public var config: AutoencoderConfig {
      var config = AutoencoderConfig()
      guard self == .wan22 else { return config }
      (config.baseDim, config.decoderBaseDim, config.zDim, config.isResidual) = (160, 256, 48, true)
      (config.inChannels, config.outChannels, config.patchSize) = (12, 12, 2)
      (config.latentsMean, config.latentsStd) = (mean22, std22)
      return config
    }
  }
}
