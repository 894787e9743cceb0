import Bench
import Files
import Foundation
import Lab
import Runs
import Tensors
import TestKit
import Testing
import Training
import Worlds

/// A minute experiment on a rendered dataset: 32 clips of 8 frames at 32×32.
struct Minute {
  let scratch: Scratch
  let compute: Compute
  let quiet = Console(json: false, quiet: true)

  init(threads: Int = 2) throws {
    scratch = try Scratch()
    compute = try #require(Compute(threads: threads))
    try WorldsRender(scenarios: [.projectile], count: 32, setting: Setting(size: 32, frames: 12), validationShare: 0.25)
      .write(to: scratch("worlds.h5"), licensor: "tests", quiet)
    try Disk.write(Self.yaml, to: scratch("minute.yaml"))
  }

  static let yaml = """
    name: minute
    data: [{path: worlds.h5}]
    window: 12
    consent: {unsigned: [own-work]}
    model: {dim: 32, heads: 2, layers: 2, ffn: 64, patch: [4, 2, 2], freq_dim: 32}
    codec: {space: 4}
    levels: {prefix_share: 0.5, prefix_frames: 4}
    text: {tokens: 4, width: 16}
    train: {steps: 12, batch: 2, accumulate: 2, rate: 1.0e-3, warmup: 2, ema: 0.9}
    record: {evaluate: 6, sample: 0, checkpoint: 4, keep: 2}
    sampler: {steps: 3}
    """

  func experiment(_ set: [String] = []) throws -> Experiment { try Experiment(path: scratch("minute.yaml"), set: set) }

  /// Its keys are its own: no test writes into a person's home.
  func options(_ runs: String = "runs", _ extend: Int? = nil) -> Training.Options {
    .init(runs: scratch(runs), extend: extend, home: HomeFolder(scratch("home")))
  }

  func training(
    _ set: [String] = [], runs: String = "runs", extend: Int? = nil, on other: Compute? = nil
  ) throws -> Training {
    try Training(
      try experiment(set), options(runs, extend), observing: EvaluationRound.init, on: other ?? compute, quiet)
  }

  /// Identity of a run's weights and of all its state.
  func hashes(_ run: Run) throws -> [String] {
    try ["weights.safetensors", "state.safetensors"].map { try Safetensors(path: run.path($0)).bufferHash }
  }
}
