import Bench
import Diffusion
import Export
import Files
import Foundation
import Models
import Nets
import Runs
import Tensors
import TestKit
import Testing
import Training

/// Runs over bases that take pictures beside the noise: image-to-video with and without an image encoder, first and last
/// frame.
@Suite(.serialized) struct PictureRunTests {
  /// What such a base takes.
  enum Kind: CaseIterable { case channels, tokens, last }

  private var vae: String { Fixture.path("family/pipeline-experts/vae") }
  private var tower: String { Fixture.path("family/text/clip-vision") }

  /// A base of a kind, with random weights.
  private func base(_ kind: Kind, _ minute: Minute) throws -> String {
    var c = WorldTransformerConfig()
    (c.heads, c.headDim, c.inChannels, c.outChannels, c.textDim) = (2, 12, 12, 4, 16)
    (c.freqDim, c.ffnDim, c.layers) = (16, 40, 1)
    if kind != .channels { (c.imageDim, c.addedKeyValueDim) = (24, 24) }
    if kind == .last { c.imagePositions = 10 }
    let parameters = WorldTransformer.parameters(c, on: minute.compute)
    Random(seed: 5).fillNormal(parameters.values, .initial)
    parameters.values.scaleAndAdd(0.1, 0, parameters.values)
    let folder = minute.scratch("base-\(kind)")
    try ModelFolder.write(c, parameters, metadata: [], to: folder)
    return folder
  }

  private func words(_ base: String, _ kind: Kind, _ more: [String] = []) -> [String] {
    let picture: [String] =
      switch kind {
      case .channels: []
      case .tokens: ["picture.from=\(tower)"]
      case .last: ["picture={from: \(tower), last: true}"]
      }
    return [
      "name=pictures", "from=\(base)", "lora={rank: 2}", "codec={kind: wan, from: \(vae)}", "window=9",
      "objective.prediction=velocity", "train.steps=4", "train.accumulate=1", "train.picture_dropout=0.3",
      "record.checkpoint=2", "record.evaluate=2", "record.sample=4",
    ] + picture + more
  }

  private func problem(_ body: () throws -> Void) throws -> Problem {
    do { try body() } catch let problem as Problem { return problem }
    throw Problem("nothing was refused")
  }

  /// Stopped, continued and with nothing kept, the same bits; it is asked what its pictures are; it is handed on.
  @Test(arguments: Kind.allCases) func trainsAndResumes(kind: Kind) throws {
    let minute = try Minute(), words = words(try base(kind, minute), kind)
    let whole = try minute.training(words).run(until: Interruption(listening: false))
    let made = try whole.spec
    #expect(made.takesPictures && made.context == 1 && made.pictures.from == nil)
    #expect(made.pictures.takesLast == (kind == .last))
    #expect((made.pictures.identity == nil) == (kind == .channels))
    let asked = Interruption(listening: false)
    asked.ask()
    _ = try? minute.training(words, runs: "parts").run(until: asked)
    var options = minute.options("parts")
    options.cacheBytes = 0
    let parts = try Training(
      try minute.experiment(words), options, observing: EvaluationRound.init, on: minute.compute, minute.quiet
    ).run(until: Interruption(listening: false))
    #expect(try parts.name == whole.name && minute.hashes(parts) == minute.hashes(whole))
    // What it makes depends on the picture.
    let model = try whole.model(on: minute.compute), spec = model.spec,
      settings = SamplerSettings(solver: .euler, steps: 2, guidance: 1, shift: 1, order: .full)
    func clip(_ grey: UInt8) throws -> [UInt8] {
      let frames = kind == .last ? 2 : 1
      return try model.generate(
        prefixes: [[UInt8](repeating: grey, count: frames * spec.height * spec.width * 3)], captions: [nil], settings,
        Random(seed: 3))[0]
    }
    #expect(try clip(0) == clip(0) && clip(0) != clip(250))
    let home = HomeFolder(minute.scratch("home"))
    #expect(
      try Export(whole, out: minute.scratch("export"), home: home).write(on: minute.compute, minute.quiet).replay
        <= 1e-6)
    #expect(!Disk.exists(minute.scratch("export") + "/" + ExportFile.example.name))
    let adapter = try AdapterExport(
      Export(whole, out: minute.scratch("adapter"), home: home), as: .comfy, isHalf: false
    ).write(on: minute.compute, minute.quiet)
    #expect(adapter.value["output_change"]?.double ?? 0 > 0)
  }

  /// The channels are those of the family's pipelines: the mask of given frames first, then latents of the clip that shows
  /// them and grey.
  @Test func channelsAreTheFamilys() throws {
    let minute = try Minute(), kind = Kind.last
    let whole = try minute.training(words(try base(kind, minute), kind, ["train.steps=1"])).run(
      until: Interruption(listening: false))
    let model = try whole.model(on: minute.compute), spec = model.spec, size = spec.height * spec.width * 3
    let pictures = [[UInt8](repeating: 10, count: size), [UInt8](repeating: 200, count: size)]
    let found = try model.pictures.condition(pictures, frames: 9, height: spec.height, width: spec.width)
    let pixels = spec.height / spec.codec.space * spec.width / spec.codec.space
    #expect(found.channels.shape == [1, 3, spec.height / spec.codec.space, spec.width / spec.codec.space, 8])
    #expect(found.tokens?.shape == [1, 10, 24])
    let values = found.channels.values
    for frame in 0..<3 {
      // All four of the first latent frame, none of the second, the last of the third.
      #expect(
        Array(values[frame * pixels * 8..<frame * pixels * 8 + 4])
          == [[1, 1, 1, 1], [0, 0, 0, 0], [0, 0, 0, 1]][frame])
    }
    let none = try model.pictures.condition([], frames: 9, height: spec.height, width: spec.width)
    #expect(none.tokens?.values.allSatisfy { $0 == 0 } == true)
    #expect(stride(from: 0, to: none.channels.count, by: 8).allSatisfy { none.channels.values[$0] == 0 })
  }

  /// One message each.
  @Test func badInputIsRefused() throws {
    let minute = try Minute(), tokens = try base(.tokens, minute)
    #expect(try problem { _ = try minute.training(words(tokens, .channels)) }.place == "picture.from")
    #expect(
      try problem { _ = try minute.training(words(tokens, .channels, ["picture.from=\(vae)"])) }.place != nil)
    let named = ["picture.identity=" + String(repeating: "a", count: 64)]
    #expect(try problem { _ = try minute.training(words(tokens, .tokens, named)) }.what.contains("image encoder"))
    let pixels = ["codec={kind: space-to-depth}", "window=8"]
    #expect(
      try problem { _ = try minute.training(words(try base(.channels, minute), .channels, pixels)) }.what.contains(
        "pictures"))
  }
}
