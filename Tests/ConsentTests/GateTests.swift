import Clips
import Consent
import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

@Suite struct GateTests {
  /// Four clips of eight 16×16 frames: a and b to train on, c held out, and d.
  static func write(_ folder: String, shade: UInt8 = 0) throws -> [Manifest.ListedClip] {
    let writer = try DatasetWriter(path: folder + "/set.h5", height: 16, width: 16, fps: FrameRate(8))
    for (i, id) in ["a", "b", "c", "d"].enumerated() {
      let pixels = (0..<8 * 16 * 16 * 3).map { UInt8(truncatingIfNeeded: $0 &* (i + 3)) &+ shade }
      try writer.append(
        id: id, frames: Frames(count: 8, height: 16, width: 16, pixels: pixels, fps: FrameRate(8)),
        split: id == "c" ? .validation : .train, caption: "clip \(id)")
    }
    try writer.finish()
    return try Dataset(path: folder + "/set.h5").clips.map {
      Manifest.ListedClip(
        id: $0.id, framesSHA256: $0.framesSHA256, width: 16, height: 16, frames: $0.frames, fps: "8/1")
    }
  }

  static func gate(
    _ folder: String, _ clips: [Manifest.ListedClip], _ action: Action = .fineTune, until: Moment? = nil
  ) throws -> Gate {
    let manifest = try Manifest.ownWork(licensor: "local", clips: clips, issued: noon, until: until)
    return Gate(
      dataset: try Dataset(path: folder + "/set.h5"), manifest: manifest, request: request { $0.action = action })
  }

