import Compare
import Consent
import Files
import Foundation
import Ledger
import Provenance
import Runs
import TestKit
import Testing
import Training

#if canImport(Glibc)
  import Glibc
#endif

/// A ledger that was cut, emptied, deleted or replaced is noticed by whoever reads the run, and never counts as nothing.
@Suite(.serialized) struct RunAuditTests {
  private func trained(_ minute: Minute, cap: Int = 24, _ set: [String] = []) throws -> Run {
    try Disk.edit(minute.scratch("worlds.optin.json")) { document in
      var grant = try #require(document["grants"]?[0])
      grant.set("max_exposures", Value(cap))
      document.set("grants", .array([grant]))
    }
    return try minute.training(set).run(until: Interruption(listening: false))
  }

  private func lines(_ run: Run) throws -> [String] {
    try Disk.readText(run.path("ledger.jsonl")).split(separator: "\n").map(String.init)
  }

  private func write(_ lines: some Sequence<String>, _ run: Run) throws {
    try Disk.write(lines.map { $0 + "\n" }.joined(), to: run.path("ledger.jsonl"))
  }

  /// Every way to count what a run has used, and to go on under its caps.
  private func expectRefused(_ minute: Minute, _ run: Run, _ word: String, _ comment: Comment) throws {
    let home = try #require(minute.options().home)
    #expect(problem { _ = try run.audited(home: home) }.contains(word), comment)
    #expect(problem { _ = try run.audited(home: nil) }.contains(word), comment)
    #expect(problem { _ = try LedgerCheck(run, file: run.folder) }.contains(word), comment)
    #expect(problem { _ = try ConsentReport(run.folder, in: minute.scratch("runs")) }.contains(word), comment)
    #expect(ConsentFacts(run).problem?.contains(word) == true, comment)
    let impact = try ConsentImpact(.init(grant: "own"), runs: minute.scratch("runs"), home: home)
    #expect(impact.items.isEmpty && impact.broken.count == 1, comment)
    #expect(
      problem { try minute.training(["name=other"]).run(until: Interruption(listening: false)) }.contains(word), comment
    )
    #expect(problem { try minute.training().run(until: Interruption(listening: false)) }.contains(word), comment)
  }

  @Test func whatWasCutIsNoticedByEveryReader() throws {
    let minute = try Minute(), run = try trained(minute, cap: 100), whole = try lines(run)
    #expect(whole.count > 8)
    for kept in [1, 3, whole.count - 3] {
      try write(whole.prefix(kept), run)
      try expectRefused(minute, run, "lacks the record", "\(kept) lines left")
    }
    try write([], run)
    try expectRefused(minute, run, "ledger is empty", "emptied")
    try FileManager.default.removeItem(atPath: run.path("ledger.jsonl"))
    try expectRefused(minute, run, "ledger is missing", "deleted")
    // Without run.json the weights still tell, and so does each of them alone.
    for name in ["run.json", "weights.safetensors", "state.safetensors"] {
      try FileManager.default.moveItem(atPath: run.path(name), toPath: minute.scratch(name))
      #expect(
        problem { try minute.training(["name=other"]).run(until: Interruption(listening: false)) }.contains("missing"),
        "without \(name)")
    }
    for name in ["run.json", "weights.safetensors", "state.safetensors"] {
      try FileManager.default.moveItem(atPath: minute.scratch(name), toPath: run.path(name))
    }
    try write(whole, run)
    _ = try run.audited(home: minute.options().home)
  }

  /// Steps beyond every number, forged behind the end: an error in words.
  @Test func absurdStepsAreAnError() throws {
    let minute = try Minute(), run = try trained(minute, cap: 1_000_000, ["train.accumulate=70", "train.steps=2"]),
      whole = try lines(run)
    let close = try LedgerRecord(line: try #require(whole.last).utf8, at: run.path("ledger.jsonl"))
    let forged = try LedgerRecord(
      seq: whole.count, prev: close.hash, time: close.time, run: close.run, kind: .exposure,
      body: ["from": Value(run.step), "to": Value(9_007_199_254_740_991), "clips": .object([])])
    try write(whole + [forged.line()], run)
    #expect(problem { _ = try run.audited(home: nil) }.contains("frames in steps"))
    #expect(try RunList(minute.scratch("runs")).items.first?.problem != nil)
  }

  /// Where the checkpoints are gone and the steps were done, nothing begins anew: it would take back what was handed on.
  @Test func withoutItsCheckpointsARunDoesNotBeginAnew() throws {
    let minute = try Minute(), run = try trained(minute, cap: 100)
    for name in ["state.safetensors", "weights.safetensors", "checkpoints"] {
      try FileManager.default.removeItem(atPath: run.path(name))
    }
    #expect(
      problem { try minute.training().run(until: Interruption(listening: false)) }.contains("checkpoints are gone"))
  }

  /// One folder, by whatever link.
  @Test func aLinkForgetsNothing() throws {
    let minute = try Minute(), run = try trained(minute, cap: 100), home = try #require(minute.options().home)
    let whole = try lines(run), link = minute.scratch("linked")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: minute.scratch("runs"))
    let memory = RunMemory(home), there = link + "/" + run.name
    #expect(try memory.last(run.hash, in: there) == memory.last(run.hash, in: run.folder))
    #expect(try memory.last(run.hash, in: there)?.ledger?.records == whole.count)
  }

  /// The later half written anew under another key: it verifies by itself.
  @Test func whatWasRewrittenIsNoticed() throws {
    let minute = try Minute(), run = try trained(minute, cap: 100), whole = try lines(run)
    try FileManager.default.removeItem(atPath: run.path("ledger.jsonl"))
    do {
      let ledger = try LedgerWriter(path: run.path("ledger.jsonl"), run: run.hash, key: SigningKey())
      let open = try JSON.parse(whole[0], at: "line")["body"]?.removing("signature")
      try ledger.append(.open, try #require(open))
      let clip = try #require(open?["clips"]?.fields?.first?.key)
      try ledger.append(
        .exposure, LedgerBody.exposure(steps: 0..<12, clips: [clip: Usage(seen: 12 * 48, framesInLoss: 1)]))
      try ledger.append(
        .checkpoint,
        LedgerBody.checkpoint(step: 12, weightsSHA256: Safetensors(path: run.path("weights.safetensors")).bufferHash))
      try ledger.append(.close, ["step": 12])
      try ledger.flush()
    }
    _ = try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash)
    try expectRefused(minute, run, "lacks the record", "rewritten")
  }

  /// One frame in twelve steps is wrong on its face, whatever else fits.
  @Test func framesAreHeldAgainstSteps() throws {
    let minute = try Minute(), run = try trained(minute, cap: 100)
    let folder = minute.scratch("runs/forged-00000000"), whole = try lines(run)
    try Disk.makeFolder(folder)
    try FileManager.default.copyItem(atPath: run.path("run.json"), toPath: folder + "/run.json")
    let open = try #require(try JSON.parse(whole[0], at: "line")["body"]?.removing("signature").removing("key"))
    let clip = try #require(open["clips"]?.fields?.first?.key)
    do {
      let ledger = try LedgerWriter(path: folder + "/ledger.jsonl", run: run.hash)
      try ledger.append(.open, open)
      try ledger.append(.exposure, LedgerBody.exposure(steps: 0..<12, clips: [clip: Usage(seen: 1, framesInLoss: 1)]))
      try ledger.flush()
    }
    let said = problem { _ = try RunAudit(folder, home: nil) }
    #expect(said.contains("1 frames in steps 0 to 12") && said.contains("576"))
  }

  /// A whole folder brought back from an older copy fits together; what stands elsewhere cannot be brought back with it.
  @Test func anOlderCopyOfTheFolderIsKnownByTheHome() throws {
    let minute = try Minute(), interruption = Interruption(listening: false)
    interruption.ask()
    #expect(throws: Problem.self) { try minute.training(["train.steps=2"]).run(until: interruption) }
    let first = try #require(RunsFolder(path: minute.scratch("runs")).runs().runs.first)
    try FileManager.default.copyItem(atPath: first.folder, toPath: minute.scratch("old"))
    let run = try minute.training(["train.steps=2"]).run(until: Interruption(listening: false))
    let home = try #require(minute.options().home)
    #expect(try run.audited(home: home).isRemembered)
    try FileManager.default.removeItem(atPath: run.folder)
    try FileManager.default.copyItem(atPath: minute.scratch("old"), toPath: run.folder)
    let said = problem { _ = try RunAudit(run.folder, home: home) }
    #expect(said.contains("lacks the record") && said.contains("seen/runs/\(run.hash).jsonl"))
    // Somewhere else, or by somebody who never heard of it, it is judged by what lies in it.
    let elsewhere = try RunAudit(minute.scratch("old"), home: home)
    #expect(!elsewhere.isRemembered && elsewhere.note != nil)
    #expect(try !RunAudit(run.folder, home: HomeFolder(minute.scratch("another"))).isRemembered)
    // What is gone altogether, weights and all, is trained anew.
    try FileManager.default.removeItem(atPath: run.folder)
    let again = try minute.training(["train.steps=2"]).run(until: Interruption(listening: false))
    let known = try again.audited(home: home)
    #expect(again.hash == run.hash && known.isRemembered)
    // All of it lowered by hand, and only the home knows.
    for name in ["weights.safetensors", "state.safetensors", "ledger.jsonl", "checkpoints"] {
      try FileManager.default.removeItem(atPath: again.path(name))
    }
    try Disk.edit(again.path("run.json")) { $0.set("step", 0) }
    #expect(problem { _ = try RunAudit(again.folder, home: home) }.contains("frames were seen"))
    _ = try RunAudit(again.folder, home: nil)
  }

  /// There is no file to remove that makes a run look as if nobody trained it.
  @Test func aRunInProgressIsKnownWithoutALockFile() throws {
    let minute = try Minute(), run = try trained(minute, cap: 100), runs = RunsFolder(path: minute.scratch("runs"))
    let lock = try runs.begin(run.folder)
    #expect(Disk.names(run.folder).allSatisfy { !$0.contains("lock") })
    #expect(problem { _ = try runs.begin(run.folder) }.contains("another process is training this run"))
    lock.release()
    try runs.begin(run.folder).release()
    // Its ledger is locked too, by whoever writes it.
    let ledger = try LedgerWriter(path: run.path("ledger.jsonl"), run: run.hash)
    withExtendedLifetime(ledger) { #expect(LedgerWriter.isBusy(run.path("ledger.jsonl"))) }
  }

  /// `tar` carries pipes: no reader waits for one.
  @Test(arguments: ["run.json", "events.jsonl", "ledger.jsonl", "weights.safetensors", "state.safetensors"])
  func aPipeInARunIsNamed(_ name: String) throws {
    let room = try Room(owning: ["runs"]), path = try room.run + "/" + name
    try FileManager.default.removeItem(atPath: path)
    #expect(mkfifo(path, 0o644) == 0)
    for line in [
      "compare RUN", "consent ledger RUN", "consent report RUN", "consent royalties --pool 10 EUR RUN",
      "sample RUN --out s --count 1", "export RUN --out model", "bench RUN --quick", "finetune minute.yaml --runs runs",
      "runs --runs runs", "consent impact --revoke own --runs runs", "consent plan-retrain RUN --without own",
    ] {
      let told = try room.start(line).outcome(seconds: 20)
      #expect(told.exited && told.everything.contains("not a regular file"), "\(line): \(told.everything)")
    }
  }
}
