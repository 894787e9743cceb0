import Bench
import Consent
import Files
import Foundation
import Frames
import Runs
import Tensors
import TestKit
import Testing
import Training

/// The documents of a run's folder as types: what is read is what is written, to the byte, and files of other versions
/// are read too.
@Suite(.serialized) struct RunDocumentTests {
  /// A line of each kind as it has always been written.
  private static let lines = [
    #"{"kind":"step","step":3,"loss":0.5,"norm":1.25,"rate":0.001,"seconds":0.5,"wait":0.0625}"#,
    // Before loading was timed, and before anything but the loss was logged.
    #"{"kind":"step","step":3,"loss":0.5,"norm":1.25,"rate":0.001,"seconds":0.5}"#,
    #"{"kind":"step","step":0,"loss":null}"#,
    #"{"kind":"held_out","step":6,"loss":1.5,"losses":[1.0,2.0],"levels":[{"sigma":0.1,"loss":1.5,"low":1.0,"high":2.0},{"sigma":0.9,"loss":1.5,"low":null,"high":null}]}"#,
    #"{"kind":"held_out","step":4,"loss":1.5,"losses":[1.0,2.0]}"#,
    #"{"kind":"evaluation","step":4,"name":"quick","suite":"physics-tiny/1","count":2,"sampler":{"solver":"heun","steps":2,"guidance":1.5,"shift":1.0,"order":"full"},"primary":["physics_tol5","validity"],"subjects":{"model":{"physics_tol5":{"value":1.5,"low":1.0,"high":2.0,"n":2},"validity":{"value":0.5,"low":null,"high":null,"n":1}},"ground-truth":{"physics_tol5":{"value":100.0,"low":100.0,"high":100.0,"n":2}},"frozen":{}}}"#,
    #"{"kind":"evaluation","step":4,"name":"clips","suite":"held-out","count":2,"primary":["held_out_loss"],"levels":[{"sigma":0.1,"loss":1.5,"low":1.0,"high":2.0}],"subjects":{"model":{"held_out_loss":{"value":1.5,"low":1.0,"high":2.0,"n":2}}}}"#,
    #"{"kind":"cap","step":4,"clip":"projectile/train/000001"}"#,
    #"{"kind":"left","step":6,"clip":"a","grant":"short","reasons":[{"code":"expired","grant":"short","sentence":"it ended","fix":"ask again"},{"code":"no-grant","sentence":"there is none","fix":"ask"}]}"#,
    #"{"kind":"held_out_left","step":8,"clips":["a","b"]}"#,
    #"{"kind":"rate_jump","step":20,"before":1e-05,"after":0.0006}"#,
    #"{"kind":"following","step":20,"clips":3,"loss":1.5,"changes":[{"given":"shuffled","mean":0.5,"low":0.25,"high":0.75},{"given":"shifted","mean":-0.5,"low":null,"high":null}],"verdict":"ignores"}"#,
  ]

  /// Every kind by an exhaustive switch, so that a new one is a decision here too.
  private func word(_ event: RunEvent) -> String {
    switch event {
    case .step: "step"
    case .heldOut: "held_out"
    case .evaluation: "evaluation"
    case .cap: "cap"
    case .left: "left"
    case .heldOutLeft: "held_out_left"
    case .following: "following"
    case .rateJump: "rate_jump"
    case .other: "other"
    }
  }

  @Test func everyLineComesBackAsItWas() throws {
    for line in Self.lines {
      let value = try JSON.parse(line, at: "line"), event = RunEvent(value)
      #expect(word(event) == value["kind"]?.string && event.at == value["step"]?.integer, "\(line)")
      #expect(JSON.line(event.value) == line)
    }
    #expect(Set(try Self.lines.map { word(RunEvent(try JSON.parse($0, at: "line"))) }).count == 8)
  }

