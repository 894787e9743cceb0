import Diffusion
import Files
import Foundation
import Models
import Nets
import Tensors
import TestKit
import Testing

/// Whole pipelines against what diffusers made of the same folders (Tests/Interop/make_wan_family.py).
@Suite struct PipelineTests {
  @Test(arguments: ["pipeline-experts", "pipeline-i2v", "pipeline-ti2v"]) func matchesDiffusers(group: String) throws {
    let compute = try #require(Compute(threads: 2))
    let parity = try Parity(folder: Fixture.path("family/" + group), on: compute), worst = try #require(parity.worst)
    #expect(parity.passes, "\(group): \(worst.name) is off by \(worst.relative)")
    #expect(parity.rows.map(\.name).contains("frames") && parity.rows.count == 6)
  }

  /// What does not fit is said before anything is computed.
  @Test func requestsAreChecked() throws {
    let compute = try #require(Compute(threads: 2))
    let pipeline = try WanPipeline(Fixture.path("family/pipeline-experts"), on: compute)
    var request = WanPipeline.Request()
    (request.frames, request.width, request.height, request.steps) = (9, 32, 32, 2)
    try pipeline.check(request)
    for change in [
      { (r: inout WanPipeline.Request) in r.frames = 8 }, { $0.width = 40 }, { $0.height = 0 },
      { $0.image = [Float](repeating: 0, count: 3072) }, { $0.lastImage = [] },
    ] {
      var other = request
      change(&other)
      #expect(throws: Problem.self) { try pipeline.check(other) }
    }
    let pictures = try WanPipeline(Fixture.path("family/pipeline-i2v"), on: compute)
    request.frames = 5
    #expect(throws: Problem.self) { try pictures.check(request) }
  }

  /// Adapters that count nothing change nothing; two of them add up, in any order of files.
  @Test func adaptersStandSideBySide() throws {
    let compute = try #require(Compute(threads: 2)), folder = Fixture.path("family/lora")
    let (config, weights) = try ModelFolder.frozen(folder + "/transformer")
    let x = Tensor(undefined: [1, 2, 4, 4, config.inChannels], on: compute),
      text = Tensor(undefined: [1, 3, config.textDim], on: compute), times = Tensor([500], [1, 1], on: compute)
    Random(seed: 1).fillNormal(x, .sample)
    Random(seed: 2).fillNormal(text, .sample)
    func output(_ choices: [String]) throws -> [Float] {
      let stack = try AdapterStack(choices.map(AdapterChoice.init), for: config, on: compute)
      let parameters = try WorldTransformer.parameters(config, over: weights, stack.lora, on: compute)
      stack.load(into: parameters)
      return WorldTransformer(config, parameters)(x, timesteps: times, text: text).values
    }
    func distance(_ a: [Float], _ b: [Float]) -> Float {
      zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / (b.map(abs).max() ?? 1)
    }
    let comfy = folder + "/comfy.safetensors", base = try output([]), whole = try output([comfy])
    #expect(distance(base, whole) > 1e-3)
    #expect(try output([comfy + ":0"]) == base)
    #expect(try distance(output([comfy + ":0.5", folder + "/peft:0.5"]), whole) < 1e-5)
    #expect(try distance(output([folder + "/peft:0.25", comfy + ":0.75"]), whole) < 1e-5)
  }

  /// Weights fetched block by block give the same bits, forward and backward.
  @Test func streamedBlocksGiveTheSameBits() throws {
    let compute = try #require(Compute(threads: 2)), folder = Fixture.path("family/lora")
    func step(_ streams: Bool) throws -> [Float] {
      var (config, weights) = try ModelFolder.frozen(folder + "/transformer")
      config.recompute = true
      let file = try AdapterFile(folder + "/peft", for: config, on: compute)
      if streams { WorldTransformer.stream(weights, config) }
      let parameters = try WorldTransformer.parameters(config, over: weights, file.lora, on: compute)
      file.load(into: parameters)
      let x = Tensor(undefined: [1, 2, 4, 4, config.inChannels], on: compute),
        text = Tensor(undefined: [1, 3, config.textDim], on: compute), times = Tensor([500], [1, 1], on: compute)
      Random(seed: 1).fillNormal(x, .sample)
      Random(seed: 2).fillNormal(text, .sample)
      let gradients = Gradients(of: parameters)
      for _ in 0..<2 {
        let tape = Tape()
        gradients.clear()
        let y = WorldTransformer(config, parameters, recording: tape, into: gradients)(x, timesteps: times, text: text)
        tape.backward(y, seed: x)
        gradients.finish()
      }
      return gradients.values.values
    }
    let plain = try step(false)
    #expect(try step(true) == plain)
    #expect(plain.contains { $0 != 0 })
  }

  /// Pictures for CLIP, against its processor in transformers (Tests/Interop/make_clip_picture.py): bytes may round the
  /// other way once in a while, by one step of 255.
  @Test func picturesAreCLIPs() throws {
    let compute = try #require(Compute(threads: 2)), cases = try #require(try Fixture.json("clip-picture.json").array)
    #expect(cases.count == 4)
    for item in cases {
      let (height, width, side) = (
        item["height"]?.integer ?? 0, item["width"]?.integer ?? 0, item["side"]?.integer ?? 0
      )
      let values = (0..<height * width * 3).map { n -> Float in
        let byte = (n * 37 + n / 7 * 11) % 256
        return Float(byte) / 255
      }
      let ours = ClipPicture.prepared(values, width: width, height: height, side: side, on: compute).values,
        theirs = (item["values"]?.array ?? []).compactMap(\.double)
      try #require(ours.count == theirs.count)
      let far = zip(ours, theirs).map { a, b -> Double in abs(Double(a) - b) }
      #expect(far.allSatisfy { $0 < 1.01 / 255 / 0.26 }, "\(width)×\(height) to \(side)")
      #expect(far.count { $0 > 1e-4 } * 50 <= far.count, "\(width)×\(height) to \(side)")
    }
  }
}
