import CHDF5
import Consent
import Files
import Foundation
import Frames
import Ledger
import Media
import Runs
import TestKit
import Testing
import Training

/// A clip whose frames are changed in their file while a run goes on: it leaves at a checkpoint, recorded, and the rest
/// is trained on.
@Suite(.serialized) struct ChangedClipTests {
  private static let frameBytes = 32 * 32 * 3, every = ["record.checkpoint=1", "record.keep=20", "record.evaluate=0"]

  /// The minute's dataset with its pixels in one piece, as many recorders write them. - Returns: where they begin.
  private func flatten(_ minute: Minute) throws -> Int {
    let pixels = try Self.pixels(minute.scratch("worlds.h5"))
    try HDF5.locked {
      let file = orrery_h5_open(minute.scratch("worlds.h5"), 1), shape = [pixels.count / Self.frameBytes, 32, 32, 3]
      try #require(file >= 0)
      H5Ldelete(file, "pixels", 0)
      let space = H5Screate_simple(4, shape.map { hsize_t($0) }, nil),
        id = H5Dcreate2(file, "pixels", orrery_h5t_u8(), space, 0, 0, 0)
      H5Dwrite(id, orrery_h5t_u8(), 0, 0, 0, pixels)
      H5Dclose(id)
      H5Sclose(space)
      H5Fclose(file)
    }
    let bytes = try Disk.read(minute.scratch("worlds.h5"))
    return try #require(bytes.range(of: Data(pixels.prefix(2 * Self.frameBytes)))).lowerBound
  }

  /// The file is closed again when they are there, and may be written.
  private static func pixels(_ path: String) throws -> [UInt8] {
    let data = try Dataset(path: path)
    return try data.clips.indices.flatMap { try data.frames($0, 0..<data.clips[$0].frames).pixels }
  }

