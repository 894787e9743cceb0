import Diffusion
import Files
import Foundation
import Models
import Nets
import Tensors
import TestKit
import Testing

/// Models of the family that are given pictures, and what becomes of those that are something else.
@Suite struct VariantTests {
  /// Counted by the library on empty models.
  @Test(arguments: [
    (WanPreset.t2v1, 1_418_996_800), (.t2v14, 14_288_491_584), (.i2v14, 16_394_878_784), (.flf2v14, 16_395_536_704),
    (.ti2v5, 4_999_787_712), (.t2vA14, 14_288_491_584), (.i2vA14, 14_288_901_184),
  ]) func presetsAreAsLargeAsPublished(preset: WanPreset, parameters: Int) {
    #expect(preset.config.parameterCount == parameters)
  }

  /// A published shape, small, under its original names and without a configuration.
  private func small(positions: Int?) -> WorldTransformerConfig {
    var c = WorldTransformerConfig()
    (c.heads, c.headDim, c.layers, c.ffnDim, c.textDim, c.freqDim) = (1, 128, 2, 24, 12, 16)
    (c.inChannels, c.outChannels, c.imageDim, c.addedKeyValueDim, c.imagePositions) = (9, 4, 10, 128, positions)
    return c
  }

  private func write(_ names: [(name: String, shape: [Int])], to path: String) throws {
    try SafetensorsWriter.write(names.map { .init($0.name, .BF16, $0.shape) }, to: path) { item, write in
      try [UInt8](repeating: 0, count: item.byteCount).withUnsafeBytes(write)
    }
  }

  @Test(arguments: [nil, 6]) func tensorsTellThatPicturesAreTaken(positions: Int?) throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 1)), config = small(positions: positions)
    for prefix in ["", "model.diffusion_model."] {
      let names = try WorldTransformer.shapes(config, on: compute).map { item in
        (prefix + (try #require(WanNames.original(item.name))), item.shape.sizes)
      }
      // What some files have, and nothing reads.
      try write(names + [(prefix + "blocks.0.cross_attn.norm_added_q.weight", [128])], to: scratch("model.safetensors"))
      let (told, weights) = try ModelFolder.frozen(scratch("model.safetensors"))
      #expect(told == config)
      #expect(try WorldTransformer.parameters(told, over: weights, nil, on: compute).count == 0)
    }
  }

  @Test(arguments: ["vace_blocks.0.proj.weight", "motion_encoder.x", "control_adapter.x", "casual_audio_encoder.x"])
  func relativesAreRefusedByName(stranger: String) throws {
    let scratch = try Scratch()
    try write([("head.modulation", [1, 2, 128]), (stranger, [2])], to: scratch("model.safetensors"))
    #expect(problem { try ModelFolder.frozen(scratch("model.safetensors")) }.contains("not supported here"))
  }

  @Test(
    arguments: [
      ("added_kv_proj_dim", .null, "stand together"), ("added_kv_proj_dim", 12, "added_kv_proj_dim is 12"),
      ("pos_embed_seq_len", 7, "two pictures"), ("image_dim", .null, "stand together"),
    ] as [(String, Value, String)])
  func configurationsThatDoNotFitAreRefused(key: String, value: Value, words: String) throws {
    let place = Fixture.path("family/wan-i2v/transformer/config.json")
    var json = try JSON.parse(Disk.readText(place), at: place)
    let read = try WorldTransformerConfig(json: json, at: place)
    #expect(read.json == json && read.imageDim == 14)
    json.set(key, value)
    #expect(problem { try WorldTransformerConfig(json: json, at: place) }.contains(words))
  }

  /// A step with pictures: the same bits for any number of threads, and with recomputation.
  @Test func bitsDoNotDependOnThreads() throws {
    var all: [[Float]] = []
    for (threads, recompute) in [(1, false), (2, false), (7, true)] {
      let compute = try #require(Compute(threads: threads)), folder = Fixture.path("family/wan-flf2v")
      var (config, parameters) = try ModelFolder.open(folder + "/transformer", on: compute)
      config.recompute = recompute
      if compute.products(.bf16) == .bf16 { config.products = .bf16 }
      let gradients = Gradients(of: parameters), tape = Tape()
      func normal(_ shape: Shape, _ lane: Int) -> Tensor {
        let x = Tensor(undefined: shape, on: compute)
        Random(seed: 3, lane: lane).fillNormal(x, .sample)
        return x
      }
      let y = WorldTransformer(config, parameters, recording: tape, into: gradients)(
        normal([1, 2, 4, 6, config.inChannels], 0), timesteps: Tensor([300], [1, 1], on: compute),
        text: normal([1, 9, config.textDim], 1), image: normal([1, 8, 14], 2))
      tape.backward(WeightedMSE()(y, normal(y.shape, 4), Tensor([1], [1], on: compute)))
      gradients.finish()
      all.append(y.values + gradients.values.values)
    }
    #expect(all[1] == all[0] && all[2] == all[0])
    #expect(!all[0].contains { !$0.isFinite })
  }
}
