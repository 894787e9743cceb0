import Bench
import Files
import Foundation
import Lab
import Ledger
import Runs
import Tensors
import TestKit
import Testing
import Training

#if canImport(Glibc)
  import Glibc
#endif

/// A run's weights are a function of its experiment: stops, kills, threads and cadences do not show in them.
@Suite(.serialized) struct ResumeTests {
  @Test func stoppedAndContinuedEqualsUninterrupted() throws {
    let minute = try Minute()
    let straight = try minute.training(runs: "a").run(until: Interruption(listening: false))
    #expect(straight.status == .done && straight.step == 12)
    for stop in 0..<3 {
      // Asked before it starts: one step, a checkpoint, and out with status 75.
      let interruption = Interruption(listening: false)
      interruption.ask()
      let problem = #expect(throws: Problem.self) { try minute.training(runs: "b").run(until: interruption) }
      #expect(problem?.exit == .preempted)
      #expect(RunsFolder(path: minute.scratch("b")).runs().runs.map(\.step) == [stop + 1])
    }
    let continued = try minute.training(runs: "b").run(until: Interruption(listening: false))
    #expect(try minute.hashes(continued) == minute.hashes(straight))
    #expect(try steps("held_out", continued) == [0, 6, 12] && steps("held_out", straight) == [0, 6, 12])
    let ledgers = try [straight, continued].map { try LedgerReader.verify($0.path("ledger.jsonl"), run: $0.hash) }
    #expect(ledgers[0].clips == ledgers[1].clips)
    #expect(ledgers[0].total.seen == 12 * 4 * 12)
  }

  @Test func threadsDoNotShow() throws {
    let minute = try Minute()
    let hashes = try [1, 2, 7].map { threads in
      let compute: Compute = try #require(Compute(threads: threads))
      return try minute.hashes(
        try minute.training(runs: "t\(threads)", on: compute).run(until: Interruption(listening: false)))
    }
    #expect(hashes[0] == hashes[1] && hashes[1] == hashes[2])
  }

  /// bf16, and with blocks run again in the backward pass: the same weights for any number of threads, with and without
  /// a stop.
  @Test func typeAndRecomputationKeepThePromise() throws {
    let minute = try Minute()
    let straight = try minute.training(["train.dtype=bf16"], runs: "a").run(until: Interruption(listening: false))
    let compute: Compute = try #require(Compute(threads: 7))
    let interruption = Interruption(listening: false)
    interruption.ask()
    _ = #expect(throws: Problem.self) {
      try minute.training(["train.dtype=bf16", "train.recompute=true"], runs: "b", on: compute).run(until: interruption)
    }
    let again = try minute.training(["train.dtype=bf16", "train.recompute=true"], runs: "b").run(
      until: Interruption(listening: false))
    #expect(again.hash == straight.hash)
    #expect(try minute.hashes(again) == minute.hashes(straight))
    let plain = try minute.training(runs: "c").run(until: Interruption(listening: false))
    #expect(plain.hash != straight.hash)
    if minute.compute.products(.bf16) == .bf16 { #expect(try minute.hashes(plain) != minute.hashes(straight)) }
  }

  @Test func cadenceDoesNotShow() throws {
    let minute = try Minute()
    let a = try minute.training(runs: "a").run(until: Interruption(listening: false))
    let b = try minute.training(["record.evaluate=0", "record.sample=3", "record.checkpoint=5"], runs: "b").run(
      until: Interruption(listening: false))
    #expect(a.hash == b.hash)
    #expect(try minute.hashes(a) == minute.hashes(b))
    #expect(Disk.exists(b.path("samples/step-00000003.png")))
  }

  @Test func anythingThatChangesTheWeightsChangesTheName() throws {
    let minute = try Minute()
    let names = try [
      "seed=1", "train.rate=2.0e-3", "levels.mean=0.5", "model.layers=1", "objective.prediction=velocity",
      "codec.kind=haar", "train.ema=0.8",
    ].map {
      try minute.training([$0]).run.name
    }
    #expect(Set(names + [try minute.training().run.name]).count == names.count + 1)
  }

  @Test func extendingGoesOn() throws {
    let minute = try Minute()
    _ = try minute.training().run(until: Interruption(listening: false))
    let longer = try minute.training(extend: 15).run(until: Interruption(listening: false))
    #expect(longer.step == 15 && longer.status == .done)
    #expect(try steps("step", longer) == Array(0..<15))
    #expect(try steps("held_out", longer) == [0, 6, 12, 15])
  }

