import Bench
import Consent
import Files
import Foundation
import Ledger
import Runs
import TestKit
import Testing
import Training

/// A grant that ends while a run goes on: its clips leave at a checkpoint, recorded, and the rest is trained on.
@Suite(.serialized) struct DepartureTests {
  /// An hour ahead: every manifest a test makes is issued by then.
  static let before = Moment(seconds: Moment.now().seconds + 3600), end = Moment(seconds: before.seconds + 1000),
    after = Moment(seconds: before.seconds + 2000)
  /// Of 24 training clips, those under the grant that ends.
  static let few: Set<String> = Set((0..<6).map { "projectile/train/00000\($0)" })

  /// The minute's manifest with a second grant, `short`, over a few clips.
  static func shorten(
    _ minute: Minute,
    _ change: (inout Value) -> Void = {
      $0.set("valid", ["from": $0["valid"]?["from"] ?? .null, "until": .string(end.description)])
    }
  ) throws {
    try Disk.edit(minute.scratch("worlds.optin.json")) { document in
      let own = try #require(document["grants"]?[0])
      var short = own
      short.set("id", "short")
      change(&short)
      document.set("grants", [own, short])
      document.set(
        "assets",
        .array(
          (document["assets"]?.array ?? []).map { asset in
            var asset = asset
            if few.contains(asset["clip"]?.string ?? "") { asset.set("grants", ["short"]) }
            return asset
          }))
    }
  }

