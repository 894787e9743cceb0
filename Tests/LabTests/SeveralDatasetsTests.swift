import Clips
import Consent
import Export
import Files
import Foundation
import Frames
import Lab
import Ledger
import Runs
import Tensors
import TestKit
import Testing
import Training
import Worlds

/// Several datasets in one run: all are drawn from, and each clip is granted and booked under its own dataset's
/// manifest.
@Suite(.serialized) struct SeveralDatasetsTests {
  /// The minute's 24 training clips of "tests", and 12 of "another", which also grants them under the name "own".
  private static let both = "data=[{path: worlds.h5}, {path: falls.h5}]"
  private static let few = ["train.batch=2", "train.accumulate=2"]

  private func minute() throws -> Minute {
    let minute = try Minute()
    try Self.render(.freeFall, count: 16, to: minute.scratch("falls.h5"), minute)
    return minute
  }

  private static func render(
    _ scenario: Scenario, count: Int, size: Int = 32, texture: Int = 0, to path: String, _ minute: Minute
  ) throws {
    var setting = try Setting(size: size, frames: 12)
    if texture > 0 { setting.backdrop = .noise(amplitude: Double(texture)) }
    try WorldsRender(scenarios: [scenario], count: count, setting: setting, validationShare: 0.25).write(
      to: path, licensor: "another", minute.quiet)
  }

  private func train(_ minute: Minute, _ set: [String], runs: String = "runs") throws -> Run {
    try minute.training(set, runs: runs).run(until: Interruption(listening: false))
  }

  @Test func oneEpochShowsEveryClipOfBothOnce() throws {
    let minute = try minute(), run = try train(minute, [Self.both, "train.steps=9"] + Self.few)
    let ledger = try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash)
    #expect(ledger.clips.count == 36 && ledger.clips.values.allSatisfy { $0.seen == 12 })
    #expect(ledger.licensors.mapValues(\.seen) == ["tests": 24 * 12, "another": 12 * 12])
    // Both manifests call their grant "own"; whose it is, is in the terms of every clip.
    let manifests = try ["worlds", "falls"].map { try Manifest(path: minute.scratch("\($0).optin.json")) }
    let entries = try LedgerUsage(run.path("ledger.jsonl"), run: run.hash).entries
    #expect(
      Set(entries.keys.map { "\($0.licensor) \($0.manifest)" })
        == Set(manifests.map { "\($0.licensor.id) \($0.sha256)" }))
    // What is held out comes from both, and is told apart from training.
    #expect(Set(ledger.evaluations.licensors.keys) == ["tests", "another"] && ledger.evaluations.clips.count == 8 + 4)
    #expect(Set(ledger.evaluations.clips.keys).isDisjoint(with: ledger.clips.keys))
  }

  /// Stopped and continued, on other threads, the weights are the same.
  @Test func stoppedAndContinuedEqualsUninterrupted() throws {
    let minute = try minute(), set = [Self.both, "train.steps=6"], straight = try train(minute, set, runs: "a")
    let interruption = Interruption(listening: false)
    interruption.ask()
    #expect(problem { try minute.training(set, runs: "b").run(until: interruption) }.exit == .preempted)
    let other = try #require(Compute(threads: 7))
    let continued = try minute.training(set, runs: "b", on: other).run(until: Interruption(listening: false))
    #expect(continued.hash == straight.hash)
    #expect(try minute.hashes(continued) == minute.hashes(straight))
    // The datasets' order is the windows', so it is another run; so is each of them alone.
    let swapped = try minute.training(["data=[{path: falls.h5}, {path: worlds.h5}]", "train.steps=6"]).run.hash
    let alone = try ["worlds", "falls"].map {
      try minute.training(["data=[{path: \($0).h5}]", "train.steps=6"]).run.hash
    }
    #expect(Set([straight.hash, swapped] + alone).count == 4)
  }

  /// Leaving out a grant of one manifest leaves the other's of the same name alone.
  @Test func aGrantIsLeftOutOfItsOwnManifestOnly() throws {
    let minute = try minute()
    let run = try train(
      minute, ["data=[{path: worlds.h5}, {path: falls.h5, without: [own]}]", "train.steps=6"] + Self.few)
    let ledger = try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash)
    #expect(ledger.clips.count == 24 && Set(ledger.licensors.keys) == ["tests"])
  }

  /// A manifest grants what it lists: it is no key to another dataset.
  @Test func anothersManifestAdmitsNothing() throws {
    let minute = try minute()
    let training = try minute.training(["data=[{path: worlds.h5}, {path: falls.h5, manifest: worlds.optin.json}]"])
    #expect(training.source.gates.map { $0.admissions(split: .train).count } == [24, 0])
    #expect(training.source.gates[1].refused.count == 16 && training.source.admissions.count == 24)
    #expect(training.source.gates[1].refused.allSatisfy { $0.decision.reasons.map(\.code) == [.unlistedClip] })
  }

  @Test func whatDoesNotFitTogetherIsRefused() throws {
    let minute = try minute()
    try Self.render(.freeFall, count: 8, size: 64, to: minute.scratch("large.h5"), minute)
    let large = problem { try minute.training(["data=[{path: worlds.h5}, {path: large.h5}]"]) }
    #expect(large.what.contains("64×64") && large.what.contains("32×32") && large.place == minute.scratch("large.h5"))
    // The same names over other pixels: a ledger could not say which was meant.
    try Self.render(.projectile, count: 8, texture: 20, to: minute.scratch("double.h5"), minute)
    let double = problem { try minute.training(["data=[{path: worlds.h5}, {path: double.h5}]"]) }
    #expect(double.contains("different clips") && double.contains("projectile/train/000000"), "\(double)")
    let gone = problem { try minute.training(["data=[{path: worlds.h5}, {path: nope.h5}]"]) }
    #expect(gone.place?.contains("nope.h5") == true)
    #expect(RunsFolder(path: minute.scratch("runs")).runs().runs.isEmpty)
  }

  /// Both licensors are on the card, in the metadata and in the bills, each with its own manifest beside the weights.
  @Test func anExportCarriesBothManifests() throws {
    let minute = try minute(), run = try train(minute, [Self.both, "train.steps=9"] + Self.few),
      out = minute.scratch("model")
    let made = try Export(run, out: out, home: HomeFolder(minute.scratch("home"))).write(
      on: minute.compute, minute.quiet)
    let manifests = try ["optin.json", "optin-2.json"].map { try Manifest(path: out + "/" + $0) }
    #expect(manifests.map(\.licensor.id) == ["tests", "another"])
    let weights = try Safetensors(path: out + "/transformer/diffusion_pytorch_model.safetensors")
    let summary = try JSON.parse(#require(weights[metadata: "ledger_summary"]), at: "summary")
    #expect(
      summary["manifests"]?.array?.compactMap(\.string) == manifests.map(\.sha256)
        && summary["frames_seen"]?.integer == 36 * 12)
    let shares = try summary.items("shares").map {
      "\($0["licensor"]?.string ?? "") \($0["clips"]?.integer ?? 0) \($0["frames_seen"]?.integer ?? 0)"
    }
    #expect(shares == ["tests 24 288", "another 12 144"])
    let card = try Disk.readText(out + "/README.md")
    for words in ["**tests**", "**another**", "`optin*.json`", made.weightsHash] {
      #expect(card.contains(words), "\(words)")
    }
    let croissant = try JSON.parse(Disk.readText(out + "/croissant.json"), at: "croissant")
    #expect(croissant["recordSet"]?[0]?["data"]?.array?.count == 36)
  }
}