  @Test func whatALineSaysIsRead() throws {
    func event(_ i: Int) throws -> RunEvent { RunEvent(try JSON.parse(Self.lines[i], at: "line")) }
    #expect(try event(0) == .step(.init(step: 3, loss: 0.5, norm: 1.25, rate: 0.001, seconds: 0.5, wait: 0.0625)))
    guard case .evaluation(let visit) = try event(5), case .left(_, _, let grant, let reasons) = try event(8) else {
      Issue.record("other kinds")
      return
    }
    #expect(visit.model?["validity"]?.value == 0.5 && visit.controls.map(\.subject) == ["ground-truth", "frozen"])
    #expect(visit.primaries == ["physics_tol5", "validity"] && visit.count == 2 && visit.levels.isEmpty)
    #expect(grant == "short" && reasons.map(\.code) == [.expired, .noGrant])
  }

  /// Kinds, forms and reasons of other versions are carried, never guessed at.
  @Test func anotherVersionsLinesAreOther() throws {
    for line in [
      #"{"kind":"resharded","step":3,"ranks":8}"#, #"{"step":3}"#, #"{"kind":"step","loss":1.0}"#,
      #"{"kind":"cap","step":3}"#,
      #"{"kind":"left","step":6,"clip":"a","grant":"g","reasons":[{"code":"of-tomorrow","sentence":"s","fix":"f"}]}"#,
    ] {
      let event = RunEvent(try JSON.parse(line, at: "line"))
      #expect(word(event) == "other" && JSON.line(event.value) == line, "\(line)")
    }
  }

  /// A resume drops what is done again and leaves the other lines alone, keys it does not know among them.
  @Test func aResumeKeepsForeignKeys() throws {
    let scratch = try Scratch(), path = scratch("events.jsonl")
    let kept = [
      #"{"kind":"step","step":3,"loss":1.0,"temperature":51.5}"#,
      #"{"kind":"held_out","step":4,"loss":1.0,"losses":[],"by":"x"}"#,
      #"{"kind":"resharded","step":4,"ranks":8}"#,
    ]
    let dropped = [
      #"{"kind":"step","step":4,"loss":1.0}"#, #"{"kind":"cap","step":5,"clip":"a"}"#, #"{"kind":"noise"}"#,
    ]
    try Disk.write((kept + dropped).map { $0 + "\n" }.joined(), to: path)
    let log = try EventLog(path, keepingBelow: 4)
    try log.append(.heldOutLeft(step: 4, clips: ["c"]))
    #expect(
      try Disk.readText(path)
        == kept.map { $0 + "\n" }.joined() + #"{"kind":"held_out_left","step":4,"clips":["c"]}"# + "\n")
  }

  /// What a training writes is read without a rest.
  @Test func aTrainingsOwnFilesComeBackAsTheyAre() throws {
    let minute = try Minute()
    let entries =
      "evaluate=[{name: quick, every: 6, count: 1, steps: 1}, {name: clips, suite: held-out, every: 6, count: 2}]"
    let run = try minute.training([entries, "energy.grid_g_per_kwh=30"]).run(until: Interruption(listening: false))
    let text = try Disk.readText(run.path("events.jsonl")), events = try EventLog.read(run.path("events.jsonl"))
    #expect(events.map { JSON.line($0.value) + "\n" }.joined() == text)
    #expect(Set(events.map(word)) == ["step", "held_out", "evaluation"])
    let document = try Disk.readText(run.path("run.json")), again = try Run(folder: run.folder)
    try again.save()
    #expect(try Disk.readText(run.path("run.json")) == document)
    #expect(again.status == .done && again.cost == run.cost && again.machine == run.machine)
    #expect(again.machine.instructions == minute.compute.instructions)
  }
}