  /// Training by a clock that strikes when a run has done so many steps.
  static func training(
    _ minute: Minute, _ runs: String, _ set: [String] = [], striking at: Int,
    _ strike: @escaping @Sendable () -> Moment = { after }
  ) throws -> Training {
    var options = minute.options(runs)
    let folder = minute.scratch(runs)
    options.clock = {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      let lines = names.compactMap { try? Disk.readText("\(folder)/\($0)/events.jsonl") }.joined().split(
        separator: "\n")
      return lines.count { $0.contains(#""kind":"step""#) || $0.contains(#""kind": "step""#) } < at ? before : strike()
    }
    return try Training(
      try minute.experiment(set), options, observing: EvaluationRound.init, on: minute.compute, minute.quiet)
  }

  private func left(_ run: Run) throws -> [String: Int] {
    try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash).left
  }

  /// Frames of the few in steps from `step` on.
  private func late(_ run: Run, from step: Int) throws -> Int {
    try LedgerReader.trail(run.path("ledger.jsonl"), run: run.hash).exposures.filter {
      !$0.voided && $0.steps.upperBound > step
    }
    .reduce(0) { $0 + $1.clips.filter { Self.few.contains($0.key) }.reduce(0) { $0 + $1.value.seen } }
  }

  @Test func anEndedGrantLeavesAtOnceAndTheRunGoesOn() throws {
    let minute = try Minute()
    try Self.shorten(minute)
    let run = try Self.training(minute, "a", striking: 6).run(until: Interruption(listening: false))
    #expect(run.status == .done && run.step == 12)
    #expect(try left(run) == Dictionary(uniqueKeysWithValues: Self.few.map { ($0, 6) }))
    #expect(try late(run, from: 6) == 0)
    let sum = try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash)
    #expect(sum.total.seen == 12 * 4 * 12 && (sum.grants["short"]?.seen ?? 0) > 0)
    #expect(sum.checkpoints.map(\.step) == [4, 6, 8, 12])
    let left = try EventLog.read(run.path("events.jsonl")).compactMap { event in
      if case .left(let step, let clip, _, let reasons) = event {
        (step: step, clip: clip, reasons: reasons)
      } else {
        nil
      }
    }
    #expect(
      Set(left.map(\.clip)) == Self.few && left.count == 6
        && left.allSatisfy { $0.step == 6 && $0.reasons.first?.code == .expired })
  }

  /// Stopped after every step, with the grant ending at the same one: the same weights, the same exposures.
  @Test func aResumedRunReplaysDepartures() throws {
    let minute = try Minute()
    try Self.shorten(minute)
    let straight = try Self.training(minute, "a", striking: 6).run(until: Interruption(listening: false))
    for stop in 1...11 {
      let interruption = Interruption(listening: false)
      interruption.ask()
      let problem = #expect(throws: Problem.self) {
        try Self.training(minute, "b", striking: 6).run(until: interruption)
      }
      #expect(problem?.exit == .preempted, "stop \(stop): \(problem?.description ?? "")")
    }
    let resumed = try Self.training(minute, "b", striking: 6).run(until: Interruption(listening: false))
    #expect(resumed.name == straight.name && resumed.status == .done)
    #expect(try minute.hashes(resumed) == minute.hashes(straight))
    let sums = try [straight, resumed].map { try LedgerReader.verify($0.path("ledger.jsonl"), run: $0.hash) }
    #expect(sums[0].clips == sums[1].clips && sums[0].left == sums[1].left)
    #expect(try FileManager.default.contentsOfDirectory(atPath: minute.scratch("b")).count == 1)
    // All its steps are done under what is granted today: it is this run, and nothing is left to do.
    #expect(
      try Self.training(minute, "b", striking: 0).run(until: Interruption(listening: false)).hash == straight.hash)
  }

  /// Withdrawn in the manifest after step 5: used until the checkpoint at 8, and not after it.
  @Test func aWithdrawnGrantLeavesAtTheNextCheckpoint() throws {
    let minute = try Minute()
    try Self.shorten(minute)
    let path = minute.scratch("worlds.optin.json")
    let run = try Self.training(minute, "a", striking: 5) {
      try? Disk.edit(path) { document in
        guard let own = document["grants"]?[0] else { return }
        var short = own
        short.set("id", "short")
        short.set("actions", ["evaluate"])
        document.set("grants", [own, short])
      }
      return Self.before
    }.run(until: Interruption(listening: false))
    #expect(try Set(left(run).values) == [8] && Set(left(run).keys) == Self.few)
    #expect(try late(run, from: 8) == 0)
    let terms = try LedgerReader.trail(run.path("ledger.jsonl")).exposures.filter { $0.steps.lowerBound >= 8 }.flatMap(
      \.terms.values)
    // The rest goes on under the manifest as it is now, and the ledger says under which.
    #expect(try Set(terms.map(\.manifestSHA256)) == [Manifest(path: path).sha256])
  }

  /// Withdrawn after step 5, a minute later: a checkpoint of that very step, and the clips are gone. Whoever stops
  /// there and goes on draws what the uninterrupted run drew.
  @Test(arguments: [[], ["consent.recheck=30"]]) func aWithdrawalIsHonouredBetweenCheckpoints(_ set: [String]) throws {
    let minute = try Minute(), path = minute.scratch("worlds.optin.json")
    try Self.shorten(minute) { _ in }
    let granted = try Disk.read(path)
    let withdraw: @Sendable () -> Moment = {
      try? Disk.edit(path) { document in
        guard let own = document["grants"]?[0] else { return }
        var short = own
        short.set("id", "short")
        short.set("actions", ["evaluate"])
        document.set("grants", [own, short])
      }
      return Moment(seconds: Self.before.seconds + 60)
    }
    let straight = try Self.training(minute, "a", set, striking: 5, withdraw).run(until: Interruption(listening: false))
    #expect(try left(straight) == Dictionary(uniqueKeysWithValues: Self.few.map { ($0, 5) }))
    #expect(try late(straight, from: 5) == 0)
    let sum = try LedgerReader.verify(straight.path("ledger.jsonl"), run: straight.hash)
    #expect(sum.checkpoints.map(\.step) == [4, 5, 8, 12] && (sum.grants["short"]?.seen ?? 0) > 0)
    try Disk.write(granted, to: path)
    for _ in 0..<5 {
      let interruption = Interruption(listening: false)
      interruption.ask()
      #expect(throws: Problem.self) {
        try Self.training(minute, "b", set, striking: 5, withdraw).run(until: interruption)
      }
    }
    let resumed = try Self.training(minute, "b", set, striking: 5, withdraw).run(until: Interruption(listening: false))
    #expect(resumed.name == straight.name)
    #expect(try minute.hashes(resumed) == minute.hashes(straight) && left(resumed) == left(straight))
  }

  /// Before the interval is over nobody looks.
  @Test func nobodyLooksBeforeTheInterval() throws {
    let minute = try Minute(), path = minute.scratch("worlds.optin.json")
    try Self.shorten(minute) { _ in }
    let run = try Self.training(minute, "a", ["consent.recheck=61"], striking: 5) {
      try? Disk.edit(path) { document in
        guard let own = document["grants"]?[0] else { return }
        var short = own
        short.set("id", "short")
        short.set("actions", ["evaluate"])
        document.set("grants", [own, short])
      }
      return Moment(seconds: Self.before.seconds + 60)
    }.run(until: Interruption(listening: false))
    #expect(try Set(left(run).values) == [8])
  }

  /// Documents that cannot be read between checkpoints: what was done so far is kept, and the run stops.
  @Test func whatCannotBeReadBetweenCheckpointsStopsAtOnce() throws {
    let minute = try Minute(), path = minute.scratch("worlds.optin.json"), kept = try Disk.read(path)
    #expect(throws: Problem.self) {
      try Self.training(minute, "a", striking: 5) {
        try? Disk.write("{", to: path); return Moment(seconds: Self.before.seconds + 60)
      }.run(until: Interruption(listening: false))
    }
    let stopped = try #require(RunsFolder(path: minute.scratch("a")).runs().runs.first)
    #expect(stopped.step == 5 && stopped.status == .stopped)
    try Disk.write(kept, to: path)
    let run = try Self.training(minute, "a", striking: 100).run(until: Interruption(listening: false))
    let straight = try minute.training(runs: "b").run(until: Interruption(listening: false))
    #expect(try minute.hashes(run) == minute.hashes(straight))
  }

  @Test func withNoClipLeftTheCheckpointIsWhole() throws {
    let minute = try Minute()
    try Disk.edit(minute.scratch("worlds.optin.json")) { document in
      var own = try #require(document["grants"]?[0])
      own.set("valid", ["from": own["valid"]?["from"] ?? .null, "until": .string(Self.end.description)])
      document.set("grants", [own])
    }
    let problem = #expect(throws: Problem.self) {
      try Self.training(minute, "a", striking: 6).run(until: Interruption(listening: false))
    }
    #expect(
      problem?.exit == .failure && problem?.what.contains("no clip is left to train on at step 6 of 12") == true,
      "\(problem?.description ?? "")")
    let run = try #require(RunsFolder(path: minute.scratch("a")).runs().runs.first)
    #expect(run.step == 6 && run.status == .stopped)
    #expect(try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash).checkpoints.map(\.step) == [4, 6])
    #expect(try Safetensors(path: run.path("state.safetensors"))[metadata: "step"] == "6")
  }

  @Test func aManifestThatCannotBeReadStopsTheRun() throws {
    let minute = try Minute(), path = minute.scratch("worlds.optin.json"), kept = try Disk.read(path)
    let problem = #expect(throws: Problem.self) {
      try Self.training(minute, "a", striking: 5) {
        try? Disk.write("{", to: path); return Self.before
      }.run(until: Interruption(listening: false))
    }
    #expect(problem?.place?.contains("worlds.optin.json") == true)
    try Disk.write(kept, to: path)
    let run = try Self.training(minute, "a", striking: 100).run(until: Interruption(listening: false))
    let straight = try minute.training(runs: "b").run(until: Interruption(listening: false))
    #expect(try minute.hashes(run) == minute.hashes(straight))
  }

  /// What is observed asks `evaluate`, and stops being observed when that ends.
  @Test func heldOutClipsLeaveToo() throws {
    let minute = try Minute(), held = "projectile/id-val/000000"
    try Disk.edit(minute.scratch("worlds.optin.json")) { document in
      let own = try #require(document["grants"]?[0])
      var short = own
      short.set("id", "short")
      short.set("valid", ["from": own["valid"]?["from"] ?? .null, "until": .string(Self.end.description)])
      document.set("grants", [own, short])
      document.set(
        "assets",
        .array(
          (document["assets"]?.array ?? []).map { asset in
            var asset = asset
            if asset["clip"]?.string == held { asset.set("grants", ["short"]) }
            return asset
          }))
    }
    let run = try Self.training(minute, "a", striking: 8).run(until: Interruption(listening: false))
    let losses = try EventLog.read(run.path("events.jsonl")).heldOut.map(\.losses.count)
    #expect(losses == [8, 8, 7])
    let sum = try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash)
    #expect(
      sum.evaluations.uses == ["held-out": (8 + 8 + 7) * 12] && sum.evaluations.clips[held] == 24
        && sum.clips[held] == nil)
  }
}
