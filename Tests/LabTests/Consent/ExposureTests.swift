import Bench
import Clips
import Consent
import Export
import Files
import Foundation
import Frames
import Lab
import Ledger
import Media
import Provenance
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

  /// Two programs at once, while somebody takes away whatever looks like a lock.
  @Test func takingLocksAwayFreesNothing() throws {
    let minute = try Minute()
    try cap(minute, 36)
    let calls = try ["one", "two"].map { name in
      try Call(
        [
          "finetune", "minute.yaml", "--runs", "runs", "--set", "name=\(name)", "--set", "record.evaluate=0", "--set",
          "record.checkpoint=1", "--threads", "1",
        ], in: minute.scratch.path)
    }
    let remover = Process()
    remover.executableURL = URL(fileURLWithPath: "/bin/sh")
    remover.arguments = [
      "-c", "while :; do find . -name '*.lock' -delete -o -name '.lock*' -delete -o -name '*.lck' -delete; done",
    ]
    remover.currentDirectoryURL = URL(fileURLWithPath: minute.scratch.path)
    remover.standardError = FileHandle.nullDevice
    try remover.run()
    defer { remover.terminate() }
    let told = try calls.map { try $0.outcome(seconds: 120) }
    #expect(remover.isRunning)
    #expect(told.allSatisfy { $0.exited && ($0.code == 0 || $0.err.contains("cap")) }, "\(told.map(\.everything))")
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

  /// A resume from an older checkpoint takes back steps that weights in other hands have learnt from: they count.
  @Test(arguments: [24, 36]) func whatAnExportHoldsCounts(_ frames: Int) throws {
    let minute = try Minute(), set = ["record.evaluate=0", "record.keep=9"]
    try cap(minute, frames)
    func step() throws -> Run {
      let interruption = Interruption(listening: false)
      interruption.ask()
      #expect(problem { _ = try minute.training(set).run(until: interruption) }.exit == .preempted)
      return try #require(RunsFolder(path: minute.scratch("runs")).runs().runs.first)
    }
    for _ in 0..<4 { _ = try step() }
    let run = try #require(RunsFolder(path: minute.scratch("runs")).runs().runs.first)
    let files = ["state.safetensors", "weights.safetensors"]
    for name in files { try FileManager.default.copyItem(atPath: run.path(name), toPath: minute.scratch(name)) }
    for _ in 0..<4 { _ = try step() }
    _ = try Export(Run(folder: run.folder), out: minute.scratch("model")).write(on: minute.compute, minute.quiet)
    for name in files { try Disk.write(try Disk.read(minute.scratch(name)), to: run.path(name)) }
    let stopped = try problemIfAny { _ = try minute.training(set).run(until: Interruption(listening: false)) }

    // Of the run that goes on, and of the weights that left: steps 4 to 8, 4 windows each, are in both.
    let trail = try LedgerReader.trail(run.path("ledger.jsonl"))
    let taken = trail.exposures.filter { $0.voided && $0.steps.lowerBound >= 4 && $0.steps.upperBound <= 8 }
    #expect(taken.count == 4 && taken.allSatisfy { $0.isIn(trail.exports[0]) })
    var seen: [String: Int] = [:]
    for record in trail.exposures.filter({ !$0.voided }) + taken {
      for (clip, usage) in record.clips { seen[clip, default: 0] += usage.seen }
    }
    #expect(seen.values.allSatisfy { $0 <= frames }, "\(seen)")
    if frames == 24 {
      // 48 windows are wanted and 32 are left.
      #expect(stopped?.what.contains("no clip is left") == true, "\(stopped?.description ?? "")")
    } else {
      #expect(stopped == nil && seen.values.reduce(0, +) == (48 + 16) * 12)
      // What left is what it holds, steps that were taken back since included.
      let item = try #require(
        ConsentImpact(
          .init(grant: nil, licensor: "tests"), runs: minute.scratch("runs"), home: minute.options().home
        ).items.first)
      #expect(item.exports.map(\.share.seen) == [8 * 48] && item.share.seen == 12 * 48)
      // The next one finds what is left: 8 of 72 windows.
      let folder = RunsFolder(path: minute.scratch("runs"))
      #expect(try folder.exposuresSoFar(home: minute.options().home).seen.values.reduce(0, +) == 24 * 24 + 16 * 12)
      _ = problem { _ = try minute.training(["name=second"] + set).run(until: Interruption(listening: false)) }
      let second = try #require(folder.runs().runs.first { $0.name.hasPrefix("second") })
      let late = try LedgerReader.verify(second.path("ledger.jsonl"))
      #expect(late.total.seen == 8 * 12 && late.clips.allSatisfy { $0.value.seen + (seen[$0.key] ?? 0) <= 36 })
    }
  }

  /// One content under several names, in two datasets with a manifest each, and one cap for all of them: the same bits
  /// however often the run is stopped.
  @Test func aPooledCapHoldsAcrossAResume() throws {
    let minute = try Minute(), worlds = try Dataset(path: minute.scratch("worlds.h5"))
    func write(_ name: String, _ clips: [(id: String, from: Int)]) throws {
      let writer = try DatasetWriter(path: minute.scratch(name + ".h5"), height: 32, width: 32, fps: worlds.fps)
      for (id, from) in clips { try writer.append(id: id, frames: try worlds.frames(from, 0..<12), split: .train) }
      try writer.finish()
      let manifest = minute.scratch(name + ".optin.json")
      _ = try ConsentDraft.write(
        minute.scratch(name + ".h5"), licensor: "tests", terms: ConsentGrantTerms(.ownWork), to: manifest,
        minute.quiet)
      try Disk.edit(manifest) { document in
        var grant = try #require(document["grants"]?[0])
        grant.set("max_exposures", 72)
        document.set("grants", [grant])
      }
    }
    // Three names of clip 0, of which one stands in the other dataset.
    try write("one", [("a", 0), ("a-copy", 0), ("b", 1), ("c", 2), ("d", 3)])
    try write("two", [("a-again", 0), ("e", 4), ("f", 5), ("g", 6)])
    let set = [
      "data=[{path: one.h5}, {path: two.h5}]", "train.steps=8", "train.batch=2", "train.accumulate=2",
      "record.evaluate=0",
    ]
    // 32 windows over 9 names: three or four each, so three names of one content want 120 frames or more of their 72.
    let straight = try minute.training(set, runs: "a").run(until: Interruption(listening: false))
    func seen(_ run: Run) throws -> [String: Int] {
      try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash).clips.mapValues(\.seen)
    }
    let own = try seen(straight), shared = ["a", "a-copy", "a-again"].compactMap { own[$0] }.reduce(0, +)
    #expect(straight.status == .done && shared == 72, "\(own)")
    #expect(own.values.reduce(0, +) == 32 * 12 && own.values.allSatisfy { $0 <= 72 })
    for stop in 1...7 {
      let interruption = Interruption(listening: false)
      interruption.ask()
      let it = problem { _ = try minute.training(set, runs: "b").run(until: interruption) }
      #expect(it.exit == .preempted, "stop \(stop): \(it)")
    }
    let resumed = try minute.training(set, runs: "b").run(until: Interruption(listening: false))
    #expect(try minute.hashes(resumed) == minute.hashes(straight) && seen(resumed) == own)
    // Spent under every name, for whoever comes next.
    let left = RunsFolder(path: minute.scratch("b"))
    #expect(try left.exposuresSoFar(home: minute.options().home).seen.values.reduce(0, +) == 32 * 12)
    _ = problem { _ = try minute.training(["name=next"] + set, runs: "b").run(until: Interruption(listening: false)) }
    let next = try #require(left.runs().runs.first { $0.name.hasPrefix("next") })
    let late = try seen(next)
    #expect(late.values.reduce(0, +) == 8 * 12 && late.keys.allSatisfy { !$0.hasPrefix("a") }, "\(late)")
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
