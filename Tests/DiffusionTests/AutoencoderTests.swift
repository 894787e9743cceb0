import Diffusion
import Files
import Foundation
import Models
import Nets
import Tensors
import TestKit
import Testing

/// The family's video autoencoder against what diffusers made with the same weights
/// (Tests/Interop/make_wan_family.py), and against itself where it takes other ways.
@Suite struct AutoencoderTests {
  @Test(arguments: ["vae21", "vae22", "vae-training"]) func matchesDiffusers(group: String) throws {
    for isa in Compute.available {
      let compute = try #require(Compute(threads: 2, instructions: isa))
      let parity = try Parity(folder: Fixture.path("family/" + group), on: compute), worst = try #require(parity.worst)
      #expect(parity.passes, "\(group) on \(isa): \(worst.name) is off by \(worst.relative)")
      #expect(parity.rows.count >= ["vae21": 9, "vae22": 7, "vae-training": 151][group] ?? 0)
    }
  }

  @Test func damageIsSeen() throws {
    let scratch = try Scratch(), compute = try #require(Compute(threads: 2))
    try FileManager.default.copyItem(atPath: Fixture.path("family/vae22"), toPath: scratch("vae22"))
    let path = scratch("vae22/vae/diffusion_pytorch_model.safetensors")
    var bytes = try Data(Disk.read(path))
    bytes[bytes.count - 1] ^= 0x40
    try Disk.write(bytes, to: path)
    #expect(try !Parity(folder: scratch("vae22"), on: compute).passes)
    try Disk.write(Data(bytes.dropLast(7)), to: path)
    #expect(throws: Problem.self) { try Parity(folder: scratch("vae22"), on: compute) }
  }

  /// Wide enough for the transformed domain, which the small cases of others do not reach.
  private static var wide: AutoencoderConfig {
    var config = AutoencoderConfig()
    (config.baseDim, config.zDim, config.dimMult, config.resBlocks) = (16, 4, [1, 2, 2], 1)
    config.temporalDownsample = [true, true]
    (config.latentsMean, config.latentsStd) = ([0.1, -0.2, 0, 0.3], [1, 0.5, 2, 1.5])
    return config
  }

  private func model(_ config: AutoencoderConfig, _ compute: Compute) -> Autoencoder {
    let parameters = Autoencoder.parameters(config, on: compute)
    parameters.initialise(seed: 5)
    return Autoencoder(config, parameters)
  }

  private func noise(_ shape: Shape, _ compute: Compute) -> Tensor {
    let x = Tensor(undefined: shape, on: compute)
    Random(seed: 8).fillNormal(x, .sample)
    return x
  }

  private func distance(_ a: Tensor, _ b: Tensor) -> Float {
    let (x, y) = (a.values, b.values)
    return x.count == y.count
      ? zip(x, y).reduce(0) { max($0, abs($1.0 - $1.1)) } / max(1e-12, y.map(abs).max() ?? 0) : .infinity
  }

  /// In pieces of any length, and all at once: the same numbers. A prefix in gives a prefix out.
  @Test(arguments: [1, 2, 3]) func piecesAreTheWhole(atOnce: Int) throws {
    let compute = try #require(Compute(threads: 2))
    compute.poisonMemory(.nan)
    let model = model(Self.wide, compute), x = noise([2, 13, 8, 12, 3], compute), whole = model.moments(x)
    #expect(whole.shape == [2, 4, 2, 3, 8])
    #expect(distance(model.encode(x, atOnce: atOnce), whole) < 1e-5)
    let z = noise([2, 4, 2, 3, 4], compute), y = model.reconstruction(z)
    #expect(y.shape == [2, 13, 8, 12, 3])
    let clamped = Tensor(y.values.map { max(-1, min(1, $0)) }, y.shape, on: compute)
    #expect(distance(model.decode(z, atOnce: atOnce), clamped) < 1e-5)
    let prefix = model.decode(TakeFrames(0..<2)(z), atOnce: atOnce)
    #expect(distance(prefix, TakeFrames(0..<5)(clamped)) < 1e-5)
  }

  /// What a piece takes does not depend on how many there are.
  @Test func memoryDoesNotGrowWithLength() throws {
    func peak(_ frames: Int) throws -> Int {
      let compute = try #require(Compute(threads: 2)), model = model(Self.wide, compute)
      let x = noise([1, frames, 32, 32, 3], compute), before = compute.peakBytes
      _ = model.encode(x, atOnce: 1)
      return compute.peakBytes - before
    }
    let short = try peak(13), long = try peak(53)
    // What grows are the latents themselves.
    #expect(long < short + short / 8, "\(short) bytes for 13 frames, \(long) for 53")
  }

  /// The same bits for any number of threads, with every instruction set.
  @Test(arguments: Compute.available) func bitsDoNotDependOnThreads(isa: String) throws {
    let runs = try [1, 2, 5].map { threads in
      let compute = try #require(Compute(threads: threads, instructions: isa)), model = model(Self.wide, compute)
      return (
        model.encode(noise([1, 5, 16, 20, 3], compute)).values, model.decode(noise([1, 2, 4, 5, 4], compute)).values
      )
    }
    for run in runs.dropFirst() {
      let same = run.0 == runs[0].0 && run.1 == runs[0].1
      #expect(same)
    }
  }

