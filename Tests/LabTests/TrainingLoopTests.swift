import Bench
import Clips
import Files
import Foundation
import Nets
import Runs
import Tensors
import TestKit
import Testing
import Training

/// The training loop does, step by step, what a dozen straight lines do.
@Suite struct TrainingLoopTests {
  @Test func theLoopIsTheStraightLine() throws {
    let minute = try Minute(), set = ["train.steps=5", "record.evaluate=0"],
      run = try minute.training(set).run(until: Interruption(listening: false))
    let plain = try minute.training(set, runs: "other"), t = plain.experiment.training
    let optimizer = AdamW(plain.parameters, t.optimizer),
      average = MovingAverage(plain.parameters, decay: Float(t.average))
    let batches = Batches(plain.source, seed: plain.experiment.seed, size: t.batch, threads: 1)
    for step in 0..<5 {
      plain.gradients.clear()
      for part in 0..<t.accumulate {
        _ = try plain.gradient(try batches.batch(step * t.accumulate + part), step: step, part: part)
      }
      plain.gradients.finish()
      _ = optimizer.step(
        plain.parameters, plain.gradients, rate: Float(t.rate.at(step, of: 5)), clip: Float(t.clip),
        scale: 1 / Float(t.accumulate))
      average.update(plain.parameters, updates: optimizer.updates)
    }
    let hash = try plain.parameters.write(average.values, to: minute.scratch("plain.safetensors"))
    #expect(try Safetensors(path: run.path("weights.safetensors")).bufferHash == hash)
  }

  /// The first step warms up, so it says nothing of the rate.
  @Test func theTimeLeftWaitsForARate() {
    #expect(ProgressLine.left(2398, after: 1, in: 0.04) == "?" && ProgressLine.left(2398, after: 0, in: 3) == "?")
    #expect(ProgressLine.left(2000, after: 400, in: 10) == "50 s" && ProgressLine.left(0, after: 0, in: 0) == "0 s")
  }
}
