import Bench
import Diffusion
import Files
import Foundation
import Models
import Nets
import Runs
import TestKit
import Testing

@Suite struct ExperimentTests {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  private func read(_ yaml: String, set: [String] = [], tiny: Bool = false) throws -> Experiment {
    try Disk.write(yaml, to: scratch("sub/e.yaml"))
    return try Experiment(path: scratch("sub/e.yaml"), set: set, tiny: tiny)
  }

  private func complaint(_ yaml: String, set: [String] = []) throws -> String {
    do { _ = try read(yaml, set: set) } catch let it as Problem {
      #expect(it.exit == .usage, "\(it)")
      return it.description
    }
    Issue.record("nothing was refused")
    return ""
  }

  private let least = "name: a\ndata: [{path: ../a.h5}]\n"

  @Test func theLeastExperimentHasEveryDefault() throws {
    let e = try read(least)
    #expect(e.name == "a" && e.data == [.init(path: scratch("a.h5"), manifest: nil)] && e.from == nil)
    #expect(
      (e.window, e.stride, e.model.dim, e.model.heads, e.model.ffn) == (16, 16, 128, 4, 512)
        && e.model.patch == [1, 2, 2])
    #expect(
      try read(least + "window: 32\nmodel: {dim: 64}\n").stride == 32
        && read(least + "model: {dim: 64}\n").model.ffn == 256)
  }

  @Test func pathsAreTakenFromTheFilesFolder() throws {
    let e = try read("name: a\ndata: [{path: b.h5, manifest: ../m.json}, {path: /x/../y.h5}]\nfrom: ../base\n")
    #expect(
      e.data == [.init(path: scratch("sub/b.h5"), manifest: scratch("m.json")), .init(path: "/y.h5", manifest: nil)])
    #expect(e.from == scratch("base"))
  }

  /// Every misspelt key is named with its nearest, all in one error.
  @Test func unknownKeysNameTheNearest() throws {
    let text = try complaint(
      """
      naem: a
      data: [{pth: a.h5}]
      windw: 8
      model: {dims: 64}
      train: {leraning_rate: 1, stepz: 3}
      levels: {modes: equal}
      sampler: {step: 3}
      x-note: mine
      """)
    for part in [
      "name is missing", "naem is not a known key (did you mean 'name'?)", "data[0].path is missing",
      "data[0].pth is not a known key (did you mean 'path'?)",
      "windw is not a known key (did you mean 'window'?)", "model.dims is not a known key (did you mean 'dim'?)",
      "train.leraning_rate is not a known key",
      "train.stepz is not a known key (did you mean 'steps'?)",
      "levels.modes is not a known key (did you mean 'mode'?)",
      "sampler.step is not a known key (did you mean 'steps'?)",
    ] { #expect(text.contains(part), "no '\(part)' in \(text)") }
    #expect(!text.contains("x-note") && text.contains("10 things are wrong") && text.contains(scratch("sub/e.yaml")))
  }

  /// What does not fit together is found before anything is opened, and listed together.
  @Test func misfitsAreListedTogether() throws {
    let text = try complaint(
      """
      name: a/b
      data: []
      window: 10
      model: {dim: 30, heads: 4, patch: [2, 2]}
      codec: {time: 4, space: 5}
      levels: {prefix_share: 2, prefix_frames: 6}
      consent: {unsigned: [own-wrok, licence]}
      train: {decay: cosin, clip: -1}
      seed: 1.5
      """)
    for part in [
      "name is 'a/b'", "data is missing", "model.dim 30 over 4 heads", "model.patch should be three integers",
      "codec.space is 5; it must be a power of two", "levels.prefix_share is 2",
      "window is 10 frames; it must be a multiple of 4", "levels.prefix_frames is 6; it must be a multiple of 4",
      "'own-wrok' (did you mean 'own-work'?)", "train.decay is 'cosin' (did you mean 'cosine'?)",
      "train.clip is -1", "seed should be an integer, not a number",
    ] { #expect(text.contains(part), "no '\(part)' in \(text)") }
  }

  @Test(arguments: [
    ("levels: {prefix_frames: 16}", "below the window of 16"),
    ("window: 12\nmodel: {patch: [8, 2, 2]}", "multiple of 8"),
    ("model: {patch: [4, 2, 2]}\nlevels: {prefix_frames: 6}", "multiple of 4"),
    ("model: {patch: [9223372036854775807, 2, 2]}\ncodec: {time: 8}", "three integers from 1 to 64"),
    ("model: {patch: [0, 2, 2]}", "three integers"), ("model: {dim: 20, heads: 4}", "from 6 to 4096"),
    ("model: {dim: 28, heads: 4}", "even number"), ("model: {heads: 0}", "heads is 0"),
    ("train: {steps: 0}", "steps is 0"), ("train: {rate: fast}", "train.rate should be a number"),
    ("train: {rate: 1e999}", "train.rate should be a number"), ("seed: -1", "seed is -1"),
    ("seed: 99999999999", "seed is 99999999999"), ("train: 5", "train should be an object"),
    ("data: a.h5", "stands twice"),
  ]) func oneMisfit(line: String, why: String) throws {
    let text = try complaint(least + line + "\n")
    #expect(text.contains(why), "\(text)")
  }

  @Test func aPrefixNobodyGetsNeedNotFit() throws {
    #expect(try read(least + "levels: {prefix_share: 0, prefix_frames: 99}\n").levels.prefixShare == 0)
  }

  @Test(arguments: ["''", "..", ".hidden", "a/b", "~"]) func namesAreFolders(name: String) throws {
    #expect(try complaint("name: \(name)\ndata: [{path: a.h5}]\n").contains("name is"))
  }

  @Test func emptyAndForeignFilesAreRefused() throws {
    #expect(try complaint("").contains("the experiment is empty"))
    #expect(try complaint("- a\n- b\n").contains("should be an object, not a list"))
    #expect(try complaint("name: [a\n").contains("cannot be read"))
    #expect(throws: Problem.self) { try Experiment(path: scratch("none.yaml")) }
    #expect(throws: Problem.self) { try Experiment(path: scratch.path) }
  }

  /// `--set` lays values over the file in order: nested keys, lists and their items, new groups, and null for the
  /// default.
  @Test func assignmentsAreLaidOver() throws {
    let e = try read(
      least + "train: {steps: 5, rate: 1}\nseed: 3\n",
      set: [
        "train.steps=7", "train.steps=8", "model.patch=[4, 2, 2]", "model.patch.1=1", "levels.mode=mixture",
        "data.0.path=/z.h5", "train.rate=1e-3", "name=no", "seed=", "codec={kind: haar, space: 4}",
        "consent.unsigned=[own-work, licence]", "consent.licensee=a=b", "sampler.solver=heun",
      ])
    #expect(
      (e.training.steps, e.training.rate.peak, e.seed, e.name) == (8, 1e-3, 0, "no") && e.model.patch == [4, 1, 2])
    #expect(
      e.levels.mode == .mixture && e.data[0].path == "/z.h5" && e.codec == Codec(.haar, space: 4)
        && e.consent.unsigned.count == 2)
    #expect(e.consent.licensee == "a=b" && e.sampler.solver == .heun)
  }

  @Test(arguments: [
    ("train.steps", "is not an assignment"), ("=5", "is not an assignment"), ("train.stepz=5", "did you mean 'steps'"),
    ("name.x=1", "below a plain value"), ("data.7.path=a", "no item '7'"),
    ("data.x.path=a", "no item 'x'"), ("model.patch=[1", "cannot be read"),
    ("train.steps=many", "train.steps should be an integer"), ("a..b=1", "a is not a known key"),
    ("train.=1", "not a known key"),
  ]) func badAssignmentsAreUsage(assignment: String, why: String) throws {
    let text = try complaint(least, set: [assignment])
    #expect(text.contains(why), "\(text)")
  }

  private let full = """
    name: full
    seed: 7
    data: [{path: /a.h5, manifest: /m.json}, {path: /b.h5}]
    window: 24
    stride: 3
    from: /base
    consent: {purpose: film, commercial: true, licensee: us, territory: DE, unsigned: [own-work, consent]}
    model: {dim: 96, heads: 6, layers: 3, ffn: 100, patch: [3, 1, 2], freq_dim: 64, cross_attn_norm: false}
    codec: {kind: haar, time: 2, space: 4, mean: 0.4, deviation: 0.3}
    objective: {prediction: velocity, sigma_floor: 0.2}
    levels: {mean: 0.1, std: 0.7, shift: 2.5, mode: mixture, independent_share: 0.3, prefix_share: 0.6, prefix_frames: 6}
    text: {tokens: 5, width: 9}
    train: {steps: 11, batch: 3, accumulate: 2, rate: 3.3e-4, warmup: 4, decay: linear, floor: 0.05, beta1: 0.85, beta2: 0.995, eps: 1.0e-7, weight_decay: 0.033, clip: 0.7, ema: 0.97, caption_dropout: 0.15}
    record: {evaluate: 5, sample: 6, checkpoint: 7, keep: 3, samples: 2}
    sampler: {solver: heun, steps: 9, guidance: 1.7, shift: 1.3, order: pyramid}

    """

  /// What run.json keeps is the same experiment, to the last digit and with the same hash; every key stands in it.
  @Test func theRecordReadsBack() throws {
    for yaml in [least, full] {
      let e = try read(yaml), text = JSON.pretty(e.value)
      let back = try Experiment(JSON.parse(text, at: "run.json"), at: "run.json", folder: "/elsewhere")
      #expect(back == e && back.hashed == e.hashed && JSON.pretty(back.value) == text)
    }
    let e = try read(full), document = try YAML.parse(full, at: "t")
    func same(_ written: Value, _ kept: Value?, _ path: String) {
      guard let fields = written.fields else {
        #expect(
          kept == written || written.double != nil && kept?.double == written.double || path.hasSuffix("unsigned")
            || path.hasPrefix(".data"), "\(path) is \(String(describing: kept))")
        return
      }
      for field in fields { same(field.value, kept?[field.key], path + "." + field.key) }
    }
    same(document, e.value, "")
  }

  /// The hash covers what changes the weights, and that alone.
  @Test func theHashCoversWhatChangesTheWeights() throws {
    let base = try read(full)
    for free in [
      "name=other", "record.evaluate=9", "record.sample=1", "record.checkpoint=2", "record.keep=9", "record.samples=1",
      "sampler.steps=3", "sampler.guidance=4", "data.0.path=/moved.h5", "from=/moved",
    ] {
      let e = try read(full, set: [free])
      #expect(e != base && e.hashed == base.hashed, "\(free)")
    }
    for bound in [
      "seed=8", "window=30", "stride=4", "model.dim=108", "model.layers=4", "model.ffn=99", "model.patch.1=2",
      "model.cross_attn_norm=true", "codec.kind=space-to-depth", "codec.mean=0.5",
      "objective.prediction=x0", "levels.mean=0.2", "levels.mode=equal", "text.width=8", "train.steps=12",
      "train.batch=4", "train.accumulate=1", "train.rate=3.4e-4", "train.beta2=0.9951",
      "train.eps=1.1e-7", "train.clip=0.8", "train.ema=0.98", "train.caption_dropout=0", "consent.commercial=false",
      "consent.unsigned=[own-work]",
    ] { #expect(try read(full, set: [bound]).hashed != base.hashed, "\(bound)") }
  }

  /// A one-minute trial is the same experiment with smaller numbers under another name.
  @Test func tinyIsSmallAndElsewhere() throws {
    let e = try read(least + "train: {steps: 5000, batch: 64, warmup: 300}\nsampler: {steps: 50}\n", tiny: true)
    #expect(
      e.name == "a-tiny" && e.training.steps == 20 && e.training.batch == 4 && e.training.rate.warmup == 5
        && e.sampler.steps == 5)
    #expect(e.recording.evaluateEvery <= 20 && e.recording.checkpointEvery <= 20 && e.recording.sampleEvery <= 20)
    let small = try read(least + "train: {steps: 3, batch: 1, warmup: 0}\nsampler: {steps: 2}\n", tiny: true)
    #expect(
      (small.training.steps, small.training.batch, small.training.rate.warmup, small.sampler.steps) == (3, 1, 0, 2))
  }

  /// The experiments we ship are read as they stand.
  @Test func shippedExperimentsAreRead() throws {
    let folder = Repository.path("experiments")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
    #expect(!names.isEmpty)
    for name in names {
      let e = try Experiment(path: folder + "/" + name)
      let c = e.transformer
      #expect(
        c.dim == e.model.dim && c.inChannels == e.codec.channels && c.outChannels == e.codec.channels
          && c.textDim == e.captions.width)
    }
  }
}