@Suite struct RunCostTests {
  /// As it was first written, as loading was timed, as energy was metered, estimated and without a grid.
  private static let documents = [
    "{}", #"{"wall_seconds":12.5,"processor_seconds":24.0,"parameters":1234,"peak_rss_bytes":1048576}"#,
    #"{"wall_seconds":12.5,"processor_seconds":24.0,"data_wait_seconds":0.5,"parameters":1234,"peak_rss_bytes":1048576,"threads":2}"#,
    #"{"wall_seconds":12.5,"processor_seconds":24.0,"data_wait_seconds":0.5,"parameters":1234,"peak_rss_bytes":1048576,"threads":2,"joules":3600.0,"kwh":0.001,"energy":"measured"}"#,
    #"{"wall_seconds":12.5,"processor_seconds":24.0,"data_wait_seconds":0.5,"parameters":1234,"peak_rss_bytes":1048576,"threads":2,"joules":3600.0,"kwh":0.001,"energy":"mixed","watts_per_core":5.0,"co2e_g":0.5,"grid_g_per_kwh":500.0}"#,
    // Of tomorrow: a new key, and a word nobody knows yet.
    #"{"wall_seconds":12.5,"energy":"harvested","water_l":3.5}"#,
  ]

  @Test func everyDocumentComesBackAsItWas() throws {
    for document in Self.documents {
      #expect(JSON.line(RunCost(try JSON.parse(document, at: "cost")).value) == document)
    }
    let tomorrow = RunCost(try JSON.parse(Self.documents[5], at: "cost"))
    #expect(tomorrow.wallSeconds == 12.5 && tomorrow.source == nil && tomorrow.energyText == nil)
  }

  @Test func sessionsAddUp() throws {
    let before = RunCost(try JSON.parse(Self.documents[3], at: "cost"))
    let session = RunCost.Session(
      wall: 1, processor: 2, waited: 0.25, energy: Energy(joules: 10, source: .estimated), parameters: 1234, peak: 5,
      threads: 7)
    let sum = before.adding(session, EnergySettings(wattsPerCore: 5, gridGramsPerKWh: 360))
    #expect(
      JSON.line(sum.value)
        == #"{"wall_seconds":13.5,"processor_seconds":26.0,"data_wait_seconds":0.75,"parameters":1234,"peak_rss_bytes":1048576,"threads":7,"joules":3610.0,"kwh":0.0010027777777777778,"energy":"mixed","watts_per_core":5.0,"co2e_g":0.361,"grid_g_per_kwh":360.0}"#
    )
    #expect(sum.energyText == "0.001003 kWh (3610 J), mixed at 5.000 W a busy core; 0.3610 g CO2e at 360.0 g/kWh")
    // A first session that was measured says no watts, and nothing of a grid nobody named.
    var measured = session
    measured.energy.source = .measured
    let first = RunCost().adding(measured, EnergySettings())
    #expect(first.source == .measured && first.wattsPerCore == nil && first.co2eGrams == nil && first.joules == 10)
  }
}

@Suite struct RunMachineTests {
  @Test func itIsWrittenAsItAlwaysWas() throws {
    let machine = RunMachine(instructions: "avx2", dtype: .f32, build: "orrery 1")
    #expect(JSON.line(machine.value) == #"{"instructions":"avx2","dtype":"f32","build":"orrery 1"}"#)
    #expect(machine.instructions == "avx2")
  }

  /// A machine of before, which named its BLAS, is another machine: the bits may differ.
  @Test func allOfItDecides() throws {
    let old = RunMachine(try JSON.parse(#"{"instructions":"avx2","blas":"x","build":"orrery 1"}"#, at: "machine"))
    #expect(old.instructions == "avx2" && old.value["blas"] == "x")
    #expect(old != RunMachine(try JSON.parse(#"{"instructions":"avx2","build":"orrery 1"}"#, at: "machine")))
  }
}

@Suite struct RunStatusTests {
  @Test func aRunStandsSomewhereThatIsKnown() throws {
    let paper = try PaperRuns(), run = try paper.run("a"), path = run.path("run.json")
    for status in Run.Status.allCases {
      try Disk.edit(path) { $0.set("status", .string(status.rawValue)) }
      #expect(try Run(folder: run.folder).status == status)
    }
    try Disk.edit(path) { $0.set("status", "dome") }
    let refused = problem { try Run(folder: run.folder) }
    #expect(refused.contains("did you mean 'done'") && refused.exit == .failure)
  }
}
