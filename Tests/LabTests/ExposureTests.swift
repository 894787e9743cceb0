import Consent
import Files
import Lab
import Testing

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
    #expect(try LedgerReader.verify(run.path("ledger.jsonl")).clips.values.allSatisfy { $0.seen == 24 })
    let refusal = #expect(throws: Problem.self) { try minute.training(["name=other"]) }
    #expect(refusal?.what.contains("exposure-cap-reached") == true)
    // Its own run is not held against itself.
    #expect(try minute.training().run(until: Interruption(listening: false)).status == "done")
  }

  @Test func aClipLeavesWhenItsCapIsReached() throws {
    let minute = try Minute()
    try cap(minute, 24)
    let problem = #expect(throws: Problem.self) { try minute.training(["train.steps=13"]).run(until: Interruption(listening: false)) }
    #expect(problem?.what.contains("exposure cap") == true)
    let run = try #require(Run.all(in: minute.scratch("runs")).runs.first)
    #expect(try LedgerReader.verify(run.path("ledger.jsonl")).clips.values.allSatisfy { $0.seen <= 24 })
  }

  @Test func anEmptyLedgerOfAnotherRunStopsNobody() throws {
    let minute = try Minute()
    try cap(minute, 24)
    try Disk.write("", to: minute.scratch("runs/broken-00000000/ledger.jsonl"))
    #expect(try minute.training().run(until: Interruption(listening: false)).status == "done")
  }

  @Test func aBaseWithAnotherPatchIsRefusedBeforeAnythingIsWritten() throws {
    let minute = try Minute()
    let base = try minute.training().run(until: Interruption(listening: false))
    let problem = #expect(throws: Problem.self) {
      try minute.training(["name=fine", "from=\(base.folder)", "model.patch=[1, 2, 2]", "levels.prefix_frames=2"])
    }
    #expect(problem?.what.contains("multiple of 4") == true)
    let other = #expect(throws: Problem.self) { try minute.training(["name=fine", "from=\(base.folder)", "objective.prediction=velocity"]) }
    #expect(other?.what.contains("predict x0") == true)
  }
}
