import Diffusion
import Files
import Foundation
import Models
import Nets
import Tensors
import TestKit
import Testing

/// Adapters, names and number formats of the family, against what peft and diffusers made of the same files
/// (Tests/Interop/make_wan_family.py).
@Suite struct FamilyTests {
  @Test(arguments: [("lora", 49), ("lora-i2v", 20), ("lora-dora", 64), ("formats", 5), ("names", 80)])
  func matchesOthers(group: String, rows: Int) throws {
    for isa in Compute.available {
      let compute = try #require(Compute(threads: 2, instructions: isa))
      let parity = try Parity(folder: Fixture.path("family/" + group), on: compute), worst = try #require(parity.worst)
      #expect(parity.passes, "\(group) on \(isa): \(worst.name) is off by \(worst.relative)")
      #expect(parity.rows.count >= rows)
    }
  }

  /// A case that was damaged does not pass.
  @Test func damageIsSeen() throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 2))
    try FileManager.default.copyItem(atPath: Fixture.path("family/lora"), toPath: scratch("lora"))
    let path = scratch("lora/comfy.safetensors")
    var bytes = try Data(Disk.read(path))
    bytes[bytes.count - 2] ^= 0x40
    try Disk.write(bytes, to: path)
    #expect(try !Parity(folder: scratch("lora"), on: compute).passes)
  }

  /// Every name the converter of diffusers knows, both ways.
  @Test func namesGoBothWays() throws {
    let map = try Fixture.json("family/names/transformer.json").fields ?? []
    #expect(map.count > 80)
    for pair in map {
      let theirs = try #require(pair.value.string)
      #expect(WanNames.diffusers(pair.key, in: .original) == theirs)
      #expect(WanNames.diffusers("model.diffusion_model." + pair.key, in: .comfy) == theirs)
      #expect(WanNames.original(theirs) == pair.key)
    }
    #expect(
      WanNames.original("blocks.0.attn3.to_q.weight") == nil && WanNames.diffusers("nothing", in: .original) == nil)
  }

  /// What is written in a dialect is read back to the same output, and to another than the base's.
  @Test(arguments: AdapterDialect.allCases) func dialectsAreReadBack(dialect: AdapterDialect) throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 2)), folder = Fixture.path("family/lora")
    let (config, weights) = try ModelFolder.frozen(folder + "/transformer"),
      source = try AdapterFile(folder + "/peft", for: config, on: compute)
    let parameters = try WorldTransformer.parameters(config, over: weights, source.lora, on: compute)
    source.load(into: parameters)
    let path = scratch(dialect == .peft || dialect == .diffusers ? "out" : "out.safetensors")
    try AdapterFile.write(parameters, as: dialect, to: path)
    let back = try AdapterFile(path, for: config, on: compute)
    #expect(back.dialect == dialect && back.layerNames == source.layerNames && back.lora.rank == source.lora.rank)
    let again = try WorldTransformer.parameters(config, over: weights, back.lora, on: compute)
    back.load(into: again)
    let bits = again.values.values == parameters.values.values
    #expect(bits)
    #expect(again.values.values.contains { $0 != 0 })
  }

  /// Merging gives the output of the adapted model.
  @Test func mergedIsAdapted() throws {
    let compute = try #require(Compute(threads: 2)), folder = Fixture.path("family/lora"),
      file = try Safetensors(path: folder + "/case.safetensors")
    let (config, weights) = try ModelFolder.frozen(folder + "/transformer"),
      source = try AdapterFile(folder + "/comfy.safetensors", for: config, on: compute)
    let parameters = try WorldTransformer.parameters(config, over: weights, source.lora, on: compute)
    source.load(into: parameters)
    let merged = WorldTransformer.merged(config, parameters)
    let (shape, values) = try file.floats("merged.blocks.0.attn1.to_q.weight")
    let ours = try #require(merged.tensor("blocks.0.attn1.to_q.weight"))
    #expect(ours.shape.sizes == shape)
    #expect(zip(ours.values, values).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// Put into copies of the weights, one after the other, at strengths: the sum of what each does.
  @Test func severalAreMerged() throws {
    let compute = try #require(Compute(threads: 2)), folder = Fixture.path("family/lora"),
      file = try Safetensors(path: folder + "/case.safetensors")
    let (config, parameters) = try ModelFolder.open(folder + "/transformer", on: compute)
    let plain = parameters.values.values
    for (name, strength) in [("comfy.safetensors", Float(0.75)), ("kohya.safetensors", 1), ("peft", -0.75)] {
      try AdapterFile(folder + "/" + name, for: config, on: compute).merge(into: parameters, strength: strength)
    }
    let (shape, values) = try file.floats("merged.blocks.0.attn1.to_q.weight")
    let ours = try #require(parameters.tensor("blocks.0.attn1.to_q.weight"))
    #expect(ours.shape.sizes == shape && zip(ours.values, values).allSatisfy { abs($0 - $1) < 2e-6 })
    // Taken out again, but for rounding.
    try AdapterFile(folder + "/comfy.safetensors", for: config, on: compute).merge(into: parameters, strength: -1)
    #expect(zip(parameters.values.values, plain).allSatisfy { abs($0 - $1) < 2e-6 })
  }

  @Test func strengthsAreReadFromWords() throws {
    #expect(try AdapterChoice("a/b.safetensors").strength == 1)
    let half = try AdapterChoice("a:b.safetensors:0.5")
    #expect(half.path == "a:b.safetensors" && half.strength == 0.5)
    #expect(try AdapterChoice("a:b").path == "a:b")
    #expect(problem { try AdapterChoice("a:1e9") }.exit == .usage)
  }

  /// A file beside its config.json is what that says; one of ours without it is not guessed at.
  @Test func aFileIsWhatItsConfigurationSays() throws {
    let scratch = try Scratch(), folder = Fixture.path("family/lora/transformer")
    let file = folder + "/diffusion_pytorch_model.safetensors"
    #expect(try ModelFolder.frozen(file).config == ModelFolder.config(folder))
    let alone = scratch("alone.safetensors")
    try FileManager.default.copyItem(atPath: file, toPath: alone)
    #expect(throws: Problem.self) { try ModelFolder.frozen(alone) }
    let compute = try #require(Compute(threads: 1))
    var config = WorldTransformerConfig()
    (config.heads, config.headDim, config.layers, config.ffnDim) = (4, 32, 1, 64)
    try RandomCheckpoint.write(config, seed: 1, to: scratch("ours"), on: compute)
    let ours = scratch("ours/diffusion_pytorch_model.safetensors")
    #expect(try ModelFolder.frozen(ours).config.heads == 4)
    try FileManager.default.removeItem(atPath: scratch("ours/config.json"))
    do {
      _ = try ModelFolder.frozen(ours)
      Issue.record("four heads of 32 were taken for one of 128")
    } catch let problem as Problem { #expect(problem.what.contains("do not tell the heads")) }
  }

  /// The same part of a layer twice, under two of a dialect's endings.
  @Test func halvesThatAreThereTwiceAreRefused() throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 1)), folder = Fixture.path("family/lora")
    let config = try ModelFolder.config(folder + "/transformer")
    let names = ["lora_A", "lora_B", "lora_down"].map { "diffusion_model.blocks.0.self_attn.q.\($0).weight" }
    let width = config.dim
    try SafetensorsWriter.write(
      names.enumerated().map { .init($1, .F32, $0 == 1 ? [width, 2] : [2, width]) }, to: scratch("twice.safetensors")
    ) { item, write in try [Float](repeating: 1, count: 2 * width).withUnsafeBytes(write) }
    do {
      _ = try AdapterFile(scratch("twice.safetensors"), for: config, on: compute)
      Issue.record("one of two halves was chosen")
    } catch let problem as Problem { #expect(problem.what.contains("are the same part of")) }
  }

  /// An adapter for another model, half an adapter, and a file that is none.
  @Test func strangersAreNamed() throws {
    let compute = try #require(Compute(threads: 1)), folder = Fixture.path("family/lora")
    var config = try ModelFolder.config(folder + "/transformer")
    config.layers = 1
    do {
      _ = try AdapterFile(folder + "/comfy.safetensors", for: config, on: compute)
      Issue.record("an adapter of two blocks was taken for a model of one")
    } catch let problem as Problem { #expect(problem.what.contains("belongs to no linear layer")) }
    config.layers = 2
    config.headDim = 16
    do {
      _ = try AdapterFile(folder + "/kohya.safetensors", for: config, on: compute)
      Issue.record("an adapter of another width was taken")
    } catch let problem as Problem { #expect(problem.what.contains("its adapter")) }
    do {
      _ = try AdapterFile(folder + "/case.safetensors", for: config, on: compute)
      Issue.record("a file without an adapter was taken")
    } catch let problem as Problem { #expect(problem.what.contains("adapter")) }
  }
}
