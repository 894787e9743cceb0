import Bench
import Clips
import Consent
import Diffusion
import Files
import Foundation
import Frames
import Ledger
import Media
import Provenance
import Runs
import TestKit
import Testing
import Training
import Worlds

/// Footage a model is given, and what is shown beside a model's clips, stands in a ledger before it is used: whoever
/// hands the frames out sees to it, whoever asks for them.
@Suite(.serialized) struct ConditioningTests {
  private struct Room {
    let minute: Minute, run: Run, home: HomeFolder

    init() throws {
      minute = try Minute()
      run = try minute.training(["train.steps=2", "record.evaluate=0"]).run(until: Interruption(listening: false))
      home = HomeFolder(minute.scratch("home"))
    }

    func given(_ ledger: EvaluationLedger) throws -> Conditioning {
      try Conditioning(
        .clip(dataset: minute.scratch("worlds.h5"), id: "projectile/id-val/000000"),
        for: run.model(on: minute.compute), frames: 4, manifest: nil,
        request: ConsentRequest(action: .evaluate, unsignedBases: [.ownWork]), recordedIn: ledger)
    }

    func sample(_ given: Conditioning, count: Int = 1, to folder: String) throws -> Sampling.Result {
      let sampling = Sampling(
        count: count, frames: nil, seed: 0, settings: .init(steps: 1), caption: nil, context: nil)
      let origin = try CredentialOrigin(run.folder, name: "a", weightsHash: "x", run: run)
      return try sampling.run(
        run.model(on: minute.compute), given: given, to: folder, name: "a", CredentialedVideo(origin, home: home),
        minute.quiet)
    }

    func uses() throws -> [String: Int] {
      try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash).evaluations.uses
    }

