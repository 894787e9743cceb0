import Consent
import Export
import Files
import Foundation
import Ledger
import Models
import Nets
import Runs
import Tensors
import TestKit
import Testing
import Training

/// Experiments that train an autoencoder: the same loop, another subject.
@Suite(.serialized) struct AutoencoderTrainingTests {
  private let own = """
    name: small
    kind: autoencoder
    data: [{path: worlds.h5}]
    window: 5
    consent: {unsigned: [own-work]}
    autoencoder: {base_dim: 6, z_dim: 4, dim_mult: [1, 2], temporal_downsample: [true], patch_size: 2, kl: 1.0e-3, measured: 3}
    train: {steps: 6, batch: 2, rate: 2.0e-3, warmup: 2, ema: 0.9}
    record: {evaluate: 3, sample: 6, checkpoint: 2, samples: 2}
    """

  private func training(
    _ minute: Minute, _ set: [String] = [], runs: String = "runs", extend: Int? = nil, on other: Compute? = nil
  ) throws -> Training {
    try Disk.write(own, to: minute.scratch("small.yaml"))
    return try Training(
      try Experiment(path: minute.scratch("small.yaml"), set: set), minute.options(runs, extend),
      observing: { _, _, _ in throw Problem("an autoencoder is benched by no suite") }, on: other ?? minute.compute,
      minute.quiet)
  }

  private var uninterrupted: Interruption { Interruption(listening: false) }

  private func autoencoder(_ run: Run) throws -> String { try AutoencoderFile(run.folder).identity }

  private func problem(_ body: () throws -> Void) throws -> Problem {
    do { try body() } catch let problem as Problem { return problem }
    throw Problem("nothing was refused")
  }

  /// It learns, is looked at, and leaves an autoencoder whose latents are of size one; stopped at every checkpoint, or
  /// by another number of threads, the same bits.
  @Test func trainsAndResumes() throws {
    let minute = try Minute(), whole = try training(minute).run(until: uninterrupted)
    #expect(whole.status == .done && whole.product.autoencoder?.latents.frames == 3)
    let held = try EventLog.read(whole.path("events.jsonl")).heldOut
    #expect(held.map(\.step) == [0, 3, 6] && held.allSatisfy { $0.losses.count == 16 && $0.levels.isEmpty })
    let first = try #require(held.first?.reconstruction), last = try #require(held.last?.reconstruction)
    #expect(last.psnr > first.psnr && last.l1 < first.l1 && (last.low ?? .infinity) <= last.psnr)
    #expect(Disk.exists(whole.path("samples/step-00000006.png")))
    let file = try AutoencoderFile(whole.folder)
    #expect(file.config.latentsStd.allSatisfy { $0 != 1 && $0 > 0 } && file.config.latentsMean.contains { $0 != 0 })
    // Three windows more than twelve were seen, and none of them was in the loss.
    let sum = try LedgerReader.verify(whole.path("ledger.jsonl"), run: whole.hash)
    #expect(sum.total == Usage(seen: 15 * 5, framesInLoss: 12 * 5))
    _ = try whole.audited(home: HomeFolder(minute.scratch("home")))

    let asked = Interruption(listening: false)
    asked.ask()
    for _ in 0..<2 { _ = try? training(minute, runs: "parts").run(until: asked) }
    let parts = try training(minute, runs: "parts").run(until: uninterrupted)
    #expect(try parts.name == whole.name && minute.hashes(parts) == minute.hashes(whole))
    #expect(try autoencoder(parts) == autoencoder(whole))
    for threads in [1, 7] {
      let other = try #require(Compute(threads: threads))
      let run = try training(minute, runs: "on \(threads)", on: other).run(until: uninterrupted)
      #expect(try minute.hashes(run) == minute.hashes(whole) && autoencoder(run) == autoencoder(whole))
    }
    // Another loss is another run.
    #expect(try training(minute, ["autoencoder.kl=0.5"]).run.hash != whole.hash)
    // Lengthened, it leaves another.
    let before = try autoencoder(whole), longer = try training(minute, extend: 8).run(until: uninterrupted)
    #expect(try longer.name == whole.name && longer.step == 8 && autoencoder(longer) != before)
  }

