import Bench
import Consent
import Files
import Foundation
import Provenance
import Runs
import Testing

/// The signed opt-in from end to end, by its commands: keygen, init, sign, countersign, verify, check, diff, revoke.
@Suite struct ConsentCommandTests {
  /// A room with a home of its own, a key "studio", and the manifest of worlds.h5 drafted, granted and signed.
  struct Studio {
    let room: Room, home: String, did: String

    init() throws {
      room = try Room()
      home = room("home")
      did = try Self.json(room.orrery("consent keygen --name studio --json", home: home))["did"]?.string ?? ""
      #expect(try room.orrery("consent init worlds.h5 --licensor \(did) --out m.json", home: home).code == 0)
      try Disk.edit(room("m.json")) { document in
        document.set("grants", [(document["x-example-grant"] ?? [:])])
        document.set(
          "assets",
          .array(
            (document["assets"]?.array ?? []).map { asset in
              var asset = asset; asset.set("grants", ["g1"]); return asset
            }))
      }
      #expect(try room.orrery("consent sign m.json --key studio", home: home).code == 0)
    }

    static func json(_ told: Outcome) throws -> Value {
      try JSON.parse(told.out.trimmingCharacters(in: .newlines), at: "output")
    }

    func json(_ line: String) throws -> Value { try Self.json(room.orrery(line + " --json", home: home)) }
    func refuses(_ line: String, _ words: [String], verdict: Bool = false) throws {
      try room.refuses(line, 1, words, leaving: ["home"], verdict: verdict, home: home)
    }
    /// A command that must end well, however long it works.
    func call(_ line: String) throws -> Outcome {
      let told = try room.start(line, home: home).outcome(seconds: 120)
      #expect(told.exited && told.code == 0, "\(line)\n\(told.everything)")
      return told
    }
    func trust() throws { #expect(try room.orrery("consent trust \(did) --name Studio", home: home).code == 0) }
  }

  @Test func fromAKeyToARevocation() throws {
    let s = try Studio()
    try s.refuses("consent verify m.json", ["signer-unknown", s.did], verdict: true)
    try s.refuses("consent check worlds.h5 --manifest m.json --unsigned own-work", ["signer-unknown"], verdict: true)
    try s.trust()
    #expect(try s.json("consent verify m.json")["holds"] == true)
    let check = try s.json("consent check worlds.h5 --manifest m.json")
    #expect(check["admitted"] == 32 && check["signer"] == .string(s.did) && check["clips"]?[0]?["standing"] == "signed")
    // The trainer takes it without any basis being listed.
    let dry = try s.room.orrery(
      "finetune minute.yaml --dry-run --set consent.unsigned=[] --set data.0.manifest=m.json", home: s.home)
    #expect(dry.code == 0, "\(dry.everything)")

    #expect(try s.room.orrery("consent keygen --name society --alg ES256", home: s.home).code == 0)
    #expect(try s.json("consent countersign m.json --key society")["signers"]?.array?.count == 2)
    #expect(try s.json("consent countersign m.json --key society")["was_there"] == true)
    #expect(try s.json("consent verify m.json")["signatures"]?.array?.allSatisfy { $0["valid"] == true } == true)

    let clip = "projectile/train/000003"
    #expect(try s.json("consent revoke m.json --grant g1 --clip \(clip) --key studio --reason unhappy")["serial"] == 1)
    try FileManager.default.copyItem(atPath: s.room("m.revocations.json"), toPath: s.room("old.json"))
    // It is remembered: nobody need name the list.
    let after = try s.json("consent check worlds.h5 --manifest m.json")
    #expect(
      after["admitted"] == 31
        && after["clips"]?.array?.first { $0["clip"]?.string == clip }?["reasons"]?[0]?["code"] == "revoked")
    #expect(try s.json("consent revoke m.json --grant g1 --key studio")["serial"] == 2)
    #expect(try s.json("consent revoke m.json --grant g1 --key studio")["added"] == 0)
    try s.refuses("consent check worlds.h5 --manifest m.json", ["revoked"], verdict: true)
    try s.refuses("finetune minute.yaml --set consent.unsigned=[] --set data.0.manifest=m.json", ["revoked"])
    try s.refuses(
      "consent check worlds.h5 --manifest m.json --revocations old.json", ["old.json", "older", "serial 2"])
    try s.refuses("consent revoke m.json --all --key studio --out old.json", ["serial 2"])
    try s.refuses("consent revoke m.json --all --key studio --out lost.json", ["serial 2"])
  }

