import Bench
import Consent
import Credentials
import Files
import Foundation
import Frames
import Media
import Provenance
import Testing

/// What footage says of itself goes with it into a dataset, and the gate reads it there.
@Suite struct MediaTermsTests {
  /// A film of eight frames, signed with terms, imported and granted in a room with a home of its own.
  struct Studio {
    let room: Room, home: HomeFolder

    init() throws {
      room = try Room()
      home = HomeFolder(room("home"))
      let pixels = (0..<24_576).map { UInt8(truncatingIfNeeded: $0 / 97) }
      let frames = Frames(count: 8, height: 32, width: 32, pixels: pixels, fps: FrameRate(8))
      try VideoWriter.write(frames, to: room("plain.mp4"), options: .init(crf: 6))
      try sign("plain.mp4", to: "signed.mp4", by: home)
    }

    func sign(
      _ from: String, to: String, by home: HomeFolder, _ assertions: [Assertion] = [TrainingMining.withheld]
    ) throws {
      let credential = Credential(
        title: to, format: "video/mp4", generator: ("tests", "1"), source: .drawn, assertions: assertions)
      try Embedder.sign(room(from), to: room(to), credential, by: CredentialsFolder(home).signer())
    }

    func terms(_ name: String) throws -> EmbeddedTerms? {
      try MediaTerms.read(OpenedFile(room(name))).flatMap { EmbeddedTerms($0) }
    }

    /// - Returns: the manifest that grants every clip of the import, unsigned.
    func importing(_ name: String, licensor: String = "me") throws -> Manifest {
      let told = try room.orrery(
        "dataset import \(name) --window 4 --size 32 --out i.h5 --manifest i.json --force", home: home.path)
      #expect(told.code == 0, "\(told.everything)")
      let clips = try Dataset(path: room("i.h5")).clips.map {
        Manifest.ListedClip(
          id: $0.id, framesSHA256: $0.framesSHA256, width: 32, height: 32, frames: $0.frames, fps: "8/1")
      }
      return try Manifest.ownWork(licensor: licensor, clips: clips)
    }
  }

  @Test func whatFootageForbidsIsRefusedThoughGranted() throws {
    let s = try Studio(), terms = try #require(try s.terms("signed.mp4"))
    #expect(
      terms.uses == [.generativeTraining: .notAllowed, .training: .notAllowed] && terms.signer != nil
        && terms.time != nil)
    #expect(try s.terms("plain.mp4") == nil)
    try s.importing("signed.mp4").write(to: s.room("i.json"))
    #expect(try Dataset(path: s.room("i.h5")).clips.allSatisfy { ClipFacts($0).embedded == .read(terms) })
    try s.room.refuses(
      "consent check i.h5 --unsigned own-work", 1, ["media-forbids", "ai_generative_training"], verdict: true)
    // The same footage without credentials: absence grants nothing and forbids nothing.
    try s.importing("plain.mp4").write(to: s.room("i.json"))
    #expect(try s.room.orrery("consent check i.h5 --unsigned own-work").code == 0)
  }

  @Test func theSameSignerMayThinkBetterOfIt() throws {
    let s = try Studio(), key = try SigningKey(path: s.home.path + "/credentials/leaf.key")
    #expect(try s.terms("signed.mp4")?.signer == key.did)
    // The clock has whole seconds, and the manifest must be the newer.
    Thread.sleep(forTimeInterval: 1.2)
    try s.importing("signed.mp4", licensor: key.did).signed(by: key, at: "i.json").write(to: s.room("i.json"))
    try Disk.write(
      JSON.pretty(["schema": "orrery.trust/1", "keys": [["key": .string(key.did)]]]), to: s.room("trust.json"))
    let told = try s.room.orrery("consent check i.h5 --trust trust.json", home: s.home.path)
    #expect(told.code == 0, "\(told.everything)")
  }

  /// Whoever signs over another's footage cannot lift what the other forbade.
  @Test func signingOverDoesNotLift() throws {
    let s = try Studio()
    try s.sign(
      "signed.mp4", to: "over.mp4", by: HomeFolder(s.room("thief")),
      [Assertion("cawg.training-mining", ["entries": ["cawg.ai_generative_training": ["use": "allowed"]]])])
    let terms = try #require(try s.terms("over.mp4"))
    #expect(terms.uses[.generativeTraining] == .notAllowed && terms.signer == nil)
  }

  /// Any byte of the credentials changed: they forbid still, or they cannot be read, or they no longer name who could
  /// lift it.
  @Test func changedCredentialsLiftNothing() throws {
    let s = try Studio(), good = [UInt8](try Disk.read(s.room("signed.mp4"))),
      plain = try Disk.read(s.room("plain.mp4")).count
    let start = try #require(good.firstRange(of: Array("cawg.training-mining".utf8))?.lowerBound)
    let terms = try s.terms("signed.mp4")
    var gone = 0
    for at in stride(from: start - 60, to: min(start + 400, start + good.count - plain), by: 11) {
      var bad = good
      bad[at] ^= 1
      try Disk.write(Data(bad), to: s.room("bad.mp4"))
      guard let said = try MediaTerms.read(OpenedFile(s.room("bad.mp4"))) else { gone += 1; continue }
      // The boxes' own wrapping is covered by no hash; then what is said is what was signed.
      #expect(EmbeddedTerms(said).map { $0.signer == nil || $0 == terms } ?? true, "byte \(at)")
    }
    // A changed label or word may say nothing of training any more; a file may as well have its credentials cut out.
    #expect(gone < 20)
  }
}
