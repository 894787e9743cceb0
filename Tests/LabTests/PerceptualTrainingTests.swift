import Files
import Foundation
import Runs
import Tensors
import TestKit
import Testing
import Training

/// `autoencoder.perceptual`: reconstructions held to what a frozen network sees, here a small one of random numbers.
@Suite(.serialized) struct PerceptualTrainingTests {
  private func training(
    _ minute: Minute, _ set: [String] = [], runs: String = "runs", on other: Compute? = nil
  ) throws -> Training {
    let folder = minute.scratch("features")
    if !Disk.exists(folder) {
      try Disk.makeFolder(folder)
      try Disk.write(Disk.read(Fixture.path("learnt/alexnet.ckpt")), to: folder + "/alexnet.ckpt")
    }
    try Disk.write(
      """
      name: seen
      kind: autoencoder
      data: [{path: worlds.h5}]
      window: 5
      consent: {unsigned: [own-work]}
      autoencoder: {base_dim: 6, z_dim: 4, dim_mult: [1, 2], temporal_downsample: [true], measured: 2, perceptual: {from: features, weight: 0.5}}
      train: {steps: 4, batch: 1, rate: 2.0e-3, warmup: 1, ema: 0.9}
      record: {evaluate: 2, sample: 0, checkpoint: 2}
      """, to: minute.scratch("seen.yaml"))
    return try Training(
      try Experiment(path: minute.scratch("seen.yaml"), set: set), minute.options(runs),
      observing: { _, _, _ in throw Problem("an autoencoder is benched by no suite") }, on: other ?? minute.compute,
      minute.quiet)
  }

  private var uninterrupted: Interruption { Interruption(listening: false) }

  /// The weights are part of the run; stopped, and on other threads, the same bits.
  @Test func trainsAndResumes() throws {
    let minute = try Minute(), whole = try training(minute).run(until: uninterrupted)
    let hash = try Hashing.sha256(file: minute.scratch("features/alexnet.ckpt"))
    #expect(whole.status == .done && whole.experiment.autoencoder?.perceptual?.sha256 == hash)
    let held = try EventLog.read(whole.path("events.jsonl")).heldOut
    // What it sees is in the loss, beside the pixels.
    for point in held { #expect(point.loss > (point.reconstruction?.l1 ?? .infinity)) }
    let asked = Interruption(listening: false)
    asked.ask()
    _ = try? training(minute, runs: "parts").run(until: asked)
    let parts = try training(minute, runs: "parts").run(until: uninterrupted)
    #expect(try parts.name == whole.name && minute.hashes(parts) == minute.hashes(whole))
    for threads in [1, 7] {
      let run = try training(minute, runs: "on \(threads)", on: #require(Compute(threads: threads))).run(
        until: uninterrupted)
      #expect(try minute.hashes(run) == minute.hashes(whole))
    }
    #expect(try training(minute, ["autoencoder.perceptual.weight=0.25"]).run.hash != whole.hash)
  }

  @Test func othersAreRefused() throws {
    let minute = try Minute()
    func refusal(_ set: [String]) throws -> String {
      do { _ = try training(minute, set) } catch let problem as Problem { return problem.description }
      throw Problem("\(set) was taken")
    }
    #expect(
      try refusal(["autoencoder.perceptual.sha256=\(String(repeating: "a", count: 64))"]).contains(
        "not those of the experiment"))
    #expect(try refusal(["autoencoder.perceptual.net=vgg16"]).contains("datasets/lpips/make.sh"))
    #expect(try refusal(["autoencoder.perceptual.from=nowhere"]).contains("no such folder"))
    #expect(try refusal(["autoencoder.patch_size=2"]).contains("patch_size"))
  }
}
