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

  /// Another film, imported by its own recipe, that says its frames were the granted ones'.
  @Test func anothersFramesAreNotVouchedFor() throws {
    let desk = try Desk()
    let pixels = (0..<3072 * 16).map { UInt8(truncatingIfNeeded: $0 / 89) }
    try VideoWriter.write(
      Frames(count: 16, height: 32, width: 32, pixels: pixels, fps: FrameRate(8)), to: desk.room("other.mp4"),
      options: .init(crf: 6))
    try desk.must("dataset import other.mp4 --window 4 --size 16 --out other.h5", desk.home)
    let data = try Dataset(path: desk.room("other.h5")), granted = try Dataset(path: desk.room("d.h5"))
    func origin(_ dataset: Dataset, _ clip: Int) throws -> Value {
      try JSON.parse(#require(dataset.clips[clip].derivedFrom), at: "origin")
    }
    let named = try #require(origin(granted, 0)["source"]?["frames_sha256"])
    for lie in [named, "none"] {
      let path = desk.room(lie == named ? "lie.h5" : "odd.h5")
      let writer = try DatasetWriter(path: path, height: 16, width: 16, fps: data.fps)
      for (i, clip) in data.clips.enumerated() {
        var told = try origin(data, i).removing("signatures"), source = try #require(told["source"])
        source.set("frames_sha256", lie)
        told.set("source", source)
        try writer.append(
          id: clip.id, frames: data.frames(i, 0..<clip.frames), split: .train,
          derivedFrom: JSON.canonical(told, at: "origin"))
      }
      try writer.finish()
      let told = try desk.room.orrery("dataset vouch \(path) --source other.mp4", home: desk.away)
      #expect(told.code == 1 && told.everything.contains("other frames than its origin says"), "\(told.everything)")
    }
    try desk.refused("derivation-unproven", desk.away, "lie.h5")
  }

  /// Numbers of a stranger's recipe are numbers of a stranger.
  @Test func aRecipeIsBounded() throws {
    let desk = try Desk(), data = try Dataset(path: desk.room("d.h5"))
    let writer = try DatasetWriter(path: desk.room("odd.h5"), height: 16, width: 16, fps: data.fps)
    let crops: [[Value]] = [[Value(Int.max), 0, 64, 48], [0, 0, 9999, 48], [0, 0, 0, 0], [0, 0, 32, 32]]
    for (i, crop) in crops.enumerated() {
      var told = try JSON.parse(#require(data.clips[0].derivedFrom), at: "origin").removing("signatures"),
        transform = try #require(told["transform"])
      transform.set("crop", .array(crop))
      told.set("transform", transform)
      try writer.append(
        id: "c\(i)", frames: data.frames(0, 0..<4), split: .train, derivedFrom: JSON.line(told))
    }
    try writer.finish()
    let told = try desk.room.orrery("dataset vouch odd.h5 --source reel", home: desk.away)
    #expect(told.code == 1 && told.everything.contains("1 clip made again"), "\(told.everything)")
    #expect(told.everything.components(separatedBy: "NOT SHOWN").count == 4, "\(told.everything)")
  }
}
