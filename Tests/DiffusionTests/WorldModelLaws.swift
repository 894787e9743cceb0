import Diffusion
import Files
import Foundation
import Models
import Nets
import Tensors
import TestKit
import Testing

@Suite struct WorldModelLaws {
  let compute: Compute
  let spec: WorldModel.Spec
  let model: WorldModel

  /// A model of a few thousand random weights over clips of 4 frames, 8×8.
  init() throws {
    compute = try #require(Compute(threads: 2))
    var config = WorldTransformerConfig()
    (config.heads, config.headDim, config.layers, config.ffnDim, config.freqDim, config.textDim) = (2, 8, 2, 32, 16, 8)
    (config.inChannels, config.outChannels) = (12, 12)
    spec = WorldModel.Spec(
      transformer: config, codec: Codec(.haar, time: 1, space: 2), objective: Objective(.x0),
      captions: CaptionEmbedder(tokens: 3, width: 8), frames: 4, height: 8, width: 8,
      context: 1, fps: "10/1")
    let parameters = WorldTransformer.parameters(config, on: compute)
    Random(seed: 7).fillNormal(parameters.values, .initial)
    parameters.values.scaleAndAdd(0, 0.2, parameters.values.copy())
    model = try WorldModel(spec, parameters)
  }

  private func noise(_ batch: Int, lane: Int = 0) -> Tensor {
    let x = Tensor(undefined: [batch, 4, 4, 4, 12], on: compute)
    for b in 0..<batch { Random(seed: 3, lane: lane + b).fillNormal(x.slice(b..<b + 1), .noise) }
    return x
  }

  private func forward(_ x: Tensor, _ timesteps: [Float], _ groups: Int, _ captions: [String?]) throws -> [Float] {
    try WorldTransformer(spec.transformer, model.parameters)(
      x, timesteps: Tensor(timesteps, [x.shape[0], groups], on: compute), text: model.text(captions)
    ).values
  }

  /// max|a−b| / max|b|
  private func distance(_ a: [Float], _ b: [Float]) -> Double {
    largestDifference(a, b) / Double(b.map(abs).max() ?? 0)
  }

  // MARK: the transformer

