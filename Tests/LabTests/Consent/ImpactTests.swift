import Bench
import Consent
import Export
import Files
import Foundation
import Frames
import Ledger
import Provenance
import Runs
import TestKit
import Testing
import Training

/// A grant is withdrawn: who used it, how much, and the way to weights without it.
@Suite(.serialized) struct ImpactTests {
  private func impact(_ minute: Minute, _ grant: String?, licensor: String? = nil) throws -> ConsentImpact {
    try ConsentImpact(
      .init(grant: grant, licensor: licensor), runs: minute.scratch("runs"), home: minute.options().home)
  }

  @Test func runsCheckpointsAndExportsAreNamedWithTheirShares() throws {
    let minute = try Minute()
    try DepartureTests.shorten(minute) { $0.set("max_exposures", 10_000) }
    let run = try minute.training().run(until: Interruption(listening: false))
    _ = try Export(run, out: minute.scratch("model")).write(on: minute.compute, minute.quiet)
    let found = try impact(minute, "short"), item = try #require(found.items.first)
    let trail = try LedgerReader.trail(run.path("ledger.jsonl"))
    func seen(upTo step: Int) -> Int {
      trail.exposures.filter { $0.steps.upperBound <= step }.flatMap(\.clips).filter {
        DepartureTests.few.contains($0.key)
      }.reduce(0) { $0 + $1.value.seen }
    }
    #expect(found.items.count == 1 && found.ledgers == 1 && item.run == run.name && item.clips == 6)
    #expect(item.share.seen == seen(upTo: 12) && item.share.allSeen == 12 * 48 && item.share.seen == 6 * 24)
    #expect(
      item.checkpoints.map(\.step) == [4, 8, 12] && item.checkpoints.map(\.share.seen) == [4, 8, 12].map(seen)
        && item.checkpoints.map(\.share.allSeen) == [192, 384, 576])
    #expect(
      item.exports.count == 1 && item.exports[0].path == minute.scratch("model") && item.exports[0].share == item.share
        && item.exports[0].isThere)
    #expect(item.exports[0].weights == item.checkpoints[2].weights)
    #expect(
      found.text.contains("25.00 %") && found.text.contains(run.name)
        && found.value["runs"]?[0]?["use"]?["seen"]?.integer == 144)
    #expect(try impact(minute, nil, licensor: "tests").items[0].share.seen == 576)
    let stranger = try impact(minute, "shot")
    #expect(
      stranger.items.isEmpty && stranger.text.contains("no run has used")
        && stranger.text.contains("did you mean 'short'"))
    #expect(throws: Problem.self) { try impact(minute, nil) }
    // What was looked at is told apart.
    let looked = try #require(try impact(minute, "own").items.first)
    #expect(looked.evaluated == 3 * 8 * 12)
  }

  @Test func aBaseCarriesItOn() throws {
    let minute = try Minute()
    try DepartureTests.shorten(minute) { $0.set("max_exposures", 10_000) }
    let base = try minute.training(["train.steps=6"]).run(until: Interruption(listening: false))
    _ = try Export(base, out: minute.scratch("model")).write(on: minute.compute, minute.quiet)
    let without = "data=[{path: \(minute.scratch("worlds.h5")), without: [short]}]"
    let runs = try [base.folder, minute.scratch("model")].enumerated().map { i, from in
      try minute.training(["name=tuned\(i)", "train.steps=2", "from=\(from)", without]).run(
        until: Interruption(listening: false))
    }
    let found = try impact(minute, "short")
    #expect(found.items.map(\.run).sorted() == ([base] + runs).map(\.name).sorted())
    for run in runs {
      let item = try #require(found.items.first { $0.run == run.name })
      #expect(item.share.seen == 0 && item.through == base.name)
      #expect(throws: Problem.self) {
        try RetrainPlan(run, without: "short", licensor: nil, out: minute.scratch("x.yaml"))
      }
    }
  }

  @Test func thePlannedExperimentRunsWithoutTheGrant() throws {
    let minute = try Minute(), out = minute.scratch("again.yaml")
    try DepartureTests.shorten(minute) { $0.set("max_exposures", 10_000) }
    let run = try minute.training().run(until: Interruption(listening: false))
    let plan = try RetrainPlan(run, without: "short", licensor: nil, out: out)
    #expect(plan.value["clips_before"] == 24 && plan.value["clips_after"] == 18)
    let told = try Call(["finetune", out, "--runs", minute.scratch("runs"), "--json"], in: minute.scratch.path).outcome(
      seconds: 120)
    #expect(told.code == 0, "\(told.everything)")
    let again = try Run(
      folder: #require(try JSON.parse(told.out.trimmingCharacters(in: .newlines), at: "out")["folder"]?.string))
    #expect(again.hash != run.hash && again.experiment.training == run.experiment.training && again.step == 12)
    let sum = try LedgerReader.verify(again.path("ledger.jsonl"), run: again.hash)
    #expect(
      sum.grants["short"] == nil && sum.total.seen == 576 && Set(sum.clips.keys).isDisjoint(with: DepartureTests.few))
    #expect(try impact(minute, "short").items.map(\.run) == [run.name])
    #expect(throws: Problem.self) { try RetrainPlan(run, without: "short", licensor: nil, out: out) }
    #expect(throws: Problem.self) {
      try RetrainPlan(run, without: "shrt", licensor: nil, out: minute.scratch("y.yaml"))
    }
    #expect(throws: Problem.self) {
      try RetrainPlan(run, without: "own", licensor: "somebody", out: minute.scratch("z.yaml"))
    }
    // Without the other grant too nothing is left, and nothing is written.
    let nothing = #expect(throws: Problem.self) {
      try RetrainPlan(again, without: "own", licensor: nil, out: minute.scratch("nothing.yaml"))
    }
    #expect(
      nothing?.what.contains("nothing is left to train on") == true && nothing?.exit == .failure
        && !Disk.exists(minute.scratch("nothing.yaml")))
    // A misspelt name would leave nothing out.
    let typo = #expect(throws: Problem.self) {
      try minute.training(["data=[{path: \(minute.scratch("worlds.h5")), without: [shrt]}]"])
    }
    #expect(typo?.exit == .usage && typo?.what.contains("did you mean 'short'") == true)
  }

  /// Conditioning is recorded in the run's ledger, and in the person's own while somebody holds that one.
  @Test func conditioningIsRecorded() throws {
    let minute = try Minute(), run = try minute.training(["train.steps=2"]).run(until: Interruption(listening: false)),
      home = try #require(minute.options().home)
    let given = try Conditioning(
      .clip(dataset: minute.scratch("worlds.h5"), id: "projectile/id-val/000000"),
      for: try run.model(on: minute.compute), frames: 4, manifest: nil,
      request: ConsentRequest(action: .evaluate, unsignedBases: [.ownWork]),
      recordedIn: EvaluationLedger(run: run, model: "x", home: home))
    let own = run.path("ledger.jsonl"), other = home.file("evaluations.jsonl")
    #expect(try given.recordedFrames().count == 4)
    let sum = try LedgerReader.verify(own, run: run.hash)
    #expect(sum.evaluations.uses["conditioning"] == 4 && sum.total.seen == 2 * 48 && sum.signing.covered == sum.records)
    let held = try LedgerWriter(path: own, run: run.hash)
    #expect(try !Disk.exists(other) && given.recordedFrames().count == 4 && held.countedTo == 2)
    let kept = try LedgerReader.verify(other)
    #expect(kept.signing.keys.count == 1 && kept.signing.covered == kept.records)
    #expect(try LedgerReader.trail(other).evaluations.map(\.model) == [run.hash])
    #expect(try impact(minute, "own").elsewhere == 4)
  }
}
