import Files
import Foundation
import Models
import Nets
import Tensors
import TestKit
import Testing

/// Files of weights looked into, written anew under other names, and made at random.
@Suite struct CheckpointTests {
  private let compute = Compute(threads: 2)
  private let transformer = Fixture.path("family/wan-flf2v/transformer")

  private func inspect(_ place: String) throws -> CheckpointInspection {
    try CheckpointInspection(place, on: try #require(compute))
  }

  private func convert(
    _ place: String, _ out: String, _ target: CheckpointConversion.Target,
    _ type: CheckpointConversion.ElementType? = nil, shard: Double? = nil
  ) throws -> CheckpointConversion.Result {
    try CheckpointConversion(place, to: out, target, type: type, shardGB: shard).run(on: try #require(compute))
  }

  @Test func aTransformerIsToldByItsTensors() throws {
    let found = try inspect(transformer)
    #expect(found.found.kind == .transformer && found.found.layout == "diffusers" && found.isWhole)
    #expect(found.config?.imagePositions == 8 && found.elements == found.config?.parameterCount)
    #expect(found.readers.contains { $0.program == "diffusers" && $0.verdict == .yes })
    let gguf = try inspect(Fixture.path("gguf/model/model.gguf"))
    #expect(gguf.container == "GGUF" && gguf.isWhole && gguf.text.contains("CC0-1.0"))
    #expect(gguf.roles.contains { $0.name == "attention" && ($0.role.types["Q8_0"] ?? 0) > 0 && $0.role.rms > 0 })
    // Heads that no tensor tells: a fault, and the rest is shown all the same.
    let scaled = try inspect(Fixture.path("family/formats/comfy-fp8-scaled.safetensors"))
    #expect(!scaled.isWhole && scaled.fault?.contains("heads of 128") == true)
    #expect(scaled.readers.contains { $0.program == "diffusers" && $0.verdict == .wrongly })
  }

  @Test(arguments: [
    ("comfy.safetensors", "comfy", [true, false, true]), ("peft", "peft", [false, true, false]),
    ("diffusers", "diffusers", [true, false, false]), ("kohya.safetensors", "kohya", [true, false, true]),
  ])
  func anAdapterSaysWhoReadsIt(file: String, dialect: String, reads: [Bool]) throws {
    let found = try inspect(Fixture.path("family/lora/" + file))
    #expect(found.found.kind == .adapter && found.found.layout == dialect && found.isWhole)
    #expect(found.adapter?.ranks == [4] && found.adapter?.layers == 20)
    let verdicts = ["diffusers", "peft", "ComfyUI"].map { program in
      found.readers.first { $0.program == program }?.verdict == .yes
    }
    #expect(verdicts == reads)
  }

  @Test func kindsAreToldByNames() {
    func kind(_ names: String...) -> CheckpointKind.Found { CheckpointKind.of(names) }
    #expect(kind("decoder.middle.0.residual.0.gamma").family == "Wan 2.1 VAE")
    #expect(
      kind("decoder.middle.0.residual.0.gamma", "decoder.upsamples.0.upsamples.0.residual.2.weight").family
        == "Wan 2.2 VAE")
    let bias = ".layer.0.SelfAttention.relative_attention_bias.weight"
    #expect(kind("encoder.block.0" + bias).family == "T5 or UMT5 encoder")
    #expect(kind("encoder.block.0" + bias, "encoder.block.1.layer.0.layer_norm.weight").family == "T5 encoder")
    #expect(kind("encoder.block.0" + bias, "encoder.block.1" + bias).family == "UMT5 encoder")
    #expect(kind("head.modulation", "vace_blocks.0.x").kind == .unknown)
    #expect(kind("something.weight").kind == .unknown)
  }

  /// A tensor left out, one too many, and numbers that are none: each is told, none stops the reading.
  @Test func whatIsWrongIsTold() throws {
    let scratch = try Scratch(), source = try Safetensors(path: ModelFolder.weights(transformer))
    try Disk.makeFolder(scratch("m"))
    var items = source.entries.filter { $0.name != "proj_out.bias" }.map { ($0.name, $0.shape) }
    items.append(("stranger", [2]))
    try SafetensorsWriter.write(
      items.map { .init($0.0, .F32, $0.1) }, to: scratch("m/diffusion_pytorch_model.safetensors")
    ) { item, write in
      var values = [Float](repeating: 1, count: item.shape.reduce(1, *))
      if item.name == "stranger" { values = [.nan, .infinity] }
      try values.withUnsafeBytes(write)
    }
    try FileManager.default.copyItem(atPath: transformer + "/config.json", toPath: scratch("m/config.json"))
    let found = try inspect(scratch("m"))
    #expect(
      found.missing == ["proj_out.bias"] && found.unknown == ["stranger"] && found.notFinite == 2 && !found.isWhole)
    #expect(found.value["not_finite"] == 2)
  }