  /// One level for all, one a latent frame, one a token: the same where all are equal.
  @Test func levelsMayBeGivenAtAnyGrain() throws {
    let x = noise(2), per: [Float] = [700, 30]
    let runs = try [1, 2, 4, 16].map { groups in
      try forward(x, per.flatMap { [Float](repeating: $0, count: groups) }, groups, ["a", "b"])
    }
    for run in runs.dropFirst() { #expect(distance(run, runs[0]) < 1e-5) }
    // And each grain is heard: another level in one group changes what comes out.
    for groups in [1, 4, 16] {
      var other = [Float](repeating: 700, count: groups) + [Float](repeating: 30, count: groups)
      other[groups - 1] = 200
      #expect(try distance(forward(x, other, groups, ["a", "b"]), runs[0]) > 1e-3)
    }
  }

  /// A sample in a batch is the sample alone.
  @Test func samplesDoNotSeeEachOther() throws {
    let x = noise(3), captions: [String?] = ["red ball", nil, "blue box falls"],
      times: [Float] = [900, 500, 0, 10, 20, 30, 1000, 1, 999, 4, 4, 4]
    let whole = try forward(x, times, 4, captions), n = whole.count / 3
    for b in 0..<3 {
      let alone = try forward(x.slice(b..<b + 1), Array(times[4 * b..<4 * b + 4]), 4, [captions[b]])
      #expect(distance(Array(whole[b * n..<(b + 1) * n]), alone) < 1e-5)
    }
    #expect(try distance(forward(x, times, 4, [nil, nil, "blue box falls"]), whole) > 1e-3)
  }

  /// The output starts at zero, so an untrained model predicts the mean.
  @Test func untrainedModelsPredictNothing() throws {
    let fresh = WorldTransformer.parameters(spec.transformer, on: compute)
    fresh.initialise(seed: 1)
    let y = try WorldTransformer(spec.transformer, fresh)(
      noise(1), timesteps: Tensor([500], [1, 1], on: compute), text: model.text(["a"]))
    #expect(y.values.allSatisfy { $0 == 0 })
  }

  /// The step's gradient does not depend on how the batch is cut into micro-batches.
  @Test(arguments: Objective.Prediction.allCases) func microBatchesAddUp(prediction: Objective.Prediction) throws {
    let objective = Objective(prediction), x0 = noise(4), e = noise(4, lane: 9), captions = ["a", "b", nil, "c d"],
      parameters = model.parameters, gradients = Gradients(of: parameters)
    let sigma: [Float] = [0.2, 0.2, 0.5, 0.5, 0, 0.9, 0.9, 0.9, 0.4, 0.3, 0.6, 0.7, 0, 0.8, 0.8, 0.8],
      context = sigma.map { $0 == 0 }
    func gradient(_ size: Int) throws -> [Float] {
      gradients.clear()
      for b in stride(from: 0, to: 4, by: size) {
        let rows = b..<b + size,
          at = Levels(
            batch: size, groups: 4, sigma: Array(sigma[4 * b..<4 * (b + size)]),
            context: Array(context[4 * b..<4 * (b + size)]))
        let noisy = objective.corrupt(x0.slice(rows), e.slice(rows), at), tape = Tape()
        let y = try WorldTransformer(spec.transformer, parameters, recording: tape, into: gradients)(
          noisy.x, timesteps: noisy.timesteps, text: model.text(Array(captions[rows])))
        // Weights are 1/n of the groups in this part's loss; its share of all groups makes the parts one mean.
        let share = Float(at.context.count { !$0 }) / Float(context.count { !$0 })
        tape.backward(WeightedMSE()(y, noisy.target, noisy.weight), seed: share)
      }
      gradients.finish()
      return gradients.values.values
    }
    let whole = try gradient(4)
    #expect(whole.contains { $0 != 0 } && !whole.contains { $0.isNaN })
    for size in [1, 2] { #expect(try distance(gradient(size), whole) < 2e-6, "parts of \(size)") }
  }

  // MARK: sampling

  /// A sample drawn alone is the same sample drawn among others.
  @Test(arguments: [
    SamplerSettings(solver: .heun, steps: 3), SamplerSettings(steps: 3, guidance: 3),
    SamplerSettings(steps: 2, order: .pyramid),
  ])
  func batchesAreInvariant(settings: SamplerSettings) throws {
    let captions: [String?] = ["red", nil, "blue box"]
    let whole = try model.generate(prefixes: [], captions: captions, settings, Random(seed: 5, step: 2))
    let differ = whole[0] != whole[1]
    #expect(differ && whole.map(\.count) == [768, 768, 768])
    for b in 0..<3 {
      let alone = try model.generate(
        prefixes: [], captions: [captions[b]], settings, Random(seed: 5, step: 2, lane: b))[0]
      // Products of other sizes may round otherwise: by a grey level, in few pixels.
      let worst = largestDifference(alone, whole[b]), count = pairs(alone, whole[b]).count { $0 != $1 }
      #expect(worst <= 1 && count < 8)
    }
  }

  /// Given frames come back as they were given, in every order and with either solver; what is drawn depends on them.
  @Test(arguments: SamplingPlan.Order.allCases, SamplerSettings.Solver.allCases) func prefixesAreKept(
    order: SamplingPlan.Order, solver: SamplerSettings.Solver
  ) throws {
    let settings = SamplerSettings(solver: solver, steps: 2, guidance: 2, order: order), frame = 8 * 8 * 3
    for given in 1...3 {
      let prefix = (0..<given * frame).map { UInt8(truncatingIfNeeded: $0 * 37 + given) },
        other = prefix.map { 255 - $0 }
      let video = try model.generate(prefixes: [prefix, other], captions: ["a", "a"], settings, Random(seed: 1))
      let kept = Array(video[0].prefix(given * frame)) == prefix && Array(video[1].prefix(given * frame)) == other
      #expect(kept)
      let same = try model.generate(prefixes: [other], captions: ["a"], settings, Random(seed: 1))[0]
      let heard = same.dropFirst(given * frame) != video[0].dropFirst(given * frame)
      #expect(heard, "the prefix is not looked at")
    }
  }

  /// Guidance 1 is the conditional model, 0 the unconditional.
  @Test func guidanceInterpolates() throws {
    func draw(_ guidance: Double, _ caption: String?) throws -> String {
      Hashing.sha256(
        try model.generate(
          prefixes: [], captions: [caption], SamplerSettings(steps: 3, guidance: guidance), Random(seed: 2))[0])
    }
    #expect(try draw(0, "a ball") == draw(1, nil))
    #expect(try draw(1, "a ball") != draw(1, nil))
    #expect(try draw(5, nil) == draw(1, nil))
    #expect(try draw(3, "a ball") != draw(1, "a ball"))
  }

  /// Exactly the frames asked for, beginning with what was given; progress ends at the end.
  @Test func rolloutsHaveTheirLength() throws {
    let frame = 8 * 8 * 3, settings = SamplerSettings(steps: 1)
    for given in [0, 1, 2, 4, 6] {
      let prefix = (0..<given * frame).map { UInt8(truncatingIfNeeded: $0) }
      for frames in [1, 4, 5, 7, 13] {
        for context in [1, 3, 4, 99] {  // what does not fit in a window is cut to what does
          var seen: [Int] = []
          let video = try model.rollout(
            prefixes: given == 0 ? [] : [prefix, prefix], captions: ["a", "b"], frames: frames, context: context,
            settings, Random(seed: 1)
          ) { at, of in
            #expect(of == frames)
            seen.append(at)
          }
          #expect(
            video.map(\.count) == [frames * frame, frames * frame],
            "\(given) given, \(frames) frames, context \(context)")
          let begins = video[0].prefix(given * frame) == prefix.prefix(frames * frame)
          #expect(begins)
          #expect(frames <= given ? seen.isEmpty : seen.last == frames && seen == Set(seen).sorted())
        }
      }
    }
  }

  /// Each window sees the one before and draws noise of its own.
  @Test func rolloutsGoOn() throws {
    let frame = 8 * 8 * 3, settings = SamplerSettings(steps: 2)
    let long = try model.rollout(prefixes: [], captions: ["a"], frames: 10, context: 1, settings, Random(seed: 4))[0]
    let begins =
      try model.rollout(prefixes: [], captions: ["a"], frames: 4, context: 1, settings, Random(seed: 4))[0]
      == Array(long.prefix(4 * frame))
    let last = Array(long[3 * frame..<4 * frame])
    let next = try model.generate(prefixes: [last], captions: ["a"], settings, Random(seed: 4, step: 1))[0]
    let goesOn = Array(next.dropFirst(frame)) == Array(long[4 * frame..<7 * frame]),
      repeats = Array(long[4 * frame..<7 * frame]) == Array(long[7 * frame..<10 * frame])
    #expect(begins && goesOn && !repeats)
  }

  // MARK: captions and the record

  @Test func captionsAreFixedVectorsOfTheirWords() {
    let embedder = CaptionEmbedder(tokens: 4, width: 64), zeros = [Float](repeating: 0, count: 64)
    func rows(_ caption: String?) -> [[Float]] {
      let all = embedder.embed(caption); return (0..<4).map { Array(all[64 * $0..<64 * ($0 + 1)]) }
    }
    let ball = rows("A red, RED ball!")
    #expect(ball == rows("a red red ball") && ball[1] == ball[2] && ball[0] != ball[1] && ball[3] == rows("ball")[0])
    #expect(rows("ball")[1...] == [zeros, zeros, zeros])
    #expect(rows("one two three four five six") == rows("one two three four"))
    // No caption, an empty one and one without words are the null embedding, which is no word's and not zero.
    #expect(rows(nil) == rows("") && rows(nil) == rows(" …! ") && rows(nil)[0] != zeros && rows(nil)[1] == zeros)
    let all = ["ball", "box", "red", ""].flatMap { rows($0)[0] }.map(Double.init)
    #expect(abs(all.reduce(0) { $0 + $1 * $1 } / Double(all.count) - 1) < 0.25)
    #expect(CaptionEmbedder.words("Füße 3D—x_y") == ["füße", "3d", "x", "y"])
    // Keyed by the first eight bytes of SHA-256, little-endian: exports promise this to other readers.
    let digest = Hashing.sha256("ball"),
      bytes = (0..<8).compactMap { UInt8(digest.dropFirst(2 * $0).prefix(2), radix: 16) }
    let key = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    #expect(rows("ball")[0] == (0..<64).map { Float(Random(seed: key).normal($0, .caption)) })
  }

  @Test func specsReadBack() throws {
    #expect(try WorldModel.Spec(JSON.parse(JSON.pretty(spec.value), at: "t"), at: "t") == spec)
    var other = spec
    other.codec = Codec(.spaceToDepth, time: 4, space: 8, mean: 0.1, deviation: 0.3)
    other.objective = Objective(.velocity, floor: 0.25)
    (other.transformer.patchSize, other.transformer.crossAttentionNorm, other.transformer.eps) = (
      [2, 1, 4], false, 1e-5
    )
    (other.frames, other.context, other.fps, other.captions) = (
      32, 8, "24000/1001", CaptionEmbedder(tokens: 2, width: 3)
    )
    #expect(try WorldModel.Spec(JSON.parse(JSON.line(other.value), at: "t"), at: "t") == other && other != spec)
    #expect(other.framesPerGroup == 8 && other.groups == 4)
    var odd = spec.value
    odd.set("clop", [:])
    odd.set("codec", ["kin": "haar"])
    #expect { try WorldModel.Spec(odd, at: "t") } throws: { e in
      ["clop", "did you mean 'clip'", "codec.kin"].allSatisfy { (e as? Problem)?.what.contains($0) == true }
    }
    #expect(throws: Problem.self) { try WorldModel.Spec(spec.value.removing("transformer"), at: "t") }
  }

  @Test func configsAreCheckedAgainstClips() throws {
    let config = spec.transformer
    #expect(throws: Never.self) { try config.check(frames: 4, height: 4, width: 4, channels: 12, at: "t") }
    for (f, h, w, c) in [(4, 3, 4, 12), (4, 4, 5, 12), (0, 4, 4, 12), (4, 4, 4, 11), (1025, 4, 4, 12)] {
      #expect(throws: Problem.self) { try config.check(frames: f, height: h, width: w, channels: c, at: "t") }
    }
    #expect(try WorldTransformerConfig(json: config.json, at: "t") == config)
  }
}