  private func steps(_ kind: String, _ run: Run) throws -> [Int] {
    try EventLog.read(run.path("events.jsonl")).map(\.value).filter { $0["kind"]?.string == kind }.compactMap {
      $0["step"]?.integer
    }
  }

  /// A run that has all its steps is left as it is: its last observation, its cost, its ledger.
  @Test func runningAFinishedRunChangesNothing() throws {
    let minute = try Minute()
    let run = try minute.training().run(until: Interruption(listening: false))
    let files = ["run.json", "events.jsonl", "ledger.jsonl", "weights.safetensors"]
    let before = try files.map { try Hashing.sha256(file: run.path($0)) }
    _ = try minute.training().run(until: Interruption(listening: false))
    #expect(try files.map { try Hashing.sha256(file: run.path($0)) } == before)
    #expect(try steps("held_out", run) == [0, 6, 12])
  }

  /// kill -9 at random moments, again and again, until the run is done.
  @Test func killedAndContinuedEqualsUninterrupted() throws { try kill(times: 6) }

  @Test(.soak) func SoakTwoHundredKills() throws { try kill(times: 200) }

  /// Half of the kills strike at any moment of a start, half so and so many steps into the training. Some clips reach a
  /// cap on the way.
  private func kill(times: Int) throws {
    // One thread: on a machine with other work, two would wait for each other most of the time.
    let minute = try Minute(threads: 1), steps = max(300, times * 15), cap = 12 * max(1, times / 10)
    let set = [
      "train.steps=\(steps)", "train.batch=1", "train.accumulate=1", "model.layers=1", "record.evaluate=\(steps / 5)",
      "record.checkpoint=3",
    ]
    try DepartureTests.shorten(minute) { $0.set("max_exposures", Value(cap)) }
    let straight = try minute.training(set, runs: "a").run(until: Interruption(listening: false))
    let arguments =
      ["finetune", minute.scratch("minute.yaml"), "--runs", minute.scratch("b"), "--threads", "1"]
      + set.flatMap { ["--set", $0] }
    let events = minute.scratch("b/\(straight.name)/events.jsonl")
    func lines() -> Int { (try? Disk.read(events))?.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) } ?? 0 }
    var kills = 0, inSteps = 0
    for attempt in 0... {
      let process = Process(), random = Random(seed: 42, lane: attempt)
      process.executableURL = URL(fileURLWithPath: try orreryBinary())
      process.arguments = arguments
      process.environment = ProcessInfo.processInfo.environment.merging(["ORRERY_HOME": minute.scratch("home")]) { $1 }
      process.standardError = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      if kills < times {
        // About the time a start takes on a quiet machine, twice over.
        usleep(UInt32(160_000 * random.uniform(0, .order)))
        if attempt % 2 == 1 {
          // The log is cut back to the checkpoint when training begins, and grows from there.
          let from = lines() + 1 + Int(8 * random.uniform(1, .order))
          while process.isRunning, lines() < from { usleep(1000) }
          usleep(UInt32(20_000 * random.uniform(2, .order)))
        }
        if process.isRunning {
          Glibc.kill(process.processIdentifier, SIGKILL)
          kills += 1
          inSteps += attempt % 2
        }
      }
      process.waitUntilExit()
      if process.terminationReason == .exit {
        #expect(process.terminationStatus == 0)
        break
      }
    }
    #expect(kills == times && inSteps > times / 3, "\(kills) kills, \(inSteps) of them in the steps")
    let survivor = try RunsFolder(path: minute.scratch("b")).find(straight.name)
    #expect(survivor.status == .done)
    #expect(try minute.hashes(survivor) == minute.hashes(straight), "after \(kills) kills")
    // Verifying checks every line of the chain and every signature.
    let ledgers = try [straight, survivor].map { try LedgerReader.verify($0.path("ledger.jsonl"), run: $0.hash) }
    #expect(
      ledgers[0].clips == ledgers[1].clips && ledgers[0].grants == ledgers[1].grants
        && ledgers[0].total == ledgers[1].total, "exposures after \(kills) kills")
    #expect(ledgers[0].evaluations == ledgers[1].evaluations)
    #expect(ledgers.allSatisfy { $0.signing.keys.count == 1 && $0.signing.covered == $0.records && $0.closed })
    #expect(DepartureTests.few.allSatisfy { ledgers[1].clips[$0]?.seen == cap })
    let l = ledgers[1]
    print(
      "killed \(kills) times, \(inSteps) of them in the steps: \(l.records) records, \(l.checkpoints.count) checkpoints, all signed; \(l.total.seen) frames seen as without kills, \(l.voided.seen) voided, \(l.tornLines) torn lines"
    )
  }
}
