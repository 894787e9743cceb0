import Bench
import Compare
import Export
import Files
import Foundation
import Pages
import Runs
import TestKit
import Testing
import Training

/// Runs that are found elsewhere, lengthened, or named by text that a shell would read.
@Suite(.serialized) struct MovedProjectTests {
  @Test func aProjectCanBeMoved() throws {
    let minute = try Minute(), (one, two) = (minute.scratch("one"), minute.scratch("two"))
    try Disk.makeFolder(one)
    for name in ["worlds.h5", "worlds.optin.json", "minute.yaml"] {
      try FileManager.default.moveItem(atPath: minute.scratch(name), toPath: one + "/" + name)
    }
    func training(_ project: String) throws -> Training {
      try Training(
        Experiment(path: project + "/minute.yaml"),
        .init(runs: project + "/experiments/runs", home: HomeFolder(minute.scratch("home"))),
        observing: EvaluationRound.init,
        on: minute.compute, minute.quiet)
    }
    let run = try training(one).run(until: Interruption(listening: false))
    let text = try Disk.readText(run.path("run.json"))
    #expect(text.contains("\"../../../worlds.h5\"") && !text.contains(one))
    try FileManager.default.moveItem(atPath: one, toPath: two)
    let moved = try RunsFolder(path: two + "/experiments/runs").find(run.name)
    #expect(moved.experiment.data[0].path == two + "/worlds.h5")
    _ = try Export(moved, out: two + "/model", home: HomeFolder(minute.scratch("home"))).write(
      on: minute.compute, minute.quiet)
    // A run.json of before, or from another machine, has paths that lead nowhere: finding the run again mends them.
    try Disk.write(
      text.replacingOccurrences(of: "../../../worlds.h5", with: one + "/worlds.h5"), to: moved.path("run.json"))
    let lost = try Run(folder: moved.folder)
    let it = problem {
      try Export(lost, out: two + "/other", home: HomeFolder(minute.scratch("home"))).write(
        on: minute.compute, minute.quiet)
    }
    #expect(it.fix?.contains("--data") == true, "\(it)")
    for words in [one + "/worlds.h5=" + two + "/worlds.h5", one + "=" + two, "worlds.h5=" + two + "/worlds.h5"] {
      #expect(try lost.moved([words]).experiment.data[0].path == two + "/worlds.h5")
    }
    #expect(
      problem { try lost.moved(["none.h5=x"]) }.exit == .usage && problem { try lost.moved(["x"]) }.exit == .usage)
    _ = try Export(lost.moved([one + "=" + two]), out: two + "/other", home: HomeFolder(minute.scratch("home"))).write(
      on: minute.compute, minute.quiet)
    _ = try training(two).run(until: Interruption(listening: false))
    #expect(try Run(folder: moved.folder).experiment.data[0].path == two + "/worlds.h5")
  }

  @Test func whatLiesElsewhereStaysAbsolute() throws {
    let minute = try Minute(), folder = minute.scratch("a/b/c/d/run")
    #expect(try minute.experiment().relative(to: folder).data[0].path == minute.scratch("worlds.h5"))
    #expect(try minute.experiment().relative(to: minute.scratch("b/run")).data[0].path == "../../worlds.h5")
    #expect(try minute.experiment().relative(to: "/other/runs/run").data[0].path == minute.scratch("worlds.h5"))
  }

  @Test func aLengthenedRunSaysHowItsRateRises() throws {
    let minute = try Minute()
    let run = try minute.training().run(until: Interruption(listening: false))
    let longer = try minute.training(extend: 24), jump = try #require(longer.rateJump)
    #expect(jump.step == 12 && jump.after > 2 * jump.before)
    #expect(try TrainingPlan(longer, measuring: false).text.contains(jump.text))
    let done = try longer.run(until: Interruption(listening: false))
    func rates() throws -> [Int: Double] {
      let steps = try EventLog.read(run.path("events.jsonl")).compactMap { event in
        if case .step(let step) = event { step } else { nil }
      }
      return Dictionary(steps.map { ($0.step, $0.rate ?? .nan) }, uniquingKeysWith: { $1 })
    }
    #expect(try rates()[11] == jump.before && rates()[12] == jump.after)
    #expect(TrainingCurves(path: run.path("events.jsonl")).rateJumps == [jump])
    #expect(try Disk.readText(Report.run(done)).contains("the learning rate rises from"))
    // Held: no jump, and a resume holds it too.
    var options = minute.options("runs", 36)
    options.holdsRate = true
    let held = try Training(
      try minute.experiment(), options, observing: EvaluationRound.init, on: minute.compute, minute.quiet)
    #expect(held.rateJump == nil)
    let stop = Interruption(listening: false)
    stop.ask()
    #expect(problem { try held.run(until: stop) }.exit == .preempted)
    #expect(try Run(folder: run.folder).schedule == 24)
    _ = try minute.training().run(until: Interruption(listening: false))
    let all = try rates()
    #expect((24..<36).allSatisfy { all[$0] == all[23] } && all[23] ?? 0 > 0)
  }

  @Test(arguments: ["a\nb", "a\u{202E}b", "a\u{200B}b"]) func namesThatHideAreRefused(_ name: String) throws {
    let minute = try Minute()
    let it = problem { try minute.experiment(["name=\(JSON.line(.string(name)))"]) }
    #expect(it.exit == .usage && it.contains("name holds"), "\(it)")
    #expect(try minute.experiment(["name=שלום"]).name == "שלום")
  }
}
