import Bench
import Compare
import Diffusion
import Files
import Foundation
import Measures
import Runs
import TestKit
import Testing
import Worlds

/// Runs made by hand: everything a comparison reads, without training.
struct PaperRuns {
  let scratch: Scratch
  var runs: String { scratch("runs") }

  init() throws {
    scratch = try Scratch()
    try Disk.makeFolder(runs)
  }

  /// A finished run without ledger, weights or samples.
  func run(
    _ name: String, rate: Double = 0.001, seed: Int = 0, heldOut: [Double]? = nil, events: String? = nil
  ) throws -> Run {
    let yaml =
      "name: \(name)\ndata: [{path: \(scratch("worlds.h5"))}]\nwindow: 8\nmodel: {dim: 32, heads: 2, layers: 1, patch: [4, 2, 2]}\ncodec: {space: 4}\ntrain: {steps: 4, rate: \(rate)}\nseed: \(seed)\n"
    try Disk.write(yaml, to: scratch(name + ".yaml"))
    let e = try Experiment(path: scratch(name + ".yaml"))
    let spec = WorldModel.Spec(
      transformer: e.transformer, codec: e.codec, objective: e.objective, captions: e.captions, frames: 8, height: 32,
      width: 32, context: 0, fps: "10/1")
    var run = Run(
      folder: runs + "/" + name, experiment: e, product: .world(spec), hash: String(repeating: "ab", count: 32),
      steps: 4,
      machine: RunMachine(["build": "test"]))
    (run.status, run.step) = (.done, 4)
    run.cost = RunCost(["wall_seconds": 12.0, "parameters": 1234])
    try run.save()
    let held =
      heldOut.map {
        JSON.line([
          "kind": "held_out", "step": 4, "loss": .number($0.reduce(0, +) / Double($0.count)),
          "losses": .array($0.map { .number($0) }),
        ]) + "\n"
      } ?? ""
    if let events {
      try Disk.write(events + held, to: run.path("events.jsonl"))
    } else if heldOut != nil {
      try Disk.write(held, to: run.path("events.jsonl"))
    }
    return run
  }

  /// `score` of instance i, for the model; the controls do badly, except that nothing flickers less than a frozen clip.
  func bench(
    _ run: Run, count: Int = 40, resolution: String = "64x64", cell: String = "id-val", first: Int = 0,
    lacking: Int? = nil, score: (Int) -> Double
  ) throws {
    func instances(_ values: (Int) -> [String: Double]) -> [BenchResult.InstanceValues] {
      (first..<first + count).map {
        .init(id: "free-fall/\(cell)/\($0)", scenario: "free-fall", cell: cell, values: values($0))
      }
    }
    let model = instances { i in
      i == lacking ? ["luma_flicker_d2": 1] : ["physics_tol5": score(i), "luma_flicker_d2": 1 + Double(i % 3) / 10]
    }
    let frozen = instances { ["physics_tol5": 5 + Double($0 % 2), "luma_flicker_d2": 0] }
    let result = BenchResult(
      suite: "physics-tiny/1",
      protocolStamp: ProtocolStamp([
        "suite": "physics-tiny/1", "resolution": .string(resolution), "fps": "10/1",
      ]),
      subjectStamp: SubjectStamp(["name": .string(run.name)]),
      subjects: [
        .init(.model, instances: model),
        .init(.control(.frozen), instances: frozen),
      ],
      units: ["physics_tol5": "points of 100", "luma_flicker_d2": "levels"],
      better: ["physics_tol5": .higher, "luma_flicker_d2": .lower])
    try result.write(to: run.path("bench/physics-tiny.json"))
  }

  /// Deterministic noise in −1…1.
  static func noise(_ i: Int, _ k: Int) -> Double { sin(Double(i * 37 + k * 101)) }
}

extension BenchResult {
  /// As if the suite had declared other primaries.
  mutating func declare(_ primaries: [String]) {
    var value = protocolStamp.value
    value.set("primary", .array(primaries.map { .string($0) }))
    protocolStamp = ProtocolStamp(value)
  }
}

@Suite struct BenchResultTests {
  @Test func readsWhatItWrites() throws {
    let paper = try PaperRuns(), run = try paper.run("a")
    try paper.bench(run, count: 3, lacking: 1) { Double($0) }
    let path = run.path("bench/physics-tiny.json"), result = try BenchResult(path: path)
    #expect(try BenchResult(result.value, at: "again") == result)
    #expect(result.metrics == ["physics_tol5", "luma_flicker_d2"])
    #expect(result.estimate(.model, "physics_tol5").value == 1)
    #expect(result.estimate(.model, "physics_tol5").note == "does not apply to 1 of 3 instances")
    #expect(result.difference(.model, .control(.frozen), metric: "physics_tol5")?.difference.n == 2)
    #expect(result.stamp("physics_tol5").description.contains("resolution=64x64"))
  }

