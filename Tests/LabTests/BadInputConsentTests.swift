import Bench
import Files
import Foundation
import Frames
import Media
import TestKit
import Testing

/// Manifests, clips and ledgers that were damaged, misspelt or tampered with: nothing is trained or sampled on them.
@Suite struct BadInputConsentTests {
  /// What is done to the manifest of a dataset whose clips were all granted, and the word that says so.
  static let manifests: [(name: String, word: String, change: @Sendable (inout Value) -> Void)] = [
    ("another schema", "orrery.optin/9", { $0.set("schema", "orrery.optin/9") }),
    ("a default that allows", "manifest.default", { $0.set("default", "allow") }),
    (
      "a wrong hash", "content-hash-mismatch",
      { each("assets", &$0) { $0.set("content", ["frames_sha256": .string(String(repeating: "0", count: 64))]) } }
    ),
    (
      "a misspelt field of a clip", "did you mean 'grants'",
      { each("assets", &$0) { $0 = rename("grants", "grant", $0) } }
    ),
    ("a misspelt valid", "did you mean 'valid'", { each("grants", &$0) { $0 = rename("valid", "vaild", $0) } }),
    (
      "a misspelt territory", "did you mean 'territory'",
      { each("grants", &$0) { $0 = rename("territory", "teritory", $0) } }
    ),
    (
      "a misspelt until", "did you mean 'until'",
      { each("grants", &$0) { $0.set("valid", rename("until", "untill", $0["valid"] ?? .null)) } }
    ),
    (
      "an expired grant", "expired",
      { each("grants", &$0) { $0.set("valid", ["from": "2020-01-01T00:00:00Z", "until": "2021-01-01T00:00:00Z"]) } }
    ),
    (
      "a grant that has not begun", "not-yet-valid",
      { each("grants", &$0) { $0.set("valid", ["from": "2999-01-01T00:00:00Z", "until": nil]) } }
    ),
    ("another territory", "territory", { each("grants", &$0) { $0.set("territory", ["DE"]) } }),
    ("another action", "fine-tune", { each("grants", &$0) { $0.set("actions", ["evaluate"]) } }),
    ("a deny", "den", { each("grants", &$0) { $0.set("deny", ["fine-tune"]) } }),
    ("no grants", "no-grant", { each("assets", &$0) { $0.set("grants", []) } }),
    ("a grant that is not there", "unknown-grant", { each("assets", &$0) { $0.set("grants", ["gone"]) } }),
    ("numbers for texts", "invalid-field", { each("grants", &$0) { $0.set("purpose", 7) } }),
  ]

  @Test(arguments: manifests.indices) func manifestsDeny(_ index: Int) throws {
    let (_, word, change) = Self.manifests[index], room = try Room(owning: ["worlds.optin.json"])
    try Disk.edit(room("worlds.optin.json")) { change(&$0) }
    try room.refuses(
      "consent check worlds.h5 --manifest worlds.optin.json --unsigned own-work", 1, [word], verdict: true)
    try room.refuses("finetune minute.yaml --set data.0.manifest=worlds.optin.json", 1, [word])
    let told = try room.orrery("consent check worlds.h5 --manifest worlds.optin.json --unsigned own-work --json")
    #expect(told.out.isEmpty || told.out.split(separator: "\n").count == 1)
  }

  @Test(arguments: [
    "[]", "{", "{\"schema\":\"orrery.optin/1\",\"schema\":\"orrery.optin/1\"}", String(repeating: "[", count: 100_000),
    "{}", "\u{FEFF}{}", "null",
  ])
  func manifestsThatAreNone(_ text: String) throws {
    let room = try Room()
    try Disk.write(text, to: room("m.json"))
    try room.refuses("consent check worlds.h5 --manifest m.json", 1, ["m.json"])
  }

