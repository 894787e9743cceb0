import Files

/// config.json: the keys of diffusers' `AutoencoderKLWan`, in the order it writes them, with its defaults (Wan 2.1).
extension AutoencoderConfig: DocumentSection {
  package static let section = Section(AutoencoderConfig()) {
    Field.constant("_class_name", "AutoencoderKLWan", "diffusers' class") { "is \($0), not AutoencoderKLWan" }
    Field.ignored("_diffusers_version", "diffusers' version", written: "0.42.1")
    Field.ignored("_name_or_path", "where diffusers had it from")
    Field.ignored("attn_scales", "levels with attention; none has", written: [])
    Field("base_dim", \.baseDim, .integer(in: size), "channels of the first level")
    Field.ignored("clip_output", "whether decoded pixels are clamped; they are")
    Field(
      "decoder_base_dim", \.decoderBaseDim, .optional(.integer(in: size)), "channels of the decoder's last level",
      default: "base_dim")
    Field("dim_mult", \.dimMult, .integers(in: 1...64), "channels of each level, in base channels")
    Field.ignored("dropout", "of training elsewhere", written: .number(0))
    Field("in_channels", \.inChannels, .integer(in: size), "channels of folded pixels")
    Field("is_residual", \.isResidual, .flag, "whether levels have shortcuts")
    Field("latents_mean", \.latentsMean, .numbers, "means of the latents, a channel each")
    Field("latents_std", \.latentsStd, .numbers, "deviations of the latents, a channel each")
    Field("num_res_blocks", \.resBlocks, .integer(in: 1...16), "residual blocks of a level")
    Field("out_channels", \.outChannels, .integer(in: size), "channels of folded pixels")
    Field("patch_size", \.patchSize, .optional(.integer(in: 1...8)), "side of the squares that are folded")
    Field(
      "scale_factor_spatial", \.saidSpace, .optional(.integer(in: size)), "pixels along a latent pixel",
      default: "told by the levels", from: { $0.space })
    Field(
      "scale_factor_temporal", \.saidTime, .optional(.integer(in: size)), "frames of a latent frame",
      default: "told by the levels", from: { $0.time })
    Field("temperal_downsample", \.temporalDownsample, .flags, "where time is halved too")
    Field("z_dim", \.zDim, .integer(in: size), "channels of a latent pixel")
  } rules: { c, f in
    let widest = max(c.baseDim, c.decoderBaseDim ?? 0) * (c.dimMult.max() ?? 1)
    if !(1...6).contains(c.dimMult.count) || widest > 1 << 14 {
      f.complain("dim_mult is \(c.dimMult); one to six levels of at most 16384 channels are read")
    }
    if c.isResidual, c.temporalDownsample.count == c.dimMult.count - 1, let odd = c.unfoldedLevel {
      f.complain(
        "dim_mult is \(c.dimMult); the shortcut of level \(odd) needs channels that divide those it folds")
    }
    if c.temporalDownsample.count != c.dimMult.count - 1 {
      f.complain(
        "temperal_downsample has \(c.temporalDownsample.count) entries; it needs one fewer than dim_mult, "
          + "\(c.dimMult.count - 1)")
    }
    if c.inChannels != 3 * c.patch * c.patch || c.outChannels != c.inChannels {
      f.complain(
        "in_channels and out_channels are \(c.inChannels) and \(c.outChannels); colour pictures need "
          + "3 · patch_size², \(3 * c.patch * c.patch)")
    }
    if c.latentsMean.count != c.zDim || c.latentsStd.count != c.zDim {
      f.complain(
        "latents_mean and latents_std hold \(c.latentsMean.count) and \(c.latentsStd.count) numbers; z_dim says "
          + "\(c.zDim)")
    }
    if !c.latentsStd.allSatisfy({ (1e-6...1e6).contains($0) }) || !c.latentsMean.allSatisfy({ abs($0) <= 1e6 }) {
      f.complain("latents_mean can be -1000000 to 1000000, latents_std 0.000001 to 1000000")
    }
  }

  private static let size = 1...4096

  /// - Throws: `Problem` listing everything that cannot be followed.
  public init(json: Value, at place: String) throws {
    let f = StrictFields(json, at: place)
    self.init(f)
    try f.finish(fix: "use a config.json that diffusers' AutoencoderKLWan wrote", exit: .failure)
    (saidSpace, saidTime) = (nil, nil)
  }

  /// config.json as diffusers reads it.
  public var json: Value {
    var config = self
    (config.saidSpace, config.saidTime) = (space, time)
    return config.value
  }
}