  /// NaN is written as null and read as absent: never as a number.
  @Test func notANumberIsNull() throws {
    let paper = try PaperRuns(), run = try paper.run("a")
    try paper.bench(run, count: 3) { $0 == 0 ? .nan : 10 }
    let path = run.path("bench/physics-tiny.json")
    #expect(try Disk.readText(path).contains("\"physics_tol5\": null"))
    #expect(try BenchResult(path: path).estimate(.model, "physics_tol5").n == 2)
  }

  @Test func refusesWhatItCannotPair() throws {
    let paper = try PaperRuns(), run = try paper.run("a")
    try paper.bench(run, count: 3) { Double($0) }
    let path = run.path("bench/physics-tiny.json"), text = try Disk.readText(path)
    func broken(_ old: String, _ new: String) -> String {
      problem { try BenchResult(try JSON.parse(text.replacingOccurrences(of: old, with: new), at: "x"), at: "x") }
        .description
    }
    #expect(broken("\"suite\"", "\"siute\"").contains("did you mean 'suite'"))
    #expect(broken("bench/1", "bench/9").contains("bench/9"))
    #expect(broken("\"better\": \"higher\"", "\"better\": \"more\"").contains("higher or lower"))
    var result = try BenchResult(path: path)
    result.subjects[1].instances.removeLast()
    #expect(problem { try result.write(to: path) }.what.contains("other instances"))
    #expect(try Disk.readText(path) == text, "the old file stands")
  }
}

@Suite struct CompareTests {
  private func pair(_ gain: Double, spread: Double = 3) throws -> (PaperRuns, [Run]) {
    let paper = try PaperRuns(), a = try paper.run("a", heldOut: (0..<12).map { 1 + PaperRuns.noise($0, 5) / 4 }),
      b = try paper.run("b", rate: 0.002, heldOut: (0..<12).map { 0.8 + PaperRuns.noise($0, 5) / 4 })
    try paper.bench(a) { 40 + 20 * PaperRuns.noise($0, 1) }
    try paper.bench(b) { 40 + gain + 20 * PaperRuns.noise($0, 1) + spread * PaperRuns.noise($0, 2) }
    return (paper, [a, b])
  }

  @Test func saysWhichIsBetter() throws {
    let (paper, runs) = try pair(3)
    defer { withExtendedLifetime(paper) {} }
    let c = try Comparison(runs)
    let verdict = try #require(c.verdicts.first { $0.metric == "physics_tol5" })
    #expect(verdict.outcome == .better)
    #expect(verdict.sentence.hasPrefix("Of these checkpoints, B is better than A on physics_tol5 by "))
    #expect(verdict.sentence.contains("points of 100 (40 instances, p "))
    // Pairing is what finds it: the instances vary four times more than the gain.
    #expect(try #require(c.metrics[0].groups[0].rows[0].estimate.high) > c.metrics[0].groups[0].rows[1].estimate.value)
    #expect(c.best?.label == "B")
    #expect(c.changed.map(\.key) == ["train.rate"])
    // The other way round the same difference is a loss.
    let turned = try Comparison(runs.reversed())
    #expect(turned.verdicts.first { $0.metric == "physics_tol5" }?.outcome == .worse)
    #expect(turned.best?.label == "A")
  }

  @Test func claimsNothingWithoutEvidence() throws {
    let (paper, runs) = try pair(0.1, spread: 15)
    defer { withExtendedLifetime(paper) {} }
    let c = try Comparison(runs)
    let verdict = try #require(c.verdicts.first { $0.metric == "physics_tol5" })
    #expect(verdict.outcome == .noDifference)
    #expect(verdict.sentence.hasPrefix("No difference between the checkpoints B and A can be claimed on physics_tol5"))
    #expect(c.best == nil)
  }

  /// Lower is better for flicker and loss: the sign of the claim must follow the metric, and the amount prints
  /// positive.
  @Test func followsTheMetricsDirection() throws {
    let (paper, runs) = try pair(5)
    defer { withExtendedLifetime(paper) {} }
    let c = try Comparison(runs)
    let held = try #require(c.verdicts.first { $0.metric == "held_out_loss" })
    #expect(held.outcome == .better)
    #expect(held.sentence.contains("by 0.2 [") && held.sentence.contains("lower is better (12 clips"))
    #expect(c.verdicts.first { $0.metric == "luma_flicker_d2" }?.outcome == .noDifference)
    #expect(c.controls.map(\.sentence).contains("On luma_flicker_d2, A and B are beaten by frozen."))
    // Held-out loss is no suite's metric: it is a family of its own.
    #expect(c.tests == 2 && held.adjusted == held.comparison?.p)
  }

