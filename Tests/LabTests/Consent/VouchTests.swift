import Bench
import Consent
import Files
import Foundation
import Frames
import Media
import Testing

/// A clip that leans on footage somebody granted: shown by whoever imported it, or by making it again.
@Suite(.serialized) struct VouchTests {
  /// A signed manifest of a folder of films, and what was imported of them at home.
  private struct Desk {
    let room: Room, home: String, away: String

    init() throws {
      room = try Room()
      (home, away) = (room("home"), room("away"))
      for i in 0..<2 {
        let pixels = (0..<3072 * 16).map { UInt8(truncatingIfNeeded: $0 / (97 + i)) }
        try VideoWriter.write(
          Frames(count: 16, height: 32, width: 32, pixels: pixels, fps: FrameRate(8)), to: room("reel/\(i).mp4"),
          options: .init(crf: 6))
      }
      let told = try room.orrery("consent keygen --name studio --json", home: home)
      let did = try #require(JSON.parse(told.out, at: "keygen")["did"]?.string)
      for line in [
        "consent trust \(did)", "consent init reel --grant own-work --licensor \(did)",
        "consent sign reel.optin.json --key studio", "dataset import reel --window 4 --size 16 --out d.h5",
      ] { try must(line, home) }
      try must("consent trust \(did)", away)
    }

    func must(_ line: String, _ home: String) throws {
      let told = try room.orrery(line, home: home)
      #expect(told.code == 0, "\(line): \(told.everything)")
    }

    func refused(_ code: String, _ home: String, _ data: String = "d.h5") throws {
      let told = try room.orrery("consent check \(data) --manifest reel.optin.json", home: home)
      #expect(told.code == 1 && told.everything.contains(code), "\(told.everything)")
    }
  }

  @Test func whoImportedItIsBelievedAndOthersMakeItAgain() throws {
    let desk = try Desk(), check = "consent check d.h5 --manifest reel.optin.json"
    try desk.must(check, desk.home)
    try desk.refused("derivation-unproven", desk.away)
    // Some of the footage shows some of the clips, and the command says what is missing.
    let told = try desk.room.orrery("dataset vouch d.h5 --source reel/0.mp4", home: desk.away)
    #expect(told.code == 1 && told.everything.contains("is not among the sources"), "\(told.everything)")
    try desk.must("dataset vouch d.h5 --source reel", desk.away)
    try desk.must(check, desk.away)
    // Remembered by hash: the dataset itself says nothing new, and another home has not seen it.
    try desk.refused("derivation-unproven", desk.room("third"))
    // Or the importer is trusted.
    let key = try SigningKey(path: desk.home + "/keys/import.pem")
    try desk.must("consent trust \(key.did)", desk.room("fourth"))
    let did = try SigningKey(path: desk.home + "/keys/studio.pem").did
    try desk.must("consent trust \(did)", desk.room("fourth"))
    try desk.must(check, desk.room("fourth"))
  }

  /// Frames that come from nowhere, under a hash that stands in the manifest for all to read.
  @Test func aClaimShowsNothing() throws {
    let desk = try Desk(), noise = (0..<3072 * 4).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    let frames = Frames(count: 4, height: 32, width: 32, pixels: noise, fps: FrameRate(8))
    let hash = FrameHash.sha256(frames), file = try Hashing.sha256(file: desk.room("reel/0.mp4"))
    let recipe: Value = [
      "crop": [0, 0, 32, 32], "width": 32, "height": 32, "rotation": 0, "fps": "8/1", "first": 0, "frames": 4,
    ]
    for (i, transform) in [[:], recipe].enumerated() {
      let origin: Value = ["source": ["file_sha256": .string(file)], "transform": transform, "result": .string(hash)]
      let writer = try DatasetWriter(path: desk.room("n\(i).h5"), height: 32, width: 32, fps: FrameRate(8))
      try writer.append(
        id: "anything", frames: frames, split: .train, derivedFrom: try JSON.canonical(origin, at: "origin"))
      try writer.finish()
      try desk.refused("derivation-unproven", desk.home, "n\(i).h5")
      let told = try desk.room.orrery("dataset vouch n\(i).h5 --source reel", home: desk.home)
      #expect(told.code == 1 && told.everything.contains("NOT SHOWN"), "\(told.everything)")
      try desk.refused("derivation-unproven", desk.home, "n\(i).h5")
    }
  }
}
