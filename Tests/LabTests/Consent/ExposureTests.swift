import Bench
import Files
import Lab
import Ledger
import Runs
import TestKit
import Testing
import Training

/// `max_exposures` is a grant's: it holds during training, and over all runs of a folder together.
@Suite struct ExposureTests {
  /// The minute's own-work manifest with a cap of `frames` a clip.
  private func cap(_ minute: Minute, _ frames: Int) throws {
    let path = minute.scratch("worlds.optin.json")
    var document = try JSON.parse(try Disk.readText(path), at: path), grant = try #require(document["grants"]?[0])
    grant.set("max_exposures", Value(frames))
    document.set("grants", .array([grant]))
    try Disk.write(JSON.pretty(document), to: path)
  }

  @Test func aRenamedExperimentDoesNotStartTheCountAnew() throws {
    let minute = try Minute()
    try cap(minute, 24)  // 12 steps of 4 windows over 24 clips: every clip is seen twice, 12 frames each time
    let run = try minute.training().run(until: Interruption(listening: false))
    let clips = try LedgerReader.verify(run.path("ledger.jsonl")).clips
    #expect(clips.count == 24 && clips.values.allSatisfy { $0.seen == 24 })
    #expect(problem { try minute.training(["name=other"]) }.what.contains("exposure-cap-reached"))
    // Its own run is not held against itself.
    #expect(try minute.training().run(until: Interruption(listening: false)).status == .done)
  }

  @Test func aClipLeavesWhenItsCapIsReached() throws {
    let minute = try Minute()
    try cap(minute, 24)
    let problem = #expect(throws: Problem.self) {
      try minute.training(["train.steps=13"]).run(until: Interruption(listening: false))
    }
    #expect(problem?.what.contains("exposure cap") == true)
    let run = try #require(RunsFolder(path: minute.scratch("runs")).runs().runs.first)
    let clips = try LedgerReader.verify(run.path("ledger.jsonl")).clips
    #expect(clips.count == 24 && clips.values.allSatisfy { $0.seen == 24 })
  }

  /// Some clips leave at their cap and the run goes on: logged at its step, and the same however often it is stopped.
  @Test func theRestGoesOnPastACapAndAResumedRunDoesToo() throws {
    let minute = try Minute()
    try DepartureTests.shorten(minute) { $0.set("max_exposures", 12) }
    let straight = try minute.training(["train.steps=18"], runs: "a").run(until: Interruption(listening: false))
    let sum = try LedgerReader.verify(straight.path("ledger.jsonl"), run: straight.hash)
    #expect(DepartureTests.few.allSatisfy { sum.clips[$0]?.seen == 12 } && sum.total.seen == 18 * 4 * 12)
    func caps(_ run: Run) throws -> [RunEvent] {
      try EventLog.read(run.path("events.jsonl")).filter { if case .cap = $0 { true } else { false } }
    }
    let capped = try caps(straight)
    #expect(Set(capped.compactMap { if case .cap(_, let clip) = $0 { clip } else { nil } }) == DepartureTests.few)
    for _ in 0..<17 {
      let interruption = Interruption(listening: false)
      interruption.ask()
      #expect(throws: Problem.self) { try minute.training(["train.steps=18"], runs: "b").run(until: interruption) }
    }
    let resumed = try minute.training(["train.steps=18"], runs: "b").run(until: Interruption(listening: false))
    #expect(try minute.hashes(resumed) == minute.hashes(straight))
    #expect(try LedgerReader.verify(resumed.path("ledger.jsonl"), run: resumed.hash).clips == sum.clips)
    #expect(try caps(resumed) == capped)
  }

  /// What a run in progress will use is kept for it; when its process ends, what it has not used is free again.
  @Test func aRunInProgressKeepsWhatItReserved() throws {
    let minute = try Minute(), interruption = Interruption(listening: false)
    try cap(minute, 36)  // 24 of them are this run's, by its 12 steps
    interruption.ask()
    #expect(throws: Problem.self) { try minute.training().run(until: interruption) }
    let first = try #require(RunsFolder(path: minute.scratch("runs")).runs().runs.first)
    #expect(first.step == 1)
    let lock = try RunsFolder(path: minute.scratch("runs")).begin(first.folder)
    #expect(throws: Problem.self) { try minute.training(["name=second"]).run(until: Interruption(listening: false)) }
    let second = try #require(
      RunsFolder(path: minute.scratch("runs")).runs().runs.first { $0.name.hasPrefix("second") })
    let used = try LedgerReader.verify(second.path("ledger.jsonl"), run: second.hash)
    #expect(used.clips.count == 24 && used.clips.values.allSatisfy { $0.seen == 12 } && used.steps == 6)
    lock.release()
    // Its process has ended: the second may go on with what the first has not seen.
    for set in [["name=second"], []] {
      // It ends done, or at the cap.
      let stopped = try problemIfAny { try minute.training(set).run(until: Interruption(listening: false)) }
      #expect(stopped?.contains("cap") ?? true, "\(stopped?.description ?? "")")
    }
    try expectCap(minute, 36)
  }

  /// Two programs at once, of which either alone would reach the cap.
  @Test func twoRunsAtOnceStayWithinTheCap() throws {
    let minute = try Minute()
    try cap(minute, 36)
    let calls = try ["one", "two"].map { name in
      try Call(
        [
          "finetune", "minute.yaml", "--runs", "runs", "--set", "name=\(name)", "--set", "record.evaluate=0",
          "--threads", "1",
        ], in: minute.scratch.path)
    }
    let told = try calls.map { try $0.outcome(seconds: 120) }
    #expect(told.allSatisfy { $0.exited && ($0.code == 0 || $0.err.contains("cap")) }, "\(told.map(\.everything))")
    #expect(told.contains { $0.code == 0 })
    try expectCap(minute, 36)
  }

  /// No clip was seen more often than `frames` over all runs.
  private func expectCap(_ minute: Minute, _ frames: Int) throws {
    var seen: [String: Int] = [:]
    for run in RunsFolder(path: minute.scratch("runs")).runs().runs {
      for (clip, usage) in try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash).clips {
        seen[clip, default: 0] += usage.seen
      }
    }
    #expect(seen.values.allSatisfy { $0 <= frames } && seen.values.contains { $0 > 24 }, "\(seen)")
  }

  @Test func anEmptyLedgerOfAnotherRunStopsNobody() throws {
    let minute = try Minute()
    try cap(minute, 24)
    try Disk.write("", to: minute.scratch("runs/broken-00000000/ledger.jsonl"))
    #expect(try minute.training().run(until: Interruption(listening: false)).status == .done)
  }

  @Test func aBaseWithAnotherPatchIsRefusedBeforeAnythingIsWritten() throws {
    let minute = try Minute()
    let base = try minute.training().run(until: Interruption(listening: false))
    let problem = #expect(throws: Problem.self) {
      try minute.training(["name=fine", "from=\(base.folder)", "model.patch=[1, 2, 2]", "levels.prefix_frames=2"])
    }
    #expect(problem?.what.contains("multiple of 4") == true)
    let other = #expect(throws: Problem.self) {
      try minute.training(["name=fine", "from=\(base.folder)", "objective.prediction=velocity"])
    }
    #expect(other?.what.contains("predict x0") == true)
  }
}
