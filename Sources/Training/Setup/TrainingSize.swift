import Diffusion
import Files
import Models
import Runs

/// How large what a training takes is, for its plan.
struct TrainingSize {
  /// "128 tokens a clip".
  let words: String
  /// ", 23.5 GFLOP a step"; empty where it is not known beforehand.
  let cost: String
  let fields: [Value.Field]

  init(_ training: Training) {
    let t = training.experiment.training, clips = t.batch * t.accumulate
    switch training.run.product {
    case .world(let s):
      let p = s.transformer.patchSize,
        tokens = s.groups * (s.height / s.codec.space / p[1]) * (s.width / s.codec.space / p[2]),
        flops = 3 * s.transformer.forwardFLOPs(batch: clips, tokens: tokens, text: s.captions.tokens)
      words = "\(Text.counted(tokens, "token")) a clip"
      cost = ", \(Text.short(flops / 1e9)) GFLOP a step"
      fields = [.init("tokens", Value(tokens)), .init("gflop_per_step", .number(flops / 1e9))]
    case .autoencoder(let s):
      let (f, h, w) = s.latents, numbers = f * h * w * s.config.zDim
      words =
        "latents of \(f)×\(h)×\(w) pixels and \(Text.counted(s.config.zDim, "channel")) a clip, one number for every "
        + "\(Text.short(Double(3 * s.frames * s.height * s.width) / Double(numbers)))"
      cost = ""
      fields = [.init("latents", .array([f, h, w, s.config.zDim].map { Value($0) }))]
    }
  }
}