  /// What it exports is a codec; a world model trained in its latents names whose footage is behind them.
  @Test func isHandedOn() throws {
    let minute = try Minute(), home = HomeFolder(minute.scratch("home"))
    let unfinished = Interruption(listening: false)
    unfinished.ask()
    _ = try? training(minute).run(until: unfinished)
    let stopped = try training(minute).run
    #expect(try problem { _ = try AutoencoderFile(stopped.folder) }.fix?.contains("end") == true)
    #expect(
      try problem {
        _ = try AutoencoderExport(Export(stopped, out: minute.scratch("early"), home: home)).write(
          on: minute.compute, minute.quiet)
      }.what.contains("not come to its end"))
    let run = try training(minute).run(until: uninterrupted), out = minute.scratch("export")
    let result = try AutoencoderExport(Export(run, out: out, home: home)).write(on: minute.compute, minute.quiet)
    let there = try FileManager.default.contentsOfDirectory(atPath: out)
    for name in ["config.json", "README.md", "optin.json", "spdx.json", ModelFolder.weightsName] {
      #expect(there.contains(name), "\(name)")
    }
    #expect(there.contains { $0.hasSuffix(".c2pa") })
    #expect(
      try AutoencoderFile(out).identity == autoencoder(run) && result.value["identity"]?.string == autoencoder(run))
    #expect(try Disk.readText(out + "/README.md").contains("dB PSNR"))
    #expect(try LedgerReader.trail(run.path("ledger.jsonl")).exports.count == 1)
    #expect(
      try problem {
        _ = try AutoencoderExport(Export(run, out: out, home: home)).write(on: minute.compute, minute.quiet)
      }.what.contains("stands"))
    // It is no world model, and says so.
    #expect(try problem { _ = try run.model(on: minute.compute) }.what.contains("autoencoder"))

    for place in [run.folder, out] {
      let world = try minute.training(
        [
          "name=in latents", "codec={kind: wan, from: '\(place)'}", "window=9", "model.patch=[1, 2, 2]",
          "levels.prefix_frames=5", "train.steps=2", "train.accumulate=1", "record.evaluate=0",
        ], runs: "worlds of \((place as NSString).lastPathComponent)"
      ).run(until: uninterrupted)
      let codec = try #require(try LedgerReader.trail(world.path("ledger.jsonl")).codec)
      #expect(codec.run == run.hash && !codec.shares.isEmpty && codec.shares.allSatisfy { $0.licensor == "tests" })
      let bound = try Safetensors(path: run.path("weights.safetensors")).bufferHash
      #expect(codec.origin == .ledger && codec.weightsSHA256 == bound)
      let model = try Export(
        world, out: minute.scratch("model of \((place as NSString).lastPathComponent)"), home: home
      ).write(
        on: minute.compute, minute.quiet)
      #expect(try Disk.readText(model.folder + "/README.md").contains("its autoencoder"))
    }
  }

  /// Keys that say nothing there are refused, each with a sentence; so is a window that is no whole latents.
  @Test func badInputIsRefused() throws {
    let minute = try Minute()
    for (word, key) in [
      ("lora={rank: 2}", "lora"), ("text.tokens=5", "text"), ("objective.prediction=velocity", "objective"),
      ("codec.space=4", "codec"), ("model.dim=32", "model"), ("levels.prefix_share=0.2", "levels"),
      ("sampler.steps=3", "sampler"), ("train.recompute=true", "train.recompute"),
      ("evaluate=[{name: a, suite: physics-tiny}]", "evaluate"), ("window=6", "window"),
      ("autoencoder.dim_mult=[1, 2, 2]", "temporal_downsample"), ("autoencoder.l1=0", "l1"),
    ] {
      let said = try problem { _ = try training(minute, [word]) }
      #expect(said.description.contains(key) && said.exit == .usage, "\(word): \(said)")
    }
    #expect(try problem { _ = try minute.training(["autoencoder={z_dim: 4}"]) }.description.contains("kind"))
    // A run of before has neither key.
    let old = try minute.experiment().value
    #expect(old["kind"] == nil && old["autoencoder"] == nil)
  }
}
