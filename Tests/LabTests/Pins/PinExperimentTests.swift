import Bench
import Diffusion
import Files
import Foundation
import Models
import Runs
import TestKit
import Testing
import Training

/// What an experiment says of itself, what of it is hashed, and the names its runs get.
@Suite struct PinExperimentTests {
  /// Every section and every key, none at its default.
  private static let everything = """
    name: everything
    seed: 7
    data: [{path: a.h5, manifest: a.optin.json, without: [second, first]}, {path: /b.h5}]
    window: 24
    stride: 3
    from: base
    consent:
      purpose: film
      commercial: true
      licensee: us
      territory: DE
      unsigned: [public-domain, own-work, licence, consent]
      trust: trust.json
      revocations: [one.json, two.json]
    model: {dim: 96, heads: 6, layers: 3, ffn: 100, patch: [3, 1, 2], freq_dim: 64, cross_attn_norm: false}
    codec: {kind: haar, time: 2, space: 4, mean: 0.4, deviation: 0.3}
    objective: {prediction: velocity, sigma_floor: 0.2}
    levels:
      {mean: 0.1, std: 0.7, shift: 2.5, mode: mixture, independent_share: 0.3, prefix_share: 0.6, prefix_frames: 6}
    text: {tokens: 5, width: 9, given: true}
    train:
      {steps: 11, batch: 3, accumulate: 2, rate: 3.3e-4, warmup: 4, decay: linear, floor: 0.05,
       beta1: 0.85, beta2: 0.995, eps: 1.0e-7, weight_decay: 0.033, clip: 0.7, ema: 0.97,
       caption_dropout: 0.15, dtype: bf16, recompute: true}
    record: {evaluate: 5, sample: 6, checkpoint: 7, keep: 3, samples: 2}
    evaluate:
      - {name: all, suite: wm-eval, every: 30, count: 2, steps: 3, scenarios: [free-fall, projectile], cells: [id-val]}
      - {name: plain}
      - {name: clips, suite: held-out, every: 4, count: 3}
    sampler: {solver: heun, steps: 9, guidance: 1.7, shift: 1.3, order: pyramid}
    energy: {watts_per_core: 3.5, grid_g_per_kwh: 42}
    """

  @Test func documents() throws {
    let scratch = try Scratch()
    let blank = PinBlank(words: [(scratch.path, "<scratch>"), (Pin.repository, "<repository>")])
    func pin(_ name: String, _ path: String, tiny: Bool = false) throws {
      let experiment = try Experiment(path: path, tiny: tiny)
      let both: Value = ["hashed": experiment.hashed, "value": experiment.value]
      try Pin.expect(JSON.pretty(blank.value(both)), "experiments/\(name).json")
    }
    try Disk.write(Self.everything, to: scratch("everything.yaml"))
    try Disk.write("name: least\ndata: [{path: a.h5}]\n", to: scratch("least.yaml"))
    try pin("everything", scratch("everything.yaml"))
    try pin("everything-tiny", scratch("everything.yaml"), tiny: true)
    try pin("least", scratch("least.yaml"))
    let folder = Pin.repository + "/experiments", files = try FileManager.default.contentsOfDirectory(atPath: folder)
    for file in files.sorted() where file.hasSuffix(".yaml") { try pin(String(file.dropLast(5)), folder + "/" + file) }
  }

  /// Assignments laid over the pinned world's experiment, one variant a line (`;` between two assignments): every key
  /// that is hashed, every key that is not, and other data.
  private static let variants = """

    name=other
    seed=4
    window=8
    stride=4
    data=[{path: worlds.h5}]
    data=[{path: falls.h5}, {path: worlds.h5}]
    data.0.without=[short]
    from=base
    consent.purpose=film
    consent.commercial=true
    consent.licensee=us
    consent.territory=DE
    consent.unsigned=[own-work, licence]
    model.dim=48
    model.heads=1
    model.layers=1
    model.ffn=40
    model.patch=[2, 2, 2]
    model.freq_dim=8
    model.cross_attn_norm=false
    codec.kind=space-to-depth
    codec.time=2; model.patch=[2, 2, 2]
    codec.space=2
    codec.mean=0.4
    codec.deviation=0.4
    objective.prediction=velocity
    objective.sigma_floor=0.2
    levels.mean=0.5
    levels.std=1
    levels.shift=2
    levels.mode=equal
    levels.mode=independent
    levels.independent_share=0.25
    levels.prefix_share=0.25
    levels.prefix_frames=8
    text.tokens=5
    text.width=12
    text.given=true
    train.steps=7
    train.batch=3
    train.accumulate=1
    train.rate=2.0e-3
    train.warmup=3
    train.decay=linear
    train.decay=constant
    train.floor=0.1
    train.beta1=0.8
    train.beta2=0.99
    train.eps=1.0e-7
    train.weight_decay=0.02
    train.clip=0.5
    train.ema=0.8
    train.caption_dropout=0.2
    train.dtype=bf16
    train.recompute=true
    record.evaluate=0
    record.sample=0
    record.checkpoint=1
    record.keep=1
    record.samples=1
    evaluate=[]
    sampler.solver=euler
    sampler.steps=3
    sampler.guidance=1
    sampler.shift=2
    sampler.order=pyramid
    energy.watts_per_core=5
    energy.grid_g_per_kwh=1
    """

  @Test func runHashes() throws {
    let world = try PinnedWorld(), plain = try world.training()
    try ModelFolder.write(plain.run.spec.transformer, plain.parameters, to: world.scratch("base"))
    let lines = try Self.variants.components(separatedBy: "\n").map { variant in
      "\(try world.training(variant.isEmpty ? [] : variant.components(separatedBy: "; ")).run.hash)  \(variant)\n"
    }
    try Pin.expect(lines.joined(), "experiments/run-hashes.txt")
  }
}