  @Test func onlyListedClipsGetThrough() throws {
    try withFolder { folder in
      let clips = try Self.write(folder)
      let gate = try Self.gate(folder, clips.filter { $0.id != "b" })
      #expect(gate.decisions.map(\.decision.isAdmitted) == [true, false, true, true])
      #expect(gate.refused.map(\.clip) == ["b"])
      #expect(
        gate.admissions(split: .train).map(\.clip) == ["a", "d"]
          && gate.admissions(split: .validation).map(\.clip) == ["c"])
      let admission = try #require(gate.admissions().first)
      #expect(
        admission.grant == "own" && admission.basis == .ownWork && admission.standing == .selfDeclared
          && admission.framesSHA256 == clips[0].framesSHA256)
      let clip = try TrainingClip(admission: admission, from: gate.dataset, frames: 2..<5, clock: { noon })
      #expect(clip.frames.count == 3 && clip.caption == "clip a" && clip.range == 2..<5)
      try gate.requireAdmissions(split: .train)
    }
  }

  @Test func nothingLeftSaysWhyInFull() throws {
    try withFolder { folder in
      _ = try Self.write(folder)
      let gate = try Self.gate(folder, [])
      let said = problem { try gate.requireAdmissions(split: .train) }
      #expect(said.contains("unlisted-clip") && said.contains("a, b, d") && said.contains("set.h5"))
      #expect(gate.admissions().isEmpty)
    }
  }

  @Test func anAdmissionIsForOneUseOneFileAndOneTime() throws {
    try withFolder { folder in
      let clips = try Self.write(folder)
      let until = Moment(seconds: noon.seconds + 60)
      let train = try Self.gate(folder, clips, until: until), evaluate = try Self.gate(folder, clips, .evaluate)
      let a = train.admissions()[0], e = evaluate.admissions()[0]
      #expect(
        problem { _ = try TrainingClip(admission: e, from: evaluate.dataset, frames: 0..<1, clock: { noon }) }.contains(
          "for evaluate, not for fine-tune"))
      #expect(
        problem { _ = try EvaluationClip(admission: a, from: train.dataset, frames: 0..<1, clock: { noon }) }.contains(
          "for fine-tune, not for evaluate"))
      #expect(
        try EvaluationClip(admission: e, from: evaluate.dataset, frames: 0..<8, clock: { noon }).frames.count == 8)
      #expect(
        problem { _ = try TrainingClip(admission: a, from: train.dataset, frames: 0..<1, clock: { until }) }.contains(
          "ended on"))
      #expect(
        problem {
          _ = try TrainingClip(admission: a, from: train.dataset, frames: 0..<1, clock: { Moment(seconds: 0) })
        }.contains("clock"))
      for range in [0..<9, 3..<3, 8..<9, -1..<2] {
        #expect(
          problem { _ = try TrainingClip(admission: a, from: train.dataset, frames: range, clock: { noon }) }.contains(
            "not in the clip"))
      }
      // Another file under the same name, with its own honest hashes.
      _ = try Self.write(folder, shade: 9)
      #expect(
        problem {
          _ = try TrainingClip(admission: a, from: Dataset(path: folder + "/set.h5"), frames: 0..<1, clock: { noon })
        }.contains("not the content that was admitted"))
      let stale = try Self.gate(folder, clips)
      #expect(stale.decisions.allSatisfy { codes($0.decision) == ["content-hash-mismatch"] })
    }
  }

  @Test func changedPixelsAreFoundAtFirstReadAndByTheFullCheck() throws {
    try withFolder { folder in
      // Noise does not compress: the pixels lie in the file nearly as they are, and one changed byte of them still
      // inflates or fails.
      let path = folder + "/set.h5"
      let clips = try Self.write(folder)
      let good = try Disk.read(path)
      var found = 0
      for offset in stride(from: 2048, to: good.count, by: 97) {
        var bytes = [UInt8](good)
        bytes[offset] ^= 0x10
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        var opened: Gate?
        try problemIfAny { opened = try Self.gate(folder, clips) }
        guard let gate = opened else { found += 1; continue }
        let full = gate.verifyingContent()
        for (entry, checked) in pairs(gate.decisions, full.decisions) where entry.decision.isAdmitted {
          let admission = try #require(gate.admissions().first { $0.clip == entry.clip })
          var read: TrainingClip?
          try problemIfAny {
            read = try TrainingClip(admission: admission, from: gate.dataset, frames: 0..<8, clock: { noon })
          }
          // Whatever was admitted and read is what was granted, byte for byte.
          if let read { #expect(FrameHash.sha256(read.frames) == admission.framesSHA256) } else { found += 1 }
          if !checked.decision.isAdmitted { #expect(codes(checked.decision) == ["content-changed"] && read == nil) }
        }
      }
      #expect(found > 0)
    }
  }

  @Test func aDraftListsEverythingAndGrantsNothing() throws {
    try withFolder { folder in
      let clips = try Self.write(folder)
      let dataset = try Dataset(path: folder + "/set.h5")
      let gate = Gate(
        dataset: dataset,
        manifest: try .draft(licensor: "?", clips: Manifest.ListedClip.all(of: dataset), issued: noon),
        request: request())
      #expect(gate.manifest.assets.map(\.framesSHA256) == clips.map(\.framesSHA256))
      #expect(gate.decisions.allSatisfy { codes($0.decision) == ["no-grant"] })
    }
  }

  @Test func capsCountWhatEarlierRunsSaw() throws {
    try withFolder { folder in
      let clips = try Self.write(folder)
      let capped = try manifest(
        document(
          assets: clips.map {
            ["clip": .string($0.id), "content": ["frames_sha256": .string($0.framesSHA256)], "grants": ["g1"]]
          }, grants: [goodGrant]))
      var exposures = Exposures(), more = Exposures()
      func use(_ clip: String) -> Exposures.Use { .init(licensor: "did:key:zLicensor", grant: "g1", clip: clip) }
      exposures.add(60, use("a"))
      exposures.add(99, use("b"))
      more.add(40, use("a"))
      more.add(.max, use("d"))
      exposures.merge(more)
      exposures.merge(more)
      let gate = Gate(
        dataset: try Dataset(path: folder + "/set.h5"), manifest: capped, request: request(), exposures: exposures)
      #expect(
        gate.refused.map(\.clip) == ["a", "d"]
          && gate.refused.allSatisfy { codes($0.decision) == ["exposure-cap-reached"] })
      #expect(gate.admissions().map(\.remainingExposures) == [1, 100])
    }
  }

  @Test func theTableGroupsAlikeAndNamesAFew() throws {
    let clips =
      (0..<5000).map {
        ClipRecord(id: "clip\($0)", start: $0, frames: 1, split: .train, framesSHA256: digest("clip\($0)"))
      }
      + [
        ClipRecord(id: "a", start: 5000, frames: 1, split: .train, framesSHA256: digest("a")),
        ClipRecord(id: "evil\u{1B}[31m", start: 5001, frames: 1, split: .train, framesSHA256: ""),
      ]
    let table = ConsentTable(Gate.decide(clips, try manifest(), request()), request: request())
    #expect(table.rows.count == 2 && table.admitted == 1 && table.refused == 5001)
    #expect(
      table.text.contains("5001: clip0, clip1, clip2, …") && table.text.contains("unlisted-clip")
        && table.text.contains("to fix:"))
    #expect(
      table.text.contains("1 of 5002 clips admitted for fine-tune") && table.text.split(separator: "\n").count < 12)
    #expect(
      !ConsentTable(Gate.decide([clips[5001]], try manifest(), request()), request: request()).text.contains("\u{1B}"))
    #expect(
      table.value["clips"]?[5000]?["grant"] == "g1"
        && table.value["clips"]?[0]?["reasons"]?[0]?["code"] == "unlisted-clip")
    #expect(try table.value["admitted"] == 1 && JSON.parse(JSON.line(table.value), at: "table") == table.value)
  }

  @Test func originsAreReadFromTheDatasetsOwnWords() {
    func origin(_ text: String) -> ClipFacts.Origin {
      ClipFacts(ClipRecord(id: "a#0", start: 0, frames: 1, split: .train, framesSHA256: digest("m"), derivedFrom: text))
        .origin
    }
    let (file, frames, made) = (digest("f"), digest("s"), digest("m"))
    let whole = #"{"source":{"name":"s.mp4","file_sha256":"\#(file)","frames_sha256":"\#(frames)"},"result":"\#(made)""#
    guard case .derived(let read) = origin(whole + #","transform":"crop"}"#) else {
      Issue.record("the origin was not read")
      return
    }
    #expect(read.sourceName == "s.mp4" && read.sourceFileSHA256 == file && read.sourceFramesSHA256 == frames)
    #expect(read.result == made && read.signatures.isEmpty)
    for bad in [
      "{", "[]", #"{"source":{},"result":"\#(made)"}"#, #"{"source":{"file_sha256":"\#(file)"}}"#,
      whole + #","transform":{"gain":1.5}}"#, whole + #","signatures":7}"#, whole + #","signatures":[{"alg":"none"}]}"#,
    ] {
      guard case .unreadable = origin(bad) else { Issue.record("\(bad) was read"); continue }
    }
    #expect(origin("") == .itself)
  }
}
