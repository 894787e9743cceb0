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

  /// What an export held when it left, though a resume took it back and another clip came instead.
  @Test func anExportIsJudgedByWhatCountedThen() throws {
    let minute = try Minute(), path = minute.scratch("l"), hash = String(repeating: "ab", count: 32)
    func terms(_ clip: String, _ grant: String) -> AdmittedTerms {
      AdmittedTerms(
        clip: clip, datasetPath: "d.h5",
        terms: ClipTerms(
          grant: grant, licensor: "tests", basis: .ownWork, standing: .selfDeclared, signer: nil,
          manifestSHA256: hash, framesSHA256: hash, action: .fineTune, until: nil))
    }
    let ledger = try LedgerWriter(path: path, run: "run-1"), both = [terms("a", "g1"), terms("b", "g2")]
    func step(_ range: Range<Int>, _ clip: String) throws {
      try ledger.append(.exposure, LedgerBody.exposure(steps: range, clips: [clip: Usage(seen: 10, framesInLoss: 5)]))
      try ledger.append(.checkpoint, LedgerBody.checkpoint(step: range.upperBound, weightsSHA256: hash))
    }
    try ledger.append(.open, LedgerBody.open(both, from: 0))
    try step(0..<4, "a")
    try step(4..<8, "b")
    try ledger.append(.export, LedgerBody.export(path: "model", weightsSHA256: hash))
    try ledger.voidExposures(after: 4)
    try ledger.append(.open, LedgerBody.open(both, from: 4))
    try step(4..<8, "a")
    try ledger.append(.export, LedgerBody.export(path: "later", weightsSHA256: hash))
    try ledger.flush()
    let trail = try LedgerReader.trail(path)
    let found = ["g1", "g2"].map { ConsentImpact.Item(.init(grant: $0), "r", minute.scratch.path, trail) }
    #expect(found.map(\.share.seen) == [20, 0])
    #expect(found.map { $0.exports.map(\.share.seen) } == [[10, 20], [10, 0]])
    // Held against caps: what counts now, and what the first export holds besides.
    let counted = try LedgerReader.reading(path).exposures()
    #expect(counted.seen.map { "\($0.key.clip) \($0.value)" }.sorted() == ["a 20", "b 10"])
    #expect(ledger.handedOn.seen.values.reduce(0, +) == 10)
  }

  /// Names out of somebody's ledger cannot speak to the terminal.
  @Test func namesOfStrangersAreShownHarmless() throws {
    let minute = try Minute(), folder = minute.scratch("runs/bad-00000000"), path = folder + "/ledger.jsonl"
    try Disk.makeFolder(folder)
    let bad = "x\u{1B}]0;owned\u{7}\u{1B}[2J\r\u{9B}31m\u{202E}y", hash = String(repeating: "ab", count: 32)
    let ledger = try LedgerWriter(path: path, run: "run-1")
    try ledger.append(
      .open,
      LedgerBody.open(
        [
          AdmittedTerms(
            clip: bad, datasetPath: "d.h5",
            terms: ClipTerms(
              grant: bad, licensor: bad, basis: .ownWork, standing: .selfDeclared, signer: nil,
              manifestSHA256: hash, framesSHA256: hash, action: .fineTune, until: nil))
        ], from: 0))
    try ledger.append(.exposure, LedgerBody.exposure(steps: 0..<1, clips: [bad: Usage(seen: 10, framesInLoss: 5)]))
    try ledger.append(.checkpoint, LedgerBody.checkpoint(step: 1, weightsSHA256: hash))
    try ledger.append(.export, LedgerBody.export(path: bad, weightsSHA256: hash))
    try ledger.append(.revoke, LedgerBody.revoke(after: 1, [(clip: bad, grant: bad, reasons: [])]))
    try ledger.flush()
    for words in [
      ["consent", "ledger", path], ["consent", "impact", "--licensor", bad, "--runs", "runs"],
      ["consent", "impact", "--revoke", "nobody", "--runs", "runs"], ["runs", "--runs", "runs"],
    ] {
      let told = try Call(words, in: minute.scratch.path).outcome(seconds: 60)
      #expect(told.exited && told.out.count + told.err.count > 0)
      for scalar in (told.out + told.err).unicodeScalars where scalar != "\n" {
        let isHarmful = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar.value == 0x202E
        #expect(!isHarmful, "U+\(String(scalar.value, radix: 16)) of \(words)")
        if isHarmful { break }
      }
    }
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
