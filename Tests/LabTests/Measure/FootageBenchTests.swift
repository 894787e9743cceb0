import Bench
import Clips
import Compare
import Files
import Foundation
import Frames
import Lab
import Ledger
import Measures
import Media
import Runs
import Tensors
import TestKit
import Testing
import Training

/// Suite `footage/1`: a run asked of held-out clips.
@Suite(.serialized) struct FootageBenchTests {
  private func trained(_ words: [String] = []) throws -> (minute: Minute, run: Run) {
    let minute = try Minute()
    return (minute, try minute.training(["train.steps=4"] + words).run(until: Interruption(listening: false)))
  }

  private func options(_ count: Int? = 3) -> BenchOptions {
    var options = BenchOptions(suite: "footage", count: count)
    options.steps = 1
    return options
  }

  private func job(_ minute: Minute, _ run: Run, _ options: BenchOptions, threads: Int = 2) throws -> BenchJob {
    try BenchJob(
      reference: run.folder, runs: minute.scratch("runs"), options, home: HomeFolder(minute.scratch("home")),
      on: #require(Compute(threads: threads)))
  }

  private func problem(_ body: () throws -> Void) throws -> Problem {
    do { try body() } catch let problem as Problem { return problem }
    throw Problem("nothing was refused")
  }

  private func values(_ result: BenchResult) -> [[String: Double]] {
    result.subjects.flatMap { $0.instances.map(\.values) }
  }

  /// Every control has its row, the truth is the truth, what is used stands in the ledger; killed and on other threads,
  /// the same numbers.
  @Test func isMeasuredBesideItsControls() throws {
    let (minute, run) = try trained(), job = try job(minute, run, options()), found = try job.run(minute.quiet).result
    let names = found.subjects.map(\.name)
    #expect(
      names == [
        "model", "ground-truth", "re-encoded", "constant-motion", "frozen", "shuffled", "nearest-training", "base",
      ])
    #expect(found.suite == "footage/1" && found.primaries == ["psnr", "ssim", "tof_farneback"])
    #expect(found.protocolStamp.value["conditioning"]?.integer == 4 && found.model?.instances.count == 3)
    #expect(found.subjects.last?.note?.contains("scratch") == true)
    func mean(_ name: String, _ metric: String) -> Double {
      found.estimate(found.subjects[names.firstIndex(of: name) ?? 0].role, metric).value
    }
    #expect(mean("ground-truth", "psnr") == 100 && mean("ground-truth", "ssim") == 1)
    #expect(
      mean("re-encoded", "psnr") > mean("frozen", "psnr")
        && mean("frozen", "dynamic_degree_dis") < mean("ground-truth", "dynamic_degree_dis"))
    // Horizons are of frames that were not given: 1, 4 and the last.
    #expect(["psnr_h1", "psnr_h4", "psnr_h8", "ssim_h8"].allSatisfy { found.units[$0] != nil })
    #expect(found.units["psnr_h16"] == nil && mean("frozen", "psnr_h1") >= mean("frozen", "psnr_h8"))
    #expect(found.metrics.allSatisfy { PhysicsMetrics.named($0) == nil || found.units[$0] != nil })
    let uses = try LedgerReader.trail(run.path("ledger.jsonl")).evaluations.filter { $0.use == "bench" }
    // What reads the state out of frames was fitted on the 24 training windows first.
    #expect(uses.map { $0.clips.values.reduce(0, +) } == [24 * 12, 3 * 12])
    #expect(mean("ground-truth", "state_error_h1") < mean("shuffled", "state_error_h1"))
    // Killed after the first instance.
    let lines = try Disk.readText(job.file("jsonl")).split(separator: "\n", omittingEmptySubsequences: false)
    try Disk.write(lines.prefix(2).joined(separator: "\n") + "\n{\"torn", to: job.file("jsonl"))
    #expect(values(try self.job(minute, run, options()).run(minute.quiet).result) == values(found))
    for file in ["jsonl", "json"] { try FileManager.default.removeItem(atPath: job.file(file)) }
    #expect(values(try self.job(minute, run, options(), threads: 1).run(minute.quiet).result) == values(found))
    #expect(Disk.exists(job.file("mp4")) && Disk.exists(job.file("html")))
  }

  /// Visited during training, it leaves the weights as they are, and the ledger has the windows before each visit.
  @Test func isVisitedDuringTraining() throws {
    let entry = "evaluate=[{name: clips, suite: footage, every: 2, count: 3, steps: 1}]"
    let (minute, plain) = try trained()
    let run = try minute.training(["train.steps=4", entry], runs: "visited").run(until: Interruption(listening: false))
    #expect(try minute.hashes(run) == minute.hashes(plain) && run.name == plain.name)
    let visits = try Disk.readText(run.path("events.jsonl")).split(separator: "\n").filter {
      $0.contains("\"evaluation\"") && $0.contains("footage/1")
    }
    #expect(visits.count == 3 && visits.allSatisfy { $0.contains("constant-motion") && $0.contains("psnr") })
    let uses = try LedgerReader.trail(run.path("ledger.jsonl")).evaluations.filter { $0.use == "bench" }
    #expect(uses.map { $0.clips.values.reduce(0, +) } == [3 * 12, 3 * 12, 3 * 12])
    #expect(
      try problem { _ = try minute.experiment([entry.replacingOccurrences(of: "steps: 1", with: "cells: [x]")]) }.what
        .contains("footage"))
    // No held-out clip, no visit: before the first step.
    #expect(throws: Problem.self) {
      try minute.training(["train.steps=4", "window=12", entry, "consent={unsigned: []}"], runs: "none")
    }
  }

  /// The base stands beside what it became: with a rate of zero they are the same, and its clips are made once for all
  /// its adapters.
  @Test func theBaseStandsBeside() throws {
    let (minute, base) = try trained()
    func adapter(_ name: String, _ rate: Double) throws -> Run {
      try minute.training([
        "name=\(name)", "from=\(base.folder)", "lora={rank: 2}", "train.steps=2", "train.rate=\(rate)",
      ])
      .run(until: Interruption(listening: false))
    }
    let cache = ContentCache(runs: minute.scratch("runs"), limit: .max), still = try adapter("still", 0)
    let found = try job(minute, still, options()).run(minute.quiet).result
    func rows(_ result: BenchResult, _ name: String) -> [[String: Double]] {
      result.subjects.first { $0.name == name }?.instances.map(\.values) ?? []
    }
    #expect(rows(found, "base") == rows(found, "model") && rows(found, "base").count == 3)
    let kept = cache.entries().count
    #expect(kept == 3)
    let moved = try adapter("moved", 0.05), other = try job(minute, moved, options()).run(minute.quiet).result
    #expect(cache.entries().count == kept)
    #expect(rows(other, "base") == rows(found, "base") && rows(other, "model") != rows(found, "model"))
    #expect(try Comparison([still, moved]).result?.suite == "footage/1")
    // What was made of a clip goes with its content.
    #expect(cache.forget(cache.entries().map(\.content)) == kept)
  }

  /// Weights that are read where they lie, and are written into after they were hashed, are measured under nobody's name.
  @Test func weightsThatChangeAreNotMeasured() throws {
    let (minute, base) = try trained()
    let adapter = try minute.training(["name=adapter", "from=\(base.folder)", "lora={rank: 2}", "train.steps=2"]).run(
      until: Interruption(listening: false))
    let job = try job(minute, adapter, options()), weights = base.path("weights.safetensors")
    let file = try #require(FileHandle(forUpdatingAtPath: weights))
    try file.seek(toOffset: file.seekToEnd() - 3)
    try file.write(contentsOf: Data([0x11]))
    try file.close()
    #expect(try problem { _ = try job.run(minute.quiet) }.place?.contains("weights.safetensors") == true)
    #expect(try Disk.readText(job.file("jsonl")).split(separator: "\n").count == 1)
    #expect(ContentCache(runs: minute.scratch("runs"), limit: .max).entries().isEmpty)
  }

  /// Of another file all clips but those that were trained on; of the run's own its validation clips.
  @Test func otherFootage() throws {
    let (minute, run) = try trained(), copy = minute.scratch("copy.h5")
    try FileManager.default.copyItem(atPath: minute.scratch("worlds.h5"), toPath: copy)
    try FileManager.default.copyItem(
      atPath: Dataset(path: minute.scratch("worlds.h5")).manifestPath ?? "", toPath: copy + ".moved.json")
    var options = options(1000)
    options.footage = minute.scratch("worlds.h5")
    let own = try job(minute, run, options).run(minute.quiet).result
    #expect(own.model?.instances.count == 8 && own.notes.contains("there are 8 windows, not 1000"))
    options.footage = copy
    let unseen = try job(minute, run, options).run(minute.quiet).result
    options.takesSeenClips = true
    let all = try job(minute, run, options).run(minute.quiet).result
    #expect(all.model?.instances.count == 32)
    #expect((unseen.model?.instances.count ?? 0) < 32 && unseen.notes.contains { $0.contains("trained on left out") })
  }

  /// One message each; hours say how many.
  @Test func badInputIsRefused() throws {
    let (minute, run) = try trained()
    var hours = options(nil)
    hours.hours = 1e-9
    #expect(try problem { _ = try job(minute, run, hours) }.place == "--hours")
    hours.hours = 1
    #expect(try job(minute, run, hours).run(minute.quiet).result.model?.instances.count == 8)
    // Begun for three, on a machine that was slower, it goes on with three.
    let begun = try job(minute, run, hours), path = begun.file("jsonl")
    let lines = try Disk.readText(path).split(separator: "\n", omittingEmptySubsequences: false)
    let head = lines[0].replacingOccurrences(of: "\"count\":8", with: "\"count\":3")
    #expect(head != lines[0])
    try Disk.write(head + "\n", to: path)
    let again = try job(minute, run, hours)
    #expect(try again.path == begun.path && again.run(minute.quiet).result.model?.instances.count == 3)
    hours.count = 2
    #expect(try problem { _ = try job(minute, run, hours) }.place == "--hours")
    var scenes = options()
    scenes.scenarios = ["projectile"]
    #expect(try problem { _ = try job(minute, run, scenes) }.place == "--suite")
    var file = BenchOptions(suite: "wm-eval")
    file.footage = minute.scratch("worlds.h5")
    #expect(try problem { _ = try job(minute, run, file) }.place == "--data")
    file.suite = nil
    file.footage = minute.scratch("nothing.h5")
    #expect(try problem { _ = try job(minute, run, file) }.place?.contains("nothing.h5") == true)
  }

  /// The last frame moves on as the last two did: a pan goes on, and a still picture stays.
  @Test func constantMotionGoesOn() throws {
    let side = 48
    func frame(_ shift: Int) -> [UInt8] {
      (0..<side * side * 3).map { i in
        let x = (i / 3 % side) - shift, y = i / 3 / side
        return UInt8(truncatingIfNeeded: 127 + Int(60 * sin(Double(x) / 3) + 60 * cos(Double(y) / 4 + Double(x) / 7)))
      }
    }
    func clip(_ speed: Int) -> Frames {
      Frames(
        count: 5, height: side, width: side, pixels: (0..<5).flatMap { frame($0 * speed) }, fps: FrameRate(10))
    }
    let pan = clip(2), still = clip(0)
    let moved = try Controls.constantMotion(pan, conditioning: 2), frozen = Controls.frozen(pan, conditioning: 2)
    func psnr(_ a: Frames, _ b: Frames) -> Double { PSNR.measure(Evidence(a, reference: b, threads: 1)).number ?? 0 }
    #expect(psnr(moved, pan) > psnr(frozen, pan) + 6)
    #expect(psnr(try Controls.constantMotion(still, conditioning: 2), still) > 40)
    #expect(try problem { _ = try Controls.constantMotion(pan, conditioning: 1) }.what.contains("no motion"))
    #expect(
      AtHorizon.horizons(frames: 17, given: 1) == [1, 4, 16] && AtHorizon.horizons(frames: 12, given: 4) == [1, 4, 8])
  }
}
