import Bench
import Clips
import Compare
import Consent
import Export
import Files
import Foundation
import Frames
import Lab
import Measures
import Media
import Pages
import Runs
import Tensors
import TestKit
import Testing
import Training

/// Videos that were made elsewhere, held against the footage they go on with.
@Suite(.serialized) struct FilmBenchTests {
  private func problem(_ body: () throws -> Void) throws -> Problem {
    do { try body() } catch let problem as Problem { return problem }
    throw Problem("nothing was refused")
  }

  private func job(_ minute: Minute, _ folder: String, _ options: BenchOptions) throws -> BenchJob {
    try BenchJob(
      films: minute.scratch(folder), runs: minute.scratch("runs"), options, home: HomeFolder(minute.scratch("home")),
      on: minute.compute)
  }

  private func options(_ minute: Minute) -> BenchOptions {
    var options = BenchOptions()
    options.footage = minute.scratch("worlds.h5")
    options.loose.unsigned = [.ownWork]
    return options
  }

  /// A window by its clip and beginning, its clip's first by the clip alone, by a caption no other has, by Physics-IQ's
  /// name; samples by number.
  @Test func namesPair() throws {
    let scratch = try Scratch(), folder = scratch("films")
    func pairs(_ names: [String], _ windows: [FilmPairs.Window]) throws -> FilmPairs {
      try? FileManager.default.removeItem(atPath: folder)
      for name in names {
        let path = folder + "/" + name
        try Disk.makeFolder((path as NSString).deletingLastPathComponent)
        try Disk.write(name, to: path)
      }
      return try FilmPairs(FilmFolder(folder, threads: 1), windows)
    }
    let windows = [
      FilmPairs.Window(clip: "a/clip-00003", start: 0, isFirst: true, caption: "a cat runs"),
      FilmPairs.Window(clip: "a/clip-00003", start: 20, isFirst: false, caption: "a cat runs"),
      FilmPairs.Window(clip: "b", start: 8, isFirst: true, caption: "A dog - it barks"),
      FilmPairs.Window(
        clip: "0007_testing-videos_30FPS_perspective-left_take-1_trimmed-ball", start: 0, isFirst: true, caption: nil),
      FilmPairs.Window(
        clip: "0008_testing-videos_30FPS_perspective-left_take-2_trimmed-ball", start: 0, isFirst: true, caption: nil),
    ]
    let names = [
      "a_clip-00003-1.mp4", "a/clip-00003.mp4", "a_clip-00003@20.webm", "b@8.mp4", "A dog - it barks-1.mp4",
      "0007_perspective-left_trimmed-ball.mp4", "0008_perspective-left_trimmed-ball.mp4", "a cat runs-0.mp4",
      "c.mp4", "notes.txt", ".hidden.mp4",
    ]
    let found = try pairs(names, windows)
    #expect(
      found.paths == [
        ["a/clip-00003.mp4", "a_clip-00003-1.mp4"], ["a_clip-00003@20.webm"], ["b@8.mp4", "A dog - it barks-1.mp4"],
        ["0007_perspective-left_trimmed-ball.mp4"], [],
      ])
    #expect(found.unpaired == ["0008_perspective-left_trimmed-ball.mp4", "a cat runs-0.mp4", "c.mp4"])
    let twice = try problem { _ = try pairs(["b.mp4", "b@8.mp4"], windows) }
    #expect(twice.what.contains("b.mp4") && twice.what.contains("b@8.mp4"))
    #expect(try problem { _ = try pairs(["x.txt"], windows) }.what == "there are no videos here")
    #expect(!FilmFolder.isOne(scratch("nothing")))
    // A folder in itself, by a link, is one folder; a result is no video of it.
    try Disk.makeFolder(folder + "/bench")
    for name in ["b.mp4", "bench/footage.mp4"] { try Disk.write("film", to: folder + "/" + name) }
    try FileManager.default.createSymbolicLink(atPath: folder + "/again", withDestinationPath: folder)
    let own = try FilmFolder(folder, threads: 1)
    #expect(own.names == ["b.mp4"] && own.passed.count == 1, "\(own.names) \(own.passed)")
  }

  /// The clips of a dataset themselves, twice their size: as near to the truth as an encoder lets them be; what is missing,
  /// short or broken is said, and nothing else is lost by it.
  @Test func areHeldAgainstWhatFollowed() throws {
    let minute = try Minute(), data = try Dataset(path: minute.scratch("worlds.h5")), folder = minute.scratch("films")
    try Disk.makeFolder(folder)
    func write(_ clip: Int, _ name: String, count: Int = 12) throws {
      let own = try data.frames(clip, 0..<count), side = own.width
      var pixels: [UInt8] = []
      for t in 0..<count {
        for y in 0..<2 * side {
          for x in 0..<2 * side {
            let at = ((t * side + y / 2) * side + x / 2) * 3
            pixels += own.pixels[at..<at + 3]
          }
        }
      }
      try VideoWriter.write(
        Frames(count: count, height: 2 * side, width: 2 * side, pixels: pixels, fps: own.fps),
        to: "\(folder)/\(name).mp4")
    }
    func name(_ clip: Int) -> String { data.clips[clip].id.replacingOccurrences(of: "/", with: "_") }
    for clip in 1..<5 { try write(clip, name(clip)) }
    // The first is broken: how long the others are does not hang on it.
    try Disk.write("no video", to: "\(folder)/\(name(0)).mp4")
    try write(5, name(5), count: 5)
    try write(7, "stranger")
    let job = try job(minute, "films", options(minute)), found = try job.run(minute.quiet).result
    #expect(found.model?.instances.count == 6 && found.subjects.contains { $0.name == "frozen" })
    let psnr = found.estimate(.model, "psnr")
    #expect(psnr.n == 4 && psnr.value > 30 && found.protocolStamp.value["conditioning"]?.integer == 1)
    let notes = found.model?.instances.compactMap { $0.notes["psnr"]?.text } ?? []
    #expect(notes.contains { $0.contains("5 frames") } && notes.contains { $0.contains("cannot be read") })
    #expect(
      found.notes.contains { $0.contains("stranger.mp4") } && found.notes.contains { $0.contains("64×64 were scaled") })
    #expect(found.subjects.first { $0.name == "nearest-training" }?.note?.contains("videos") == true)
    #expect(Disk.exists(job.file("mp4")) && Disk.exists(job.file("html")) && job.path.hasPrefix(folder + "/bench/"))
    // That clips were looked at stands in the person's own ledger.
    #expect(try Disk.readText(minute.scratch("home/evaluations.jsonl")).contains(data.clips[1].id))
    // No grant, no clip.
    var bare = options(minute)
    bare.loose.unsigned = []
    #expect(throws: Problem.self) { try self.job(minute, "films", bare) }
    var few = options(minute)
    (few.frames, few.given) = (8, 8)
    #expect(try problem { _ = try self.job(minute, "films", few) }.place == "--given")
    few.given = 4
    #expect(try self.job(minute, "films", few).run(minute.quiet).result.estimate(.model, "psnr").n == 4)
    few.footage = nil
    #expect(try problem { _ = try self.job(minute, "films", few) }.expected?.contains("--like") == true)
    for clip in data.clips.indices { try? FileManager.default.removeItem(atPath: "\(folder)/\(name(clip)).mp4") }
    #expect(try problem { _ = try self.job(minute, "films", options(minute)) }.expected?.contains(".mp4") == true)
  }

  /// A run and another tool's videos of its windows, side by side and paired.
  @Test func areComparedWithARun() throws {
    let minute = try Minute(), data = try Dataset(path: minute.scratch("worlds.h5"))
    let run = try minute.training(["train.steps=4"]).run(until: Interruption(listening: false))
    var asked = BenchOptions(suite: "footage", count: 3)
    asked.steps = 1
    let home = HomeFolder(minute.scratch("home")), runs = minute.scratch("runs")
    let own = try BenchJob(reference: run.folder, runs: runs, asked, home: home, on: minute.compute).run(minute.quiet)
    let ids = own.result.model?.instances.map(\.id) ?? []
    #expect(ids.count == 3)
    for id in ids {
      let clip = String(id.prefix { $0 != "[" }), index = try #require(data.index(of: clip))
      try Disk.makeFolder(minute.scratch("films"))
      try VideoWriter.write(
        data.frames(index, 0..<12),
        to: minute.scratch("films/" + clip.replacingOccurrences(of: "/", with: "_") + ".mp4"))
    }
    var like = BenchOptions(count: 3)
    like.like = run.folder
    let films = try job(minute, "films", like), found = try films.run(minute.quiet).result
    #expect(films.next() == ["compare", run.folder, minute.scratch("films")])
    #expect(ComparedRun.isFilms(minute.scratch("films")) && !ComparedRun.isFilms(run.folder))
    #expect(found.protocolStamp.withoutSampling == own.result.protocolStamp.withoutSampling)
    let comparison = try Comparison([run], films: [minute.scratch("films")], metric: "psnr")
    #expect(comparison.variants.map(\.title) == [run.name, "films"])
    #expect(comparison.metrics.first?.isPrimary == true && comparison.text.contains("made elsewhere"))
    let result = try #require(comparison.result)
    #expect(result.estimate(.run("B"), "psnr").value > result.estimate(.run("A"), "psnr").value + 5)
    let report = minute.scratch("report/report.html")
    try CompareReport.write(comparison, to: report)
    #expect(try Disk.readText(report).contains("films"))
    // Of other windows nothing can be said.
    like.count = 2
    #expect(try !job(minute, "films", like).run(minute.quiet).result.metrics.isEmpty)
    try FileManager.default.removeItem(atPath: films.path)
    #expect(try problem { _ = try Comparison([run], films: [minute.scratch("films")]) }.what.contains("protocols"))
    let damaged = try job(minute, "films", like).path
    try Disk.write("{", to: damaged)
    #expect(ComparedRun.isFilms(minute.scratch("films")))
    #expect(
      try problem { _ = try Comparison([run], films: [minute.scratch("films")]) }.place?.contains("bench/") == true)
    like.given = 1
    #expect(try problem { _ = try job(minute, "films", like) }.place == "--like")
    like.given = nil
    like.steps = 4
    #expect(try problem { _ = try job(minute, "films", like) }.place == minute.scratch("films"))
  }

  /// An exported model is asked footage under the caller's terms.
  @Test func exportsAreAskedToo() throws {
    let minute = try Minute(), home = HomeFolder(minute.scratch("home"))
    let run = try minute.training(["train.steps=2"]).run(until: Interruption(listening: false))
    _ = try Export(run, out: minute.scratch("model"), home: home).write(on: minute.compute, minute.quiet)
    var asked = BenchOptions(suite: "footage", count: 2, out: minute.scratch("out"))
    asked.steps = 1
    func bench() throws -> BenchResult {
      try BenchJob(
        reference: minute.scratch("model"), runs: minute.scratch("runs"), asked, home: home, on: minute.compute
      ).run(minute.quiet).result
    }
    #expect(try problem { _ = try bench() }.expected == "--data FILE")
    asked.footage = minute.scratch("worlds.h5")
    #expect(throws: Problem.self) { try bench() }
    asked.loose.unsigned = [.ownWork]
    #expect(try bench().model?.instances.count == 2)
  }
}