  /// There and back through every container: the same tensors, bit for bit.
  @Test func conversionsGoThereAndBack() throws {
    let scratch = try Scratch(), config = try ModelFolder.config(transformer)
    let first = try TensorsHash.sha256([Safetensors(path: ModelFolder.weights(transformer))])
    _ = try convert(transformer, scratch("original"), .original)
    #expect(try ModelFolder.frozen(scratch("original")).config.heads == config.heads)
    _ = try convert(scratch("original"), scratch("one.safetensors"), .comfyui)
    // One file without a configuration; the original's beside it tells the heads.
    try FileManager.default.copyItem(atPath: scratch("original/config.json"), toPath: scratch("config.json"))
    let back = try convert(scratch("one.safetensors"), scratch("back"), .diffusers, shard: 0.001)
    #expect(back.files.count == 1, "98 kB are no shards of a megabyte")
    #expect(try TensorsHash.sha256([Safetensors(path: ModelFolder.weights(scratch("back")))]) == first)
    let (again, _) = try ModelFolder.frozen(scratch("back"))
    #expect(
      again.imageDim == config.imageDim && again.imagePositions == config.imagePositions && again.dim == config.dim)
  }

  @Test func shardsTypesAndOriginsAreKept() throws {
    let scratch = try Scratch(), compute = try #require(compute), place = scratch("model")
    var config = WorldTransformerConfig()
    (config.heads, config.headDim, config.layers, config.ffnDim, config.textDim) = (2, 128, 2, 512, 64)
    try RandomCheckpoint.make(config, as: .F32, seed: 3, folder: place, on: compute) { _, _ in }
    try Disk.write(Data("be kind".utf8), to: place + "/LICENSE.txt")
    try Disk.write(Data("other".utf8), to: place + "/unrelated.bin")
    let result = try convert(place, scratch("out"), .original, .bf16, shard: 0.002)
    #expect(result.files.count > 2 && result.kept == ["LICENSE.txt"] && result.overflows == 0)
    #expect(try Disk.readText(scratch("out/LICENSE.txt")) == "be kind")
    let (told, weights) = try ModelFolder.frozen(scratch("out")),
      source = try ModelFolder.frozen(place).weights
    #expect(told == config && weights.names == source.names)
    for name in weights.names {
      let shape = Shape(weights.shape(name) ?? [])
      let ours = weights.values(name, shape, on: compute).values,
        theirs = source.values(name, shape, on: compute).values
      #expect(
        zip(ours, theirs).allSatisfy {
          $0 == Float(bitPattern: (UInt32($1.bitPattern) &+ 0x7FFF &+ ($1.bitPattern >> 16 & 1)) & 0xFFFF_0000)
        })
    }
    let file = try convert(place, scratch("single.safetensors"), .comfyui, .f16)
    #expect(file.kept == ["LICENSE.txt"] && Disk.exists(scratch("single.LICENSE.txt")))
    #expect(try Safetensors(path: scratch("single.safetensors"))[metadata: "orrery"] == "random/1")
  }

  /// One message each, and nothing left behind.
  @Test func whatCannotBeConvertedIsRefused() throws {
    let scratch = try Scratch(), gguf = Fixture.path("gguf/model/model.gguf")
    try Disk.makeFolder(scratch("there"))
    #expect(problem { try convert(transformer, scratch("there"), .diffusers) }.contains("stands there already"))
    #expect(problem { try convert(gguf, scratch("x"), .diffusers) }.contains("say --dtype"))
    #expect(problem { try convert(gguf, scratch("x"), .comfyui) }.contains("NAME.safetensors"))
    #expect(
      problem { try convert(gguf, scratch("x.safetensors"), .comfyui, .bf16, shard: 1) }.contains("one file a part"))
    #expect(problem { try convert(gguf, scratch("x"), .diffusers, .bf16, shard: -1) }.contains("shards of"))
    #expect(
      problem { try convert(Fixture.path("family/lora/peft"), scratch("x"), .diffusers) }.contains("transformers are"))
    #expect(try scratch.names == ["there"])
    #expect(
      problem {
        try RandomCheckpoint.make(
          WanPreset.t2v1.config, as: .BF16, seed: 0, folder: scratch("there"), on: try #require(compute)
        ) { _, _ in }
      }.contains("stands there already"))
  }
}
