import Diffusion
import Files
import Models
import Nets
import Tensors
import TestKit
import Testing

/// What adapters leave out while they are trained, drawn by seed, step and layer.
@Suite struct DropoutTests {
  /// The output and gradients of a step over the fixture's base.
  private func step(
    rate: Double, targets: [String] = LoRA.attentionAndFeedForward, _ random: Random?, threads: Int = 2,
    recompute: Bool = false, products: ElementType = .f32
  ) throws -> [Float] {
    let compute = try #require(Compute(threads: threads))
    var (config, weights) = try ModelFolder.frozen(Fixture.path("family/lora/transformer")), lora = LoRA()
    (config.recompute, config.products) = (recompute, compute.products(products))
    (lora.rank, lora.dropout, lora.targets) = (3, rate, targets)
    let parameters = try WorldTransformer.parameters(config, over: weights, lora, on: compute)
    parameters.initialise(seed: 1)
    // B starts at zero, and what it then adds would not show.
    parameters.values.withElements { values in
      for entry in parameters.entries where entry.name.hasSuffix("lora_B.weight") {
        for i in 0..<entry.shape.count { values[entry.offset + i] = Float(Random(seed: 2).normal(i, .initial)) * 0.2 }
      }
    }
    func normal(_ shape: Shape, _ lane: Int) -> Tensor {
      let x = Tensor(undefined: shape, on: compute)
      Random(seed: 9, lane: lane).fillNormal(x, .sample)
      return x
    }
    let gradients = Gradients(of: parameters), tape = Tape()
    let y = WorldTransformer(config, parameters, recording: tape, into: gradients, dropout: random)(
      normal([1, 2, 4, 4, config.inChannels], 0), timesteps: Tensor([300], [1, 1], on: compute),
      text: normal([1, 5, config.textDim], 1))
    tape.backward(WeightedMSE()(y, normal(y.shape, 2), Tensor([1], [1], on: compute)))
    gradients.finish()
    return y.values + gradients.values.values
  }

  @Test(arguments: [ElementType.f32, .bf16]) func aStepLeavesOutTheSameWheneverItIsRun(products: ElementType) throws {
    let random = Random(seed: 3, step: 5, lane: 1), first = try step(rate: 0.3, random, products: products)
    #expect(try step(rate: 0.3, random, threads: 1, products: products) == first)
    #expect(try step(rate: 0.3, random, threads: 7, recompute: true, products: products) == first)
    #expect(!first.contains { !$0.isFinite })
  }

  @Test func whatIsLeftOutIsDrawnAnew() throws {
    let plain = try step(rate: 0, Random(seed: 3)), one = try step(rate: 0.3, Random(seed: 3, step: 5))
    #expect(one != plain)
    #expect(try step(rate: 0.3, Random(seed: 3, step: 6)) != one)
    #expect(try step(rate: 0.3, Random(seed: 4, step: 5)) != one)
    #expect(try step(rate: 0.3, Random(seed: 3, step: 5, lane: 1)) != one)
    // Outside training nothing is left out.
    #expect(try step(rate: 0.3, nil) == plain)
  }

  /// Of layers that stand alone, beside others, and in the feed-forward part.
  @Test(arguments: ["to_k", "attn1.to_v", "ffn.net.0.proj", "ffn.net.2", "to_out.0", "time_proj"])
  func everyPlaceLeavesOut(target: String) throws {
    let plain = try step(rate: 0, targets: [target], Random(seed: 3)),
      some = try step(rate: 0.5, targets: [target], Random(seed: 3))
    #expect(some != plain)
  }

  /// Over many draws the mean is what it is without.
  @Test func theMeanStays() throws {
    let compute = try #require(Compute(threads: 2)), n = 1 << 18
    let x = Tensor([Float](repeating: 1, count: n), [n], on: compute),
      y = Dropout(0.2, Random(seed: 8, step: 1))(x).values
    let share = Double(y.count { $0 == 0 }) / Double(n), mean = y.reduce(0.0) { $0 + Double($1) } / Double(n)
    // Six standard deviations of so many draws.
    #expect(abs(share - 0.2) < 0.0047 && abs(mean - 1) < 0.006)
    #expect(Set(y).count == 2)
  }

  @Test func itStandsAloneInAnExperiment() throws {
    let fields = StrictFields(["rank": 4, "dora": true, "dropout": 0.1], at: "lora")
    _ = LoRA(fields)
    #expect(problem { try fields.finish() }.contains("beside dora"))
    let plain = StrictFields(["rank": 4, "dropout": 0.1], at: "lora"), lora = LoRA(plain)
    try plain.finish()
    #expect(lora.dropout == 0.1 && lora.value["dropout"] == 0.1)
    // What was hashed before there was such a key is hashed as it was.
    #expect(LoRA().value["dropout"] == nil && LoRA().value["dora"] == nil)
  }
}
