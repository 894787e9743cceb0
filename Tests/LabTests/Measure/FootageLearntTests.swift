import Bench
import Files
import Foundation
import Lab
import LearnedMeasures
import Measures
import Runs
import Tensors
import TestKit
import Testing
import Training
import Worlds

/// Suite `footage/1` with networks' weights, here small ones of random numbers: LPIPS a clip, FVD and KVD a set.
@Suite(.serialized) struct FootageLearntTests {
  private func trained() throws -> (minute: Minute, run: Run) {
    let minute = try Minute()
    return (minute, try minute.training(["train.steps=4"]).run(until: Interruption(listening: false)))
  }

  private func job(
    _ minute: Minute, _ run: Run, _ features: String?, footage: String? = nil, count: Int, vgg: Bool = false,
    threads: Int = 2
  ) throws -> BenchJob {
    var options = BenchOptions(suite: "footage", count: count)
    (options.steps, options.footage, options.asksVGG) = (1, footage, vgg)
    options.features = try features.map { try FeaturesFolder($0) }
    return try BenchJob(
      reference: run.folder, runs: minute.scratch("runs"), options, home: HomeFolder(minute.scratch("home")),
      on: #require(Compute(threads: threads)))
  }

  /// Without weights every key is there, n/a, and says how to have it.
  @Test func keysStandWithoutWeights() throws {
    let (minute, run) = try trained(), found = try job(minute, run, nil, count: 2).run(minute.quiet).result
    for (metric, recipe) in [("lpips", "lpips"), ("lpips_h1", "lpips"), ("fvd", "i3d"), ("kvd", "i3d")] {
      let estimate = found.estimate(.model, metric)
      #expect(found.units[metric] != nil && !estimate.isApplicable, "\(metric)")
      #expect(estimate.note.contains("datasets/\(recipe)/make.sh"), "\(estimate.note)")
    }
    #expect(found.protocolStamp.value["features"] == nil && found.units["lpips_vgg"] == nil)
    #expect(found.better["fvd"] == .lower)
  }

  /// With weights: the truth is at no distance, the frozen clip farther than the re-encoded one; the protocol names the
  /// weights; killed, and on other threads, the same numbers.
  @Test func isMeasuredWithWeights() throws {
    let (minute, run) = try trained(), folder = Fixture.path("learnt")
    let job = try job(minute, run, folder, count: 3, vgg: true), found = try job.run(minute.quiet).result
    for metric in ["lpips", "lpips_vgg"] {
      func mean(_ control: BenchControl) -> Double { found.estimate(.control(control), metric).value }
      #expect(mean(.groundTruth) == 0 && 0 < mean(.reencoded) && mean(.reencoded) < mean(.frozen), "\(metric)")
      #expect(found.estimate(.model, metric).n == 3 && found.units[metric + "_h8"] != nil)
    }
    let hashes = found.protocolStamp.value["features"]
    #expect(hashes?["alexnet"]?.string == (try Hashing.sha256(file: folder + "/alexnet.ckpt")))
    #expect(hashes?["i3d"]?.string == (try Hashing.sha256(file: folder + "/i3d-kinetics-400.ckpt")))
    #expect(hashes?["vit"]?.string != nil)
    let steady = found.estimate(.control(.frozen), AppearanceViT.name).value
    #expect(found.estimate(.control(.shuffled), AppearanceViT.name).value < steady && steady <= 1)
    #expect(found.estimate(.model, "fvd").note == "3 clips; takes at least 32")
    #expect(try BenchResult(path: job.path) == found)
    let lines = try Disk.readText(job.file("jsonl")).split(separator: "\n", omittingEmptySubsequences: false)
    try Disk.write(lines.prefix(2).joined(separator: "\n") + "\n", to: job.file("jsonl"))
    let again = try self.job(minute, run, folder, count: 3, vgg: true, threads: 1).run(minute.quiet).result
    #expect(again.subjects == found.subjects)
  }

  /// Of enough clips: an interval around each set's distance, none of the truth from itself.
  @Test func setsHaveDistances() throws {
    let (minute, run) = try trained(), other = minute.scratch("others.h5")
    try WorldsRender(
      scenarios: [.projectile], count: 33, setting: Setting(size: 32, frames: 12), validationShare: 0, first: 1000
    ).write(to: other, licensor: "tests", minute.quiet)
    let job = try job(minute, run, Fixture.path("learnt"), footage: other, count: 33),
      found = try job.run(minute.quiet).result
    for metric in ["fvd", "kvd"] {
      let model = found.estimate(.model, metric), encoded = found.estimate(.control(.reencoded), metric)
      #expect(model.n == 33 && encoded.n == 33 && model.note.contains("n = 33"))
      #expect((model.low ?? .infinity) < model.value && model.value < (model.high ?? 0))
      #expect(!found.estimate(.control(.groundTruth), metric).isApplicable)
      #expect(encoded.value < found.estimate(.control(.frozen), metric).value)
    }
    #expect(try BenchResult(path: job.path) == found && BenchFindings(found).text.contains("fvd"))
  }
}
