import Diffusion
import Files
import Models
import Nets
import Tensors
import TestKit
import Testing

@Suite struct ActionLaws {
  private let compute: Compute

  init() throws { compute = try #require(Compute(threads: 2)) }

  private var columns: [ActionColumn] {
    [
      ActionColumn("x", low: -2, high: 6), ActionColumn("key", .binary, low: 0, high: 1),
      ActionColumn("way", .discrete, low: 0, high: 2, classes: 3), ActionColumn("still", low: 3, high: 3),
    ]
  }

  private func spec(_ codec: Codec, patch: Int, frames: Int, _ spaces: [ActionSpace]) -> WorldModel.Spec {
    var config = WorldTransformerConfig()
    (config.heads, config.headDim, config.layers, config.ffnDim, config.freqDim, config.textDim) = (2, 8, 2, 32, 16, 8)
    config.patchSize = [patch, 2, 2]
    (config.inChannels, config.outChannels) = (codec.channels, codec.channels)
    var spec = WorldModel.Spec(
      transformer: config, codec: codec, objective: Objective(.x0), captions: CaptionEmbedder(tokens: 3, width: 8),
      frames: frames, height: 8, width: 8, context: 0, fps: "10/1")
    spec.take(spaces)
    return spec
  }

  /// Quantities in their range, keys as they are, choices one by one, constants as nothing, nothing as nothing.
  @Test func rowsAreSeenAsTheContractSays() throws {
    let space = ActionSpace("a", columns, fps: "10/1")
    #expect(space.width == 6)
    #expect(try space.encoded([2, 1, 2, 3], at: "") == [0, 1, 0, 0, 1, 0])
    #expect(try space.encoded([10, 0, 0, 9], at: "") == [2, 0, 1, 0, 0, 0])
    #expect(try space.encoded([2, .nan, 2, 3], at: "") == nil)
    #expect(space.zero == [0, 0, 1, 0, 0, 0])
    for row: [Float] in [[0, 0.5, 0, 0], [0, 0, 3, 0], [0, 0, 1.5, 0], [.infinity, 0, 0, 0], [0, 0, -1, 0]] {
      #expect(throws: Problem.self) { try space.encoded(row, at: "row") }
    }
    var back = WorldModel.Spec.empty(space)
    back = try WorldModel.Spec(back.value, at: "spec")
    #expect(back.actions == [space] && back.transformer.actions.map(\.width) == [back.framesPerGroup * 8])
  }

  /// The action that led to a frame stands in that frame's place; a causal codec's lone first frame at the end of its group.
  @Test func groupsHoldWhatLedToTheirFrames() throws {
    let one = ActionSpace("a", [ActionColumn("x", low: -1, high: 1)], fps: "10/1")
    func inputs(_ spec: WorldModel.Spec) throws -> [[Float]] {
      let rows = (0..<spec.frames).map { [Float($0 + 1)] }
      let made = spec.actionInputs(
        [try spec.track(ClipActions(space: "a", rows: rows), frames: spec.frames, at: "")], on: compute)
      let per = made[0].shape.width
      return stride(from: 0, to: made[0].count, by: per).map { Array(made[0].values[$0..<$0 + per]) }
    }
    let none: [Float] = [0, 0, 1]
    func some(_ x: Float) -> [Float] { [x, 1, 0] }
    #expect(
      try inputs(spec(Codec(.haar, time: 2, space: 2), patch: 1, frames: 6, [one]))
        == [none + some(1), some(2) + some(3), some(4) + some(5)])
    var causal = Codec(.wan, time: 4, space: 2)
    causal.latentChannels = 4
    #expect(
      try inputs(spec(causal, patch: 1, frames: 9, [one]))
        == [none + none + none + none, some(1) + some(2) + some(3) + some(4), some(5) + some(6) + some(7) + some(8)])
  }

  /// With actions a model begins as it is without, to the bit, whatever they are; and then it hears them, and sends
  /// gradients to what takes them.
  @Test func theFirstStepIsTheModelWithout() throws {
    let space = ActionSpace("a", columns, fps: "10/1"), other = ActionSpace("b", [ActionColumn("y")], fps: "10/1")
    let with = spec(Codec(.haar, time: 1, space: 2), patch: 1, frames: 4, [space, other])
    var bare = with
    bare.take([])
    let a = WorldTransformer.parameters(with.transformer, on: compute),
      b = WorldTransformer.parameters(bare.transformer, on: compute)
    a.initialise(seed: 3)
    b.initialise(seed: 3)
    #expect(a.count == with.transformer.parameterCount && b.count == bare.transformer.parameterCount)
    // The output starts at zero too, so it is drawn here.
    for parameters in [a, b] {
      if let out = parameters.tensor("proj_out.weight") { Random(seed: 9).fillNormal(out, .initial) }
    }
    let x = Tensor(undefined: [2, 4, 4, 4, 12], on: compute), text = Tensor(zeros: [2, 3, 8], on: compute)
    Random(seed: 4).fillNormal(x, .noise)
    let times = Tensor([Float](repeating: 400, count: 8), [2, 4], on: compute)
    func inputs(_ x: Float) throws -> [Tensor] {
      let rows = [[Float]](repeating: [x, 1, 2, 3], count: 4)
      return with.actionInputs(
        [
          try with.track(ClipActions(space: "a", rows: rows), frames: 4, at: ""),
          try with.track(ClipActions(space: "b", rows: [[x], [x], [x], [x]]), frames: 4, at: ""),
        ], on: compute)
    }
    func output(_ x2: Float) throws -> [Float] {
      WorldTransformer(with.transformer, a)(x, timesteps: times, text: text, actions: try inputs(x2)).values
    }
    let plain = WorldTransformer(bare.transformer, b)(x, timesteps: times, text: text).values
    #expect(try output(5) == plain && output(-5) == plain)
    for name in ["a", "b"] {
      guard let w = a.tensor("action_embedder.\(name).linear_2.weight") else { throw Problem("no weight") }
      Random(seed: 6).fillNormal(w, .initial)
    }
    #expect(try output(5) != plain && output(5) != output(-5))
    // A sample of one space gets nothing of the other's weights: of frame 0 nobody has an action, so all of sample 0 is a's.
    let before = try output(5), half = before.count / 2
    if let w = a.tensor("action_embedder.b.linear_1.weight") { w.scaleAndAdd(0, 2, w.copy()) }
    let after = try output(5)
    #expect(before[..<half] == after[..<half] && before[half...] != after[half...])
    // Gradients against central differences.
    let gradients = Gradients(of: a), tape = Tape()
    let target = Tensor(zeros: x.shape, on: compute),
      weight = Tensor([Float](repeating: 0.125, count: 8), [8], on: compute)
    func loss() throws -> Double {
      Double(
        WeightedMSE()(
          WorldTransformer(with.transformer, a)(x, timesteps: times, text: text, actions: try inputs(5)), target, weight
        ).values[0])
    }
    let y = WorldTransformer(with.transformer, a, recording: tape, into: gradients)(
      x, timesteps: times, text: text, actions: try inputs(5))
    tape.backward(WeightedMSE()(y, target, weight))
    gradients.finish()
    for entry in a.entries where entry.name.hasPrefix("action_embedder") {
      guard let values = a.tensor(entry.name) else { continue }
      let found = gradients.values.values[entry.offset..<entry.offset + entry.shape.count]
      guard let place = found.indices.max(by: { abs(found[$0]) < abs(found[$1]) }) else { continue }
      let i = place - entry.offset, old = values.values[i], h: Float = 1e-2
      values.withElements { $0[i] = old + h }
      let up = try loss()
      values.withElements { $0[i] = old - h }
      let down = try loss()
      values.withElements { $0[i] = old }
      let slope = (up - down) / Double(2 * h)
      #expect(abs(slope - Double(found[place])) < 0.03 * abs(slope), "\(entry.name): \(slope), \(found[place])")
    }
  }

  /// What is left out is a share, keyed by sample and frame; guidance on actions leads away from none.
  @Test func someAreLeftOut() throws {
    let space = ActionSpace("a", [ActionColumn("x")], fps: "10/1"),
      spec = spec(Codec(.haar, time: 1, space: 2), patch: 1, frames: 4, [space])
    let track = ActionTrack(space: 0, rows: [nil] + [[Float]?](repeating: [1], count: 999))
    let dropped = (0..<200).map { track.dropping(frame: 0.2, clip: 0.25, Random(seed: 1), sample: $0) }
    let whole = dropped.filter { $0 == track.without }.count
    #expect((30...70).contains(whole))
    let kept = dropped.filter { $0 != track.without }.map { $0.rows.count { $0 != nil } }
    #expect(kept.allSatisfy { (740...860).contains($0) } && Set(kept).count > 10)
    #expect(dropped[3] == track.dropping(frame: 0.2, clip: 0.25, Random(seed: 1), sample: 3))
    #expect(track.shifted.rows[1] == nil && track.window(from: 998, count: 4).rows.count { $0 != nil } == 1)

    let parameters = WorldTransformer.parameters(spec.transformer, on: compute)
    Random(seed: 7).fillNormal(parameters.values, .initial)
    parameters.values.scaleAndAdd(0, 0.2, parameters.values.copy())
    let model = try WorldModel(spec, parameters)
    func clip(_ scale: Double, _ x: Float?) throws -> [UInt8] {
      var settings = SamplerSettings(steps: 3)
      settings.actionGuidance = scale
      let track = try spec.track(
        x.map { ClipActions(space: "a", rows: [[$0], [$0], [$0], [$0]]) }, frames: 4, at: "")
      return try model.generate(prefixes: [], captions: [nil], actions: [track], settings, Random(seed: 2))[0]
    }
    #expect(try clip(1, 0.5) != clip(1, -0.5) && clip(2, 0.5) != clip(1, 0.5))
    // Where none is given, there is nothing to lead away from.
    #expect(try clip(2, nil) == clip(1, nil))
  }
}

extension WorldModel.Spec {
  /// A small model with one action space.
  fileprivate static func empty(_ space: ActionSpace) -> Self {
    var config = WorldTransformerConfig()
    (config.textDim, config.inChannels, config.outChannels) = (8, 12, 12)
    var spec = Self(
      transformer: config, codec: Codec(.haar, time: 1, space: 2), objective: Objective(.x0),
      captions: CaptionEmbedder(tokens: 3, width: 8), frames: 4, height: 8, width: 8, context: 0, fps: "10/1")
    spec.take([space])
    return spec
  }
}