  /// bytes → pixels → bytes, with squares folded and without.
  @Test func bytesComeBack() throws {
    let compute = try #require(Compute(threads: 2)),
      clip = (0..<2 * 4 * 6 * 3).map { UInt8(truncatingIfNeeded: $0 * 37) }
    for patch in [nil, 2] {
      var config = Self.wide
      (config.patchSize, config.inChannels, config.outChannels) = (patch, patch == nil ? 3 : 12, patch == nil ? 3 : 12)
      let model = model(config, compute)
      let x = clip.withUnsafeBufferPointer { model.pixels([$0], frames: 2, height: 4, width: 6, on: compute) }
      #expect(model.bytes(x) == clip)
      let plain = model.unfolded(x)
      #expect(plain.shape == [1, 2, 4, 6, 3])
      #expect(model.folded(plain).values == x.values)
      #expect(plain.values[3] == Float(clip[3]) / 127.5 - 1)
    }
  }

  /// Several clips are each what it is alone, whatever memory held before.
  @Test func clipsStandSideBySide() throws {
    let compute = try #require(Compute(threads: 2))
    compute.poisonMemory(.nan)
    let codec = { () -> Codec in
      var codec = Codec(.wan)
      codec.from = Fixture.path("family/pipeline-experts/vae")
      return codec
    }()
    let coder = try ClipCoder(codec, on: compute)
    #expect(coder.codec.channels == 4 && coder.codec.space == 8 && coder.codec.time == 4)
    let clips = (0..<3).map { k in (0..<5 * 16 * 16 * 3).map { UInt8(truncatingIfNeeded: ($0 + 7) * (k + 3)) } }
    let all = WorldModel.withPointers(clips) { coder.encode($0, frames: 5, height: 16, width: 16) }.values
    let one = clips.flatMap { clip in
      WorldModel.withPointers([clip]) { coder.encode($0, frames: 5, height: 16, width: 16) }.values
    }
    #expect(all == one && !all.contains { !$0.isFinite })
  }

  /// Every name the converter of diffusers knows; the original layout opens as the same model.
  @Test func namesAreTheConverters() throws {
    for (key, value) in (try Fixture.json("family/names/vae21.json").fields ?? []).map({ ($0.key, $0.value) }) {
      let theirs = try #require(value.string)
      #expect(AutoencoderNames.diffusers(key, levelLength: 4) == theirs)
    }
    #expect(
      AutoencoderNames.diffusers("decoder.upsamples.1.upsamples.3.time_conv.bias", levelLength: 4)
        == "decoder.up_blocks.1.upsampler.time_conv.bias")
    #expect(
      AutoencoderNames.diffusers("encoder.downsamples.0.downsamples.1.residual.6.weight", levelLength: 4)
        == "encoder.down_blocks.0.resnets.1.conv2.weight")
    for name in ["decoder", "encoder.middle.3.norm.gamma", "encoder.downsamples.x.residual.0.gamma", "nothing.weight"] {
      #expect(AutoencoderNames.diffusers(name, levelLength: 4) == nil)
    }
  }

  /// One message each.
  @Test func badInputIsRefused() throws {
    let scratch = try Scratch()
    func refused(_ change: (inout Value) -> Void, _ words: String) throws {
      var json = Self.wide.json
      change(&json)
      do {
        _ = try AutoencoderConfig(json: json, at: "config.json")
        Issue.record("accepted: \(words)")
      } catch let problem as Problem { #expect(problem.description.contains(words), "\(problem.description)") }
    }
    try refused({ $0.set("in_channels", 4) }, "in_channels")
    try refused({ $0.set("latents_mean", .array([.number(0)])) }, "latents_mean")
    try refused({ $0.set("dim_mult", "4") }, "dim_mult")
    // What would make latents infinite, or a shortcut that has no whole groups of channels.
    try refused(
      { $0.set("latents_std", .array([.number(1), .number(1), .number(1), .number(1e-300)])) }, "latents_std")
    try refused(
      {
        $0.set("is_residual", true)
        $0.set("dim_mult", [1, 3, 2])
      }, "shortcut")
    try refused({ $0.set("temperal_downsample", .array([.bool(true)])) }, "temperal_downsample")
    try refused({ $0.set("_class_name", "AutoencoderKL") }, "AutoencoderKLWan")
    #expect(try AutoencoderConfig(json: Self.wide.json, at: "x") == Self.wide)
    for preset in AutoencoderConfig.Preset.allCases {
      #expect(try AutoencoderConfig(json: preset.config.json, at: "x") == preset.config)
    }
    #expect(AutoencoderConfig.Preset.wan22.config.space == 16 && AutoencoderConfig.Preset.wan21.config.time == 4)
    try Disk.write("", to: scratch("model.pth"))
    #expect(throws: Problem.self) { try AutoencoderFile(scratch("model.pth")) }
    // A transformer is no autoencoder.
    #expect(throws: Problem.self) { try AutoencoderFile(Fixture.path("family/lora/transformer")) }
  }
}