  @Test func oneUngrantedClipIsLeftOutByName() throws {
    let room = try Room(owning: ["worlds.optin.json"])
    try Disk.edit(room("worlds.optin.json")) { manifest in
      var assets = manifest["assets"]?.array ?? []
      assets[0].set("content", ["frames_sha256": .string(String(repeating: "0", count: 64))])
      manifest.set("assets", .array(assets))
    }
    let told = try room.orrery("finetune minute.yaml --dry-run --set data.0.manifest=worlds.optin.json")
    #expect(
      told.code == 0 && told.out.contains("projectile/train/000000") && told.out.contains("content-hash-mismatch")
        && told.out.contains("23 admitted training clips"), "\(told.everything)")
  }

  /// The clip table still says what was granted; the pixels are others. Found at first read, naming the clip.
  @Test func tamperedPixels() throws {
    let room = try Room(owning: ["worlds.h5"])
    try Self.tamper(room("worlds.h5"))
    try room.refuses("finetune minute.yaml", 1, ["worlds.h5", "clip 'projectile/"], leaving: ["experiments"])
    #expect(!room.listing.contains { $0.hasSuffix(".safetensors") })
    try room.refuses(
      "sample RUN --out s --clip worlds.h5 --clip-id projectile/id-val/000000 --unsigned own-work", 1,
      ["worlds.h5", "projectile/id-val/000000"])
    try room.refuses("consent check worlds.h5 --unsigned own-work --full", 1, ["content-changed"], verdict: true)
    try room.refuses("score worlds.h5", 1, ["worlds.h5"])
  }

  @Test func conditioningNeedsLeave() throws {
    let room = try Room(owning: ["worlds.optin.json"])
    try Disk.edit(room("worlds.optin.json")) { Self.each("grants", &$0) { $0.set("actions", ["fine-tune"]) } }
    let clip = "sample RUN --out s --clip worlds.h5 --clip-id projectile/id-val/000000"
    try room.refuses(
      clip + " --unsigned own-work --manifest worlds.optin.json", 1, ["projectile/id-val/000000", "evaluate"])
    try room.refuses(clip, 1, ["unsigned"])
    try room.refuses(
      "sample RUN --out s --clip worlds.h5 --clip-id projectile/id-val/00000O --unsigned own-work", 1, ["did you mean"])
    try room.refuses("sample RUN --out s --video film.mp4", 1, ["film.mp4", "--manifest"])
    try room.refuses(
      "sample RUN --out s --image film.mp4 --manifest worlds.optin.json --unsigned own-work", 1, ["film"])
  }

  @Test(arguments: [
    ("a changed count", "line 3", "hash does not match"), ("a missing line", "line 3", "missing"),
    ("lines of another", "line 1", "hash does not match"), ("no ledger", "ledger.jsonl", "missing"),
    ("an older copy", "ledger.jsonl", "lacks the record"),
  ]) func ledgers(_ damage: String, _ place: String, _ word: String) throws {
    let room = try Room(owning: ["runs"]), path = try room.run + "/ledger.jsonl"
    var lines = try Disk.readText(path).split(separator: "\n").map(String.init)
    switch damage {
    case "a changed count": lines[2] = lines[2].replacing("\"seen\":", with: "\"seen\":1", maxReplacements: 1)
    case "a missing line": lines.remove(at: 2)
    case "lines of another": lines = lines.map { $0.replacing(/"run":"..../, with: "\"run\":\"0000") }
    case "an older copy": lines = Array(lines.prefix(2))
    default: lines = []
    }
    if lines.isEmpty {
      try FileManager.default.removeItem(atPath: path)
    } else {
      try Disk.write(lines.joined(separator: "\n") + "\n", to: path)
    }
    // Of a ledger that merely ends early the headers of the weights know.
    try room.refuses("consent ledger RUN", 1, [place, word])
    try room.refuses("finetune minute.yaml --runs runs --extend 14", 1, [place, word])
  }

  /// A crash while writing leaves half a last line: it is dropped, and the training goes on.
  @Test func tornEndsAreMended() throws {
    let room = try Room(owning: ["runs"])
    for file in ["ledger.jsonl", "events.jsonl"] {
      let text = try Disk.readText(try room.run + "/" + file)
      try Disk.write(String(text.dropLast(9)), to: try room.run + "/" + file)
    }
    let told = try room.orrery("finetune minute.yaml --runs runs --extend 14")
    #expect(told.code == 0, "\(told.everything)")
    #expect(try room.orrery("consent ledger RUN").code == 0)
  }

  // MARK: damage

  static func each(_ list: String, _ value: inout Value, _ change: (inout Value) -> Void) {
    value.set(
      list,
      .array(
        (value[list]?.array ?? []).map { item in
          var item = item
          change(&item)
          return item
        }))
  }

  static func rename(_ old: String, _ new: String, _ value: Value) -> Value {
    .object((value.fields ?? []).map { Value.Field($0.key == old ? new : $0.key, $0.value) })
  }

  /// Writes the dataset again with one bit of every clip's pixels changed and the table of the old one.
  static func tamper(_ path: String) throws {
    let bytes = try Disk.read(path), table = try Dataset(path: path)
    let writer = try DatasetWriter(
      path: path + ".new", height: table.height, width: table.width, fps: table.fps,
      attributes: ["optin_manifest": "worlds.optin.json"], stateColumns: table.stateColumns)
    for (i, clip) in table.clips.enumerated() {
      var frames = try table.frames(i, 0..<clip.frames)
      frames.pixels[0] ^= 1
      try writer.append(
        id: clip.id, frames: frames, split: clip.split, caption: clip.caption, state: try table.state(i))
    }
    try writer.finish()
    // The hashes are texts: the new ones are overwritten where they stand.
    var changed = try Disk.read(path + ".new")
    let new = try Dataset(path: path + ".new")
    for (old, clip) in pairs(table.clips, new.clips) {
      let range = try #require(changed.firstRange(of: Data(clip.framesSHA256.utf8)))
      changed.replaceSubrange(range, with: Data(old.framesSHA256.utf8))
    }
    try FileManager.default.removeItem(atPath: path + ".new")
    try Disk.write(changed, to: path)
    #expect(bytes != changed)
  }
}