  @Test func aNewVersionReplacesTheOld() throws {
    let s = try Studio()
    try s.trust()
    try FileManager.default.copyItem(atPath: s.room("m.json"), toPath: s.room("n.json"))
    let old = try Manifest(path: s.room("m.json"))
    try Disk.edit(s.room("n.json")) { document in
      document.set("version", 2)
      document.set("supersedes", .string("sha256:" + old.sha256))
      var grant = document["grants"]?[0] ?? [:]
      grant.set("territory", ["DE"])
      document.set("grants", [grant])
    }
    try s.refuses("consent verify n.json", ["signature-invalid"], verdict: true)
    try s.refuses("consent sign n.json --key studio", ["--again"])
    #expect(try s.room.orrery("consent sign n.json --key studio --again", home: s.home).code == 0)
    #expect(try s.room.orrery("consent verify m.json", home: s.home).code == 0)
    #expect(try s.room.orrery("consent verify n.json --previous m.json", home: s.home).code == 0)
    try s.refuses("consent verify n.json --previous n.json", ["supersede"])
    let diff = try s.json("consent diff m.json n.json")
    #expect(
      diff["changes"]?.array?.count == 1 && diff["changes"]?[0]?["change"] == "narrowed"
        && diff["changes"]?[0]?["fields"]?[0]?["field"] == "territory")
    #expect(diff["changes"]?[0]?["clips"]?.array?.count == 32)
    // The newer one was seen; the older is not taken any more.
    try s.refuses("consent check worlds.h5 --manifest m.json", ["superseded"], verdict: true)
  }

  @Test func whatCannotBeSignedRevokedOrTrusted() throws {
    let s = try Studio()
    #expect(try s.room.orrery("consent keygen --name other", home: s.home).code == 0)
    try s.refuses("consent keygen --name studio", ["not overwritten"])
    try s.refuses("consent sign m.json --key other", ["licensor", "countersign"])
    try s.refuses("consent sign m.json --key nobody", ["keygen --name nobody"])
    try s.refuses("consent revoke m.json --grant g1 --key other", ["not theirs"])
    try s.refuses("consent revoke m.json --grant g9 --key studio", ["no grant 'g9'", "g1"])
    try s.refuses("consent countersign worlds.optin.json --key other", ["nobody has signed"])
    try s.refuses("consent verify worlds.optin.json", ["nobody signed"], verdict: true)
    try s.room.refuses("consent revoke m.json --key studio", 2, ["--grant"], leaving: ["home"], home: s.home)
    try s.room.refuses("consent trust did:key:zNobody", 2, ["did:key"], leaving: ["home"], home: s.home)
    try s.room.refuses("consent sign m.json --out m.yaml --key studio", 2, ["JSON"], leaving: ["home"], home: s.home)
    try s.refuses("consent verify m.json --trust m.json", ["orrery.trust/1"])
    try s.refuses("consent verify m.json --revocations m.json", ["orrery.revocations/1"])
    try Disk.edit(s.room("m.json")) { $0.set("foo", 1) }
    try s.refuses("consent sign m.json --key studio --again", ["unknown field 'foo'"])
    chmod(s.home + "/keys/studio.pem", 0o640)
    try s.refuses("consent sign m.json --key studio", ["mode 0640", "chmod 600"])
  }

  /// Under a clock that is not set nothing is signed, revoked or decided.
  @Test func aClockIn1970() throws {
    let s = try Studio(), key = try SigningKey(path: s.home + "/keys/studio.pem"), then = Moment(seconds: 60),
      home = HomeFolder(s.home)
    try s.trust()
    #expect(throws: Problem.self) { try ConsentSigning.sign(s.room("m.json"), as: .licensor, with: key, at: then) }
    var all = ConsentRevocation()
    all.all = true
    #expect(throws: Problem.self) {
      try all.write(s.room("m.json"), to: s.room("l.json"), with: key, home: home, at: then)
    }
    #expect(!Disk.exists(s.room("l.json")))
    #expect(
      try !ConsentVerification(s.room("m.json"), ConsentFiles(), home: home, at: then).holds
        && ConsentVerification(s.room("m.json"), ConsentFiles(), home: home).holds)
  }

  /// A list that belongs to another manifest admits nothing and is named.
  @Test func anothersRevocationList() throws {
    let s = try Studio()
    try s.trust()
    #expect(try s.room.orrery("consent init worlds.h5 --licensor \(s.did) --out z.json", home: s.home).code == 0)
    try Disk.edit(s.room("z.json")) { $0.set("id", "urn:another") }
    #expect(try s.room.orrery("consent revoke z.json --all --key studio", home: s.home).code == 0)
    try s.refuses(
      "consent check worlds.h5 --manifest m.json --revocations z.revocations.json",
      ["z.revocations.json", "another manifest", "urn:another"])
    #expect(try s.json("consent check worlds.h5 --manifest m.json")["admitted"] == 32)
    // What is remembered and cannot be read must not come back to life.
    #expect(try s.room.orrery("consent revoke m.json --grant g1 --key studio", home: s.home).code == 0)
    let folder = s.home + "/seen/revocations"
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      try Disk.write("{", to: folder + "/" + name)
    }
    try s.refuses("consent check worlds.h5 --manifest m.json", ["seen/revocations"])
  }

  @Test func aFolderOfVideosIsListedByBothHashes() throws {
    let room = try Room()
    try Disk.makeFolder(room("films/more"))
    try FileManager.default.copyItem(atPath: room("film.mp4"), toPath: room("films/more/one.mp4"))
    #expect(try room.orrery("consent init films --licensor me", home: room("home")).code == 0)
    let manifest = try Manifest(path: room("films.optin.json"))
    #expect(
      manifest.assets.map(\.clip) == ["one"] && manifest.assets[0].path == "more/one.mp4"
        && manifest.assets[0].fileSHA256 != nil && manifest.assets[0].framesSHA256 != nil)
    #expect(manifest.grants.isEmpty && manifest.assets[0].grants.isEmpty)
    try Disk.makeFolder(room("none"))
    try room.refuses("consent init none --licensor me", 1, ["no videos"])
  }
}