  /// What spoils a clip's frames: it writes in place, as another program would.
  private func spoiler(_ minute: Minute, _ clip: String, from start: Int) throws -> @Sendable () -> Moment {
    let data = try Dataset(path: minute.scratch("worlds.h5")), path = minute.scratch("worlds.h5")
    let record = data.clips[try #require(data.index(of: clip))]
    let at = UInt64(start + record.start * Self.frameBytes), count = record.frames * Self.frameBytes
    return {
      if let file = FileHandle(forUpdatingAtPath: path) {
        try? file.seek(toOffset: at)
        try? file.write(contentsOf: Data(repeating: 255, count: count))
        try? file.close()
      }
      return DepartureTests.before
    }
  }

  /// A clip that is drawn late in the second epoch, and when.
  private func late(_ run: Run) throws -> (clip: String, step: Int) {
    let trail = try LedgerReader.trail(run.path("ledger.jsonl"))
    let record = try #require(trail.exposures.last { $0.steps.lowerBound <= 9 })
    return (try #require(record.clips.keys.min()), record.steps.lowerBound)
  }

  /// A held-out clip that is changed ends no training: visits of footage are left out from then on.
  @Test func aVisitIsLeftOut() throws {
    let minute = try Minute(), start = try flatten(minute), data = try Dataset(path: minute.scratch("worlds.h5"))
    let clip = try #require(data.clips.first { $0.split == .validation }).id
    let spoil = try spoiler(minute, clip, from: start)
    let entry = "evaluate=[{name: clips, suite: footage, every: 1, count: 8, steps: 1}]"
    let run = try DepartureTests.training(minute, "v", Self.every + [entry], striking: 6, spoil)
      .run(until: Interruption(listening: false))
    let visits = try Disk.readText(run.path("events.jsonl")).split(separator: "\n").count { $0.contains("footage/1") }
    #expect(run.status == .done && run.step == 12 && (1..<13).contains(visits), "\(visits)")
  }

  @Test func itLeavesAsChangedAndTheRunGoesOn() throws {
    let minute = try Minute(), start = try flatten(minute), whole = try Disk.read(minute.scratch("worlds.h5"))
    let untouched = try minute.training(Self.every, runs: "u").run(until: Interruption(listening: false))
    let (clip, step) = try late(untouched), spoil = try spoiler(minute, clip, from: start)
    let straight = try DepartureTests.training(minute, "a", Self.every, striking: 6, spoil)
      .run(until: Interruption(listening: false))
    #expect(straight.hash == untouched.hash && straight.status == .done && straight.step == 12)
    let sum = try LedgerReader.verify(straight.path("ledger.jsonl"), run: straight.hash)
    #expect(sum.left == [clip: step] && sum.changed == [clip] && sum.clips[clip]?.seen == 12)
    #expect(sum.total.seen == 12 * 4 * 12 && sum.text.contains("was not what was granted any more and left after step"))
    let trail = try LedgerReader.trail(straight.path("ledger.jsonl"))
    #expect(trail.history.leftFor == [clip: ["content-changed"]])
    #expect(!trail.exposures.contains { $0.steps.upperBound > step && $0.clips[clip] != nil })
    let left = try EventLog.read(straight.path("events.jsonl")).compactMap { event -> [Reason]? in
      if case .left(_, clip, _, let reasons) = event { reasons } else { nil }
    }
    #expect(left.count == 1 && left[0].map(\.code) == [.contentChanged])
    #expect(left[0].first?.sentence.contains("the pixels are not those that were hashed") == true)
    // Steps before are those of the untouched run, and those behind are not.
    let hashes = try [untouched, straight].map { run in
      try [step, 12].map { at in
        try Safetensors(path: run.path("checkpoints/step-" + Text.padded(at, 8) + ".safetensors")).bufferHash
      }
    }
    #expect(hashes[0][0] == hashes[1][0] && hashes[0][1] != hashes[1][1])

    // Stopped after every step, and whatever lies in the file afterwards: the same bits.
    try Disk.write(whole, to: minute.scratch("worlds.h5"))
    for stop in 1...11 {
      let interruption = Interruption(listening: false)
      interruption.ask()
      let striking = stop > step ? 100 : 6
      let it: Problem = problem {
        _ = try DepartureTests.training(minute, "b", Self.every, striking: striking, spoil).run(until: interruption)
      }
      #expect(it.exit == Problem.Exit.preempted, "stop \(stop): \(it)")
      if stop > step { try Disk.write(whole, to: minute.scratch("worlds.h5")) }
    }
    let resumed = try minute.training(Self.every, runs: "b").run(until: Interruption(listening: false))
    #expect(resumed.status == .done && resumed.name == straight.name)
    #expect(try minute.hashes(resumed) == minute.hashes(straight))
    #expect(try LedgerReader.verify(resumed.path("ledger.jsonl")).left == sum.left)
  }

  /// With accumulation a step may have read good parts before: they are drawn again.
  @Test func withNoClipLeftTheCheckpointIsWhole() throws {
    let minute = try Minute(), start = try flatten(minute)
    let spoilers = try Dataset(path: minute.scratch("worlds.h5")).clips.map {
      try spoiler(minute, $0.id, from: start)
    }
    let it = problem {
      try DepartureTests.training(minute, "a", ["record.evaluate=0"], striking: 6) {
        for spoil in spoilers { _ = spoil() }
        return DepartureTests.before
      }.run(until: Interruption(listening: false))
    }
    #expect(it.exit == .failure && it.what.contains("no clip is left to train on at step"), "\(it)")
    let run = try #require(RunsFolder(path: minute.scratch("a")).runs().runs.first)
    #expect(run.status == .stopped && run.step >= 6)
    #expect(try Safetensors(path: run.path("state.safetensors"))[metadata: "step"] == String(run.step))
    #expect(try LedgerReader.verify(run.path("ledger.jsonl"), run: run.hash).changed.count == 24)
  }

  /// What cannot be read may come back: nobody leaves for it.
  @Test func aFileCutShortStopsTheRun() throws {
    let minute = try Minute(), start = try flatten(minute), path = minute.scratch("worlds.h5")
    let whole = try Disk.read(path)
    let it = problem {
      try DepartureTests.training(minute, "a", ["record.evaluate=0"], striking: 6) {
        truncate(path, off_t(start + 100))
        return DepartureTests.before
      }.run(until: Interruption(listening: false))
    }
    #expect(it.exit == .failure && it.place?.contains("worlds.h5") == true, "\(it)")
    let stopped = try #require(RunsFolder(path: minute.scratch("a")).runs().runs.first)
    #expect(try LedgerReader.verify(stopped.path("ledger.jsonl")).left.isEmpty)
    try Disk.write(whole, to: path)
    let run = try minute.training(["record.evaluate=0"], runs: "a").run(until: Interruption(listening: false))
    let straight = try minute.training(["record.evaluate=0"], runs: "b").run(until: Interruption(listening: false))
    #expect(try minute.hashes(run) == minute.hashes(straight))
  }
}