    /// One byte of it is another.
    func damageLedger() throws {
      var ledger = try Disk.read(run.path("ledger.jsonl"))
      ledger[ledger.count / 2] ^= 1
      try Disk.write(ledger, to: run.path("ledger.jsonl"))
    }
  }

  @Test func theRecordStandsBeforeAnyFileIsWritten() throws {
    let room = try Room(), given = try room.given(EvaluationLedger(run: room.run, model: "x", home: room.home))
    // What is refused for another reason is no use.
    #expect(throws: Problem.self) { try room.sample(given, count: 0, to: room.minute.scratch("out")) }
    #expect(try room.uses() == [:])
    // No folder can be made under a file: nothing was written, and the record is there.
    try Disk.write("in the way", to: room.minute.scratch("file"))
    #expect(throws: Problem.self) { try room.sample(given, to: room.minute.scratch("file/out")) }
    #expect(try room.uses() == ["conditioning": 4])
    let made = try room.sample(given, to: room.minute.scratch("out"))
    #expect(made.videos.count == 1 && Disk.exists(made.videos[0]))
    #expect(try room.uses() == ["conditioning": 8])
    let record = try #require(try LedgerReader.trail(room.run.path("ledger.jsonl")).evaluations.last)
    #expect(record.clips == ["projectile/id-val/000000": 4])
    let terms = try #require(record.terms["projectile/id-val/000000"])
    #expect(terms.action == .evaluate && terms.basis == .ownWork && terms.framesSHA256 == given.admission.framesSHA256)
  }

  /// Captions are in no hash of a run's name; a resume with others is another training.
  @Test func aResumeWithOtherCaptionsIsRefused() throws {
    let minute = try Minute(), worlds = try Dataset(path: minute.scratch("worlds.h5")), path = minute.scratch("said.h5")
    func write(_ caption: String) throws {
      let writer = try DatasetWriter(path: path, height: 32, width: 32, fps: worlds.fps)
      for i in 0..<4 {
        try writer.append(
          id: "c\(i)", frames: try worlds.frames(i, 0..<12), split: .train, caption: i == 2 ? caption : "a ball")
      }
      try writer.finish()
    }
    try write("a ball that falls")
    let manifest = minute.scratch("said.optin.json")
    _ = try ConsentDraft.write(path, licensor: "tests", terms: ConsentGrantTerms(.ownWork), to: manifest, minute.quiet)
    // As manifests of before were: they list the frames alone, so the gate has no word against other captions.
    try Disk.edit(manifest) { document in
      document.set(
        "assets",
        .array(
          (document["assets"]?.array ?? []).map { asset in
            var asset = asset
            asset.set("content", ["frames_sha256": asset["content"]?["frames_sha256"] ?? .null])
            return asset
          }))
    }
    let set = ["data=[{path: said.h5}]", "train.steps=4", "record.evaluate=0"]
    func train(stopping: Bool) throws -> Run {
      let interruption = Interruption(listening: false)
      if stopping { interruption.ask() }
      return try minute.training(set).run(until: interruption)
    }
    #expect(problem { _ = try train(stopping: true) }.exit == .preempted)
    try write("a ball that rises")
    let it = problem { _ = try train(stopping: false) }
    #expect(it.what.contains("caption of the clip is not the one the run began with") && it.exit == .failure, "\(it)")
    #expect(it.place?.contains("clip c2") == true)
    let run = try #require(RunsFolder(path: minute.scratch("runs")).runs().runs.first)
    #expect(run.step == 1 && run.status == .stopped)
    try write("a ball that falls")
    #expect(try train(stopping: false).status == .done)
  }

  @Test func aLedgerThatCannotBeWrittenRefuses() throws {
    let room = try Room(), out = room.minute.scratch("out")
    // An exported model's use goes to a home, and this one cannot be made.
    try Disk.write("in the way", to: room.minute.scratch("file"))
    let homeless = EvaluationLedger(run: nil, model: "x", home: HomeFolder(room.minute.scratch("file/home")))
    let given = try room.given(homeless)
    #expect(throws: Problem.self) { try given.recordedFrames() }
    #expect(throws: Problem.self) { try room.sample(given, to: out) }
    let own = try room.given(EvaluationLedger(run: room.run, model: "x", home: room.home))
    try room.damageLedger()
    #expect(throws: Problem.self) { try own.recordedFrames() }
    #expect(!Disk.exists(out))
  }

  /// The training clip shown beside a model's.
  @Test func nothingOfTheTrainingDataIsShownUnrecorded() throws {
    let room = try Room()
    let nearest = try NearestTraining(
      room.run, given: World.conditioning, height: 32, width: 32,
      recordedIn: EvaluationLedger(run: room.run, model: "x", home: room.home))
    #expect(try nearest.show([]).frames(of: []).isEmpty && room.uses() == [:])
    #expect(try nearest.show([1, 0, 1]).frames(of: [0, 1]).map(\.count) == [12, 12])
    #expect(try room.uses() == ["nearest training clip": 2 * (12 - World.conditioning)])
    try room.damageLedger()
    #expect(throws: Problem.self) { try nearest.show([2]) }
  }

  /// Sample grids and held-out losses of a training.
  @Test func whatATrainingLooksAtIsRecordedFirst() throws {
    let room = try Room(), run = room.run, model = try run.model(on: room.minute.compute)
    let books = try Bookkeeping(
      run, key: KeyRing(room.home).openOrMake(RunKey.name), home: room.home, from: run.step, head: nil)
    try Disk.write("in the way", to: room.minute.scratch("file"))
    #expect(throws: Problem.self) {
      try SampleGrid.write(
        model, run.experiment, step: run.step, recordedIn: books, to: room.minute.scratch("file/grid.png"))
    }
    let grid = try #require(try room.uses()["samples"])
    let spec = try run.spec
    #expect(grid > 0 && grid % spec.context == 0)
    let held = try HeldOut(
      ClipSource(run.experiment, .evaluate, split: .validation), spec,
      ClipLatents(
        model.coder, model.pictures, spec, ContentCache(runs: room.minute.scratch("runs"), limit: 0),
        on: room.minute.compute),
      model.captions, levels: run.experiment.levels, limit: 2,
      on: room.minute.compute)
    let losses = try held.losses(spec, model.parameters, limit: 1, step: run.step, recordedIn: books)
    #expect(losses.clips.count == 1)
    #expect(try room.uses() == ["samples": grid, "held-out": 12])
  }
}

extension NearestTraining.Shown {
  fileprivate func frames(of windows: [Int]) throws -> [Frames] { try windows.map { try frames($0) } }
}
