import Diffusion
import Files
import Foundation
import Models
import Nets
import Tensors
import TestKit
import Testing

/// Adapters that learn the length of each row apart from its direction; the numbers themselves are peft's
/// (`FamilyTests`).
@Suite struct DoRATests {
  private let folder = Fixture.path("family/lora-dora")

  private func base(_ compute: Compute) throws -> (config: WorldTransformerConfig, weights: FrozenWeights) {
    try ModelFolder.frozen(folder + "/transformer")
  }

  private func adapted(_ place: String, _ compute: Compute) throws -> (WorldTransformerConfig, Parameters) {
    let (config, weights) = try base(compute), file = try AdapterFile(place, for: config, on: compute)
    #expect(file.lora.isDoRA)
    let parameters = try WorldTransformer.parameters(config, over: weights, file.lora, on: compute)
    file.load(into: parameters)
    return (config, parameters)
  }

  private func normal(_ shape: Shape, _ lane: Int, _ compute: Compute) -> Tensor {
    let x = Tensor(undefined: shape, on: compute)
    Random(seed: 9, lane: lane).fillNormal(x, .sample)
    return x
  }

  private func output(_ config: WorldTransformerConfig, _ parameters: Parameters) -> [Float] {
    let compute = parameters.values.compute
    return WorldTransformer(config, parameters)(
      normal([1, 2, 4, 4, config.inChannels], 0, compute), timesteps: Tensor([300], [1, 1], on: compute),
      text: normal([1, 5, config.textDim], 1, compute)
    ).values
  }

  private func distance(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).map { abs($0 - $1) }.max() ?? .infinity }

  @Test func aFreshOneChangesNothing() throws {
    let compute = try #require(Compute(threads: 2)), (config, weights) = try base(compute)
    var lora = LoRA()
    (lora.rank, lora.isDoRA) = (3, true)
    let fresh = try WorldTransformer.parameters(config, over: weights, lora, on: compute)
    fresh.initialise(seed: 5)
    let plain = output(config, try WorldTransformer.parameters(config, over: weights, nil, on: compute))
    #expect(distance(output(config, fresh), plain) < 2e-6)
    // Twice the length is twice the layer.
    let m = try #require(fresh.tensor("blocks.0.attn1.to_q.lora_magnitude_vector.weight"))
    #expect(m.values.contains { $0 > 0.1 })
    m.scaleAndAdd(2, 0, m)
    #expect(distance(output(config, fresh), plain) > 1e-4)
  }

  @Test func mergedIsAdapted() throws {
    let compute = try #require(Compute(threads: 2)), (config, parameters) = try adapted(folder + "/peft", compute)
    let ours = output(config, parameters)
    #expect(distance(output(config, WorldTransformer.merged(config, parameters)), ours) < 5e-6)
    let plain = output(config, try WorldTransformer.parameters(config, over: base(compute).weights, nil, on: compute))
    #expect(distance(plain, ours) > 1e-3)
  }

  @Test(arguments: AdapterDialect.allCases) func dialectsAreReadBack(dialect: AdapterDialect) throws {
    let compute = try #require(Compute(threads: 2)), scratch = try Scratch(),
      (config, parameters) = try adapted(folder + "/comfy.safetensors", compute)
    let path = scratch(dialect == .peft || dialect == .diffusers ? "out" : "out.safetensors")
    guard dialect != .bare else {
      #expect(problem { try AdapterFile.write(parameters, as: dialect, to: path) }.contains("DiffSynth reads no DoRA"))
      return
    }
    try AdapterFile.write(parameters, as: dialect, to: path)
    let (_, back) = try adapted(path, compute)
    #expect(distance(output(config, back), output(config, parameters)) < 1e-6)
  }

  @Test func halfADoRAIsRefused() throws {
    let compute = try #require(Compute(threads: 1)), scratch = try Scratch(), (config, _) = try base(compute)
    let source = try Safetensors(path: folder + "/comfy.safetensors")
    let left = source.entries.filter { $0.name != "diffusion_model.blocks.0.self_attn.q.dora_scale" }
    try SafetensorsWriter.write(left.map { .init($0.name, .F32, $0.shape) }, to: scratch("half.safetensors")) {
      item, write in
      try source.floats(item.name).values.withUnsafeBytes(write)
    }
    let found = problem { try AdapterFile(scratch("half.safetensors"), for: config, on: compute) }
    #expect(found.contains("blocks.0.attn1.to_q") && found.contains("no lengths of its rows"))
  }

  /// A training step's bits, for 1, 2 and 7 threads, recomputed or not, in what products multiply best.
  @Test func bitsDoNotDependOnThreads() throws {
    var all: [[Float]] = []
    for (threads, recompute) in [(1, false), (2, true), (7, false)] {
      let compute = try #require(Compute(threads: threads))
      var (config, parameters) = try adapted(folder + "/peft", compute)
      config.recompute = recompute
      config.products = compute.products(.bf16)
      let gradients = Gradients(of: parameters), tape = Tape()
      let y = WorldTransformer(config, parameters, recording: tape, into: gradients)(
        normal([2, 2, 4, 4, config.inChannels], 0, compute), timesteps: Tensor([300, 700], [2, 1], on: compute),
        text: normal([2, 5, config.textDim], 1, compute))
      tape.backward(WeightedMSE()(y, normal(y.shape, 2, compute), Tensor([0.5, 0.5], [2], on: compute)))
      gradients.finish()
      all.append(y.values + gradients.values.values)
    }
    #expect(all[1] == all[0] && all[2] == all[0])
    #expect(!all[0].contains { !$0.isFinite })
  }
}
