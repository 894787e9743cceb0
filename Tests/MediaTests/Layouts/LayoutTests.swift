import Clips
import Consent
import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

/// Files of every layout, made by other programs (Tests/Fixtures/layouts/make.py): the right bytes, actions and words.
@Suite(.serialized) struct LayoutTests {
  private static let folder = Fixture.path("layouts")

  private static func cases() throws -> Value {
    try JSON.parse(Disk.readText(folder + "/expected.json", largest: 1 << 26), at: "expected.json")
  }

  /// A copy that may be written beside.
  private func copied(_ name: String, _ scratch: Scratch) throws -> String {
    let top = String(name.split(separator: "/")[0])
    if !Disk.exists(scratch(top)) {
      try FileManager.default.copyItem(atPath: Self.folder + "/" + top, toPath: scratch(top))
    }
    return scratch(name)
  }

  @Test func everyLayoutGivesItsFramesAndActions() throws {
    let scratch = try Scratch()
    for field in try #require(Self.cases()["read"]?.fields) {
      let wanted = field.value, path = try copied(field.key, scratch)
      let said = try Reading((wanted["read"]?.array ?? []).compactMap(\.string))
      let table = try DatasetLook(path, said).table, found = try table.value(hash: true, actions: true, threads: 2)
      #expect(found["layout"] == wanted["layout"], "\(field.key)")
      let clips = found["clips"]?.array ?? [], expected = wanted["clips"]?.array ?? []
      #expect(clips.count == expected.count, "\(field.key)")
      for want in expected {
        let clip = clips.first { $0["id"] == want["id"] && $0["camera"] == want["camera"] }
        for key in ["fps", "split", "caption", "shape", "frames_sha256"] {
          #expect(clip?[key] == want[key], "\(field.key), \(want["id"]?.string ?? ""), \(key)")
        }
        for key in ["shape", "alignment"] {
          #expect(clip?["actions"]?[key] == want["actions"]?[key], "\(field.key), \(want["id"]?.string ?? ""), \(key)")
        }
        let rows = (want["actions"]?["values"]?.array ?? []).map { ($0.array ?? []).map(\.double) }
        let own = (clip?["actions"]?["values"]?.array ?? []).map { ($0.array ?? []).map(\.double) }
        #expect(own == rows, "\(field.key), \(want["id"]?.string ?? ""), values")
      }
    }
  }

  @Test func whatCannotBeReadOrInTwoWaysIsRefusedInWords() throws {
    let scratch = try Scratch()
    for field in try #require(Self.cases()["refused"]?.fields) {
      let path = try copied(field.key, scratch)
      let it = problem { _ = try DatasetLook(path, Reading()).table.value(hash: true, actions: true, threads: 1) }
      for words in field.value.array ?? [] {
        #expect(it.description.contains(words.string ?? "?"), "\(field.key): \(it)")
      }
      #expect(it.exit == .failure && it.fix != nil, "\(field.key): \(it)")
    }
  }

  @Test func whatWasSaidIsKeptAndBelievedForThatContentOnly() throws {
    let scratch = try Scratch(), path = try copied("aloha_bgr/episode_0.hdf5", scratch)
    func first(_ said: [String] = []) throws -> [UInt8] {
      let data = try Dataset(path: path, reading: Reading(said))
      return Array(try data.frames(0, 0..<1).pixels[..<3])
    }
    let plain = try first()
    _ = try DatasetLook(path, Reading(["jpeg_channels=bgr", "fps=50"]))
    #expect(try first() == plain.reversed())
    #expect(try first(["jpeg_channels=rgb"]) == plain)
    #expect(try Dataset(path: path).fps == FrameRate(50))
    // The same answers for another file are an error, not a guess.
    let other = try copied("robotwin/episode3.hdf5", scratch)
    try FileManager.default.copyItem(atPath: path + ".read.json", toPath: other + ".read.json")
    #expect(problem { _ = try Dataset(path: other) }.what.contains("other content"))
    #expect(problem { _ = try Reading(["colour=red"]) }.exit == .usage)
    #expect(problem { _ = try Reading(["axes=NTT"]) }.exit == .usage)
  }

  @Test func aForeignFileTrainsUnderAManifestAsANativeOneDoes() throws {
    let scratch = try Scratch(), path = try copied("libero.hdf5", scratch), data = try Dataset(path: path)
    #expect(data.clips.map(\.id) == ["demo_0"] && data.fps == FrameRate(20) && data.isRateSaid)
    // The action after frame t is row t+1 of the file; the last frame has none.
    let rows = try data.actions(0), stored = try #require(data.found?.clips[0].actions).values()
    #expect(rows.dropLast().flatMap { $0 } == stored.dropFirst(2).map { Float($0) })
    #expect(rows.last?.allSatisfy(\.isNaN) == true)
    let now = Moment(seconds: 1_790_000_000)
    let manifest = try Manifest.ownWork(licensor: "local", clips: Manifest.ListedClip.all(of: data), issued: now)
    let gate = Gate(
      dataset: data, manifest: manifest,
      request: ConsentRequest(action: .fineTune, time: now, unsignedBases: [.ownWork]))
    let admission = try #require(gate.admissions().first)
    let read = try TrainingClip(admission: admission, from: gate.dataset, frames: 1..<3, clock: { now })
    #expect(read.frames.count == 2 && read.frames.fps == FrameRate(20) && read.caption == "push it")
    // The hash is over upright RGB, as a native file's would be.
    let writer = try DatasetWriter(path: scratch("native.h5"), height: 12, width: 20, fps: FrameRate(20))
    try writer.append(id: "demo_0", frames: data.frames(0, 0..<4), split: .train)
    try writer.finish()
    #expect(try Dataset(path: scratch("native.h5")).sha256(0) == data.sha256(0))
  }

  @Test func aRateNobodyKnowsIsAskedFor() throws {
    let scratch = try Scratch(), path = try copied("minari.hdf5", scratch), data = try Dataset(path: path)
    #expect(!data.isRateSaid)
    let it = problem { _ = try Manifest.ListedClip.all(of: data) }
    #expect(it.fix?.contains("--read fps=") == true, "\(it)")
    _ = try Manifest.ListedClip.all(of: Dataset(path: path, reading: Reading(["fps=5"])))
  }
}
