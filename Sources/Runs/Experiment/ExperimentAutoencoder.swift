import Diffusion
import Files
import Models

extension Experiment {
  /// What is trained.
  public enum Kind: String, CaseIterable, Sendable { case worldModel = "world-model", autoencoder }

  /// An autoencoder of the Wan family to be trained: its size, and what its reconstructions are held to.
  public struct Autoencoder: Sendable, Equatable {
    public var baseDim = 16, zDim = 16, dimMult = [1, 2, 4, 4], resBlocks = 1
    public var temporalDownsample = [false, true, true]
    /// Side of the squares of pixels that are folded into channels first; 1: none.
    public var patchSize = 1
    /// Weights of the mean absolute and squared errors of pixels in [−1, 1], and of the divergence, an element.
    public var l1 = 1.0, mse = 0.0, kl = 1e-4
    /// Training windows over which the latents' mean and deviation are measured.
    public var measured = 64
    /// nil: pixels alone.
    public var perceptual: Perceptual?

    public init() {}

    /// Its shape. What normalises its latents is measured at the end; until then nothing does.
    public var config: AutoencoderConfig {
      var c = AutoencoderConfig()
      (c.baseDim, c.zDim, c.dimMult, c.resBlocks) = (baseDim, zDim, dimMult, resBlocks)
      c.temporalDownsample = temporalDownsample
      c.patchSize = patchSize > 1 ? patchSize : nil
      (c.inChannels, c.outChannels) = (3 * patchSize * patchSize, 3 * patchSize * patchSize)
      (c.latentsMean, c.latentsStd) = (Array(repeating: 0, count: zDim), Array(repeating: 1, count: zDim))
      return c
    }
  }
}

extension Experiment.Autoencoder: DocumentSection {
  package static let section = Section(Self()) {
    Field("base_dim", \.baseDim, .integer(in: 5...1024), unit: "channels", "width of the first level")
    Field("z_dim", \.zDim, .integer(in: 1...256), unit: "channels", "of a latent pixel")
    Field("dim_mult", \.dimMult, .integers(in: 1...64), "width of each level, in `base_dim`; space is halved between")
    Field("num_res_blocks", \.resBlocks, .integer(in: 1...16), "residual blocks of a level")
    Field(
      "temporal_downsample", \.temporalDownsample, .flags,
      "where time is halved too; without any, a latent frame is a frame")
    Field(
      "patch_size", \.patchSize, .powerOfTwo(in: 1...8), unit: "pixels",
      "side of the squares that are folded into channels first: less to compute, and less fine")
    Field("l1", \.l1, .number(in: 0...1000), "weight of the mean absolute error of pixels in [−1, 1]")
    Field("mse", \.mse, .number(in: 0...1000), "weight of their mean squared error")
    Field("kl", \.kl, .number(in: 0...1000), "weight of the latents' divergence from N(0, 1), an element")
    Field(
      "measured", \.measured, .integer(in: 1...10_000), unit: "windows",
      "of the training set, over which what normalises the latents is measured at the end")
    Field(
      "perceptual", \.perceptual, .optional(.sectionIfThere), hashed: .whenNotDefault, written: .whenNotDefault,
      "what a network for recognition sees in the pixels, as a further loss", default: "pixels alone")
  } rules: { a, f in
    if !(1...5).contains(a.dimMult.count) {
      f.complain("\(f.path("dim_mult")) has \(a.dimMult.count) levels; a codec takes one to five")
    }
    if a.temporalDownsample.count != a.dimMult.count - 1 {
      f.complain(
        "\(f.path("temporal_downsample")) has \(a.temporalDownsample.count) entries; it needs one fewer than dim_mult, "
          + "\(a.dimMult.count - 1)")
    }
    if a.config.space > 16 {
      f.complain(
        "\(f.path("patch_size")) and \(f.path("dim_mult")) make latent pixels of \(a.config.space) pixels; a codec takes up to 16"
      )
    }
    if a.config.time > 8 {
      f.complain("\(f.path("temporal_downsample")) halves time more than three times, which no codec takes")
    }
    if a.perceptual != nil, a.patchSize > 1 {
      f.complain("\(f.path("perceptual")) needs pixels as they are: \(f.path("patch_size")) must be 1")
    }
    if a.l1 == 0, a.mse == 0 {
      f.complain("\(f.path("l1")) and \(f.path("mse")) are both 0: nothing would hold pixels to pixels")
    }
  }
}

extension Experiment {
  /// What is said of keys that a training of an autoencoder has no use for, and the other way round.
  func complainOfKind(to f: StrictFields) {
    guard kind == .autoencoder else {
      if autoencoder != nil { f.complain("autoencoder is a section of experiments with kind: autoencoder") }
      return
    }
    func refuse(_ key: String, _ isSet: Bool, _ why: String) {
      if isSet { f.complain("\(key) says nothing in an experiment with kind: autoencoder: \(why)") }
    }
    refuse("from", from != nil, "it starts from scratch")
    refuse("lora", lora != nil, "all of its weights are trained")
    refuse("model", model != ModelSizes(), "its size stands under autoencoder")
    refuse("codec", codec != Codec(), "it is one itself")
    refuse("objective", objective != Objective(), "it predicts pixels")
    refuse("levels", levels != NoiseLevels(), "nothing is noised")
    refuse("text", captions != CaptionEmbedder(), "it reads no captions")
    refuse("sampler", sampler != SamplerSettings(), "nothing is sampled")
    refuse("actions", actions != nil, "it looks at frames alone")
    refuse("memory", memory != Memory(), "it has no weights that are only read")
    refuse("train.caption_dropout", training.captionDropout != Training().captionDropout, "it reads no captions")
    refuse("train.recompute", training.recompute, "its passes are not run again")
    refuse(
      "evaluate", evaluations.contains { !$0.isHeldOut }, "a suite benches a world model; held-out can be asked for")
    guard let own = autoencoder, own.config.frames(own.config.latentFrames(window)) != window else { return }
    f.complain(
      "window is \(window) frames; an autoencoder that halves time "
        + "\(Text.counted(own.temporalDownsample.count { $0 }, "time")) takes 1 + a multiple of \(own.config.time), such as "
        + "\(own.config.frames(max(1, own.config.latentFrames(window))))")
  }
}