  /// Holm's adjusted p never falls below the raw one, nor out of order, and one metric alone is not adjusted.
  @Test func adjustsOverTheFamily() throws {
    let (paper, runs) = try pair(2, spread: 9)
    defer { withExtendedLifetime(paper) {} }
    let c = try Comparison(runs)
    let tests = c.verdicts.filter { $0.metric != "held_out_loss" }.compactMap { v in
      v.comparison.flatMap { c in v.adjusted.map { (c.p, $0) } }
    }.sorted { $0.0 < $1.0 }
    #expect(tests.count == 2 && tests.allSatisfy { $0.1 >= $0.0 && $0.1 <= 1 })
    #expect(tests[0].1 <= tests[1].1)
    #expect(abs(tests[0].1 - min(1, 2 * tests[0].0)) < 1e-12)
    let alone = try Comparison(runs, metric: "physics_tol5")
    #expect(
      alone.tests == 1 && alone.verdicts.count == 1 && alone.verdicts[0].adjusted == alone.verdicts[0].comparison?.p)
  }

  @Test func keepsOutOfDistributionApart() throws {
    let paper = try PaperRuns(), runs = try ["a", "b"].map { try paper.run($0) }
    for (k, run) in runs.enumerated() {
      try paper.bench(run) { 40 + Double(k) * 10 + PaperRuns.noise($0, k) }
      var all = try BenchResult(path: run.path("bench/physics-tiny.json"))
      try paper.bench(run, cell: "ood-r-lo") { 20 - Double(k) * 10 + PaperRuns.noise($0, k) }
      let outside = try BenchResult(path: run.path("bench/physics-tiny.json"))
      for i in all.subjects.indices { all.subjects[i].instances += outside.subjects[i].instances }
      try all.write(to: run.path("bench/physics-tiny.json"))
    }
    let c = try Comparison(runs), physics = c.verdicts.filter { $0.metric == "physics_tol5" }
    #expect(physics.map(\.outcome) == [.better, .worse])
    #expect(physics[1].sentence.contains("(out of distribution)"))
  }

  @Test func refusesAnotherProtocolAndShowsIt() throws {
    let paper = try PaperRuns(), a = try paper.run("a"), b = try paper.run("b")
    try paper.bench(a) { Double($0) }
    try paper.bench(b, resolution: "128x128") { Double($0) }
    let refused = problem { try Comparison([a, b]) }
    #expect(refused.what.contains("resolution: a 64x64, b 128x128") && refused.exit == .failure)
  }

  @Test func refusesOtherInstances() throws {
    let paper = try PaperRuns(), a = try paper.run("a"), b = try paper.run("b")
    try paper.bench(a) { Double($0) }
    try paper.bench(b, first: 2) { Double($0) }
    #expect(problem { try Comparison([a, b]) }.what.contains("2 only in A (free-fall/id-val/0, free-fall/id-val/1)"))
  }

  @Test func refusesWhatWasNotBenched() throws {
    let (paper, runs) = try pair(5), bare = try paper.run("bare")
    #expect(problem { try Comparison([runs[0], bare]) }.fix?.contains("orrery bench bare") == true)
    #expect(problem { try Comparison([runs[0], runs[0]]) }.exit == .usage)
    #expect(problem { try Comparison([runs[0]]) }.exit == .usage)
    #expect(problem { try Comparison(runs, metric: "physics_tol6") }.what.contains("did you mean 'physics_tol5'"))
    // Held-out losses alone need no bench, and where nobody was benched they are what is compared.
    let losses = try ["x", "y"].map { try paper.run($0, heldOut: [1, 2, 3]) }
    let alone = try Comparison(losses)
    #expect(alone.result == nil && alone.metrics.map(\.metric) == ["held_out_loss"])
    #expect(alone.notes.contains { $0.contains("No run is benched") })
    #expect(problem { try Comparison([losses[0], bare]) }.what.contains("cannot be compared: B has none"))
    #expect(try Comparison(runs, suite: Comparison.noSuite).verdicts.map(\.metric) == ["held_out_loss"])
  }

  @Test func saysWhyHeldOutLossesAreNotCompared() throws {
    let (paper, runs) = try pair(5), other = try paper.run("other", heldOut: [1, 2, 3])
    try paper.bench(other) { Double($0) }
    #expect(try Comparison([runs[0], other]).heldOut.reason == "the runs saw different numbers of held-out clips")
    let none = try paper.run("none")
    try paper.bench(none) { Double($0) }
    #expect(
      try Comparison([runs[0], none]).notes.contains { $0.contains("held-out losses are not compared: B has none") })
  }
}
