import Consent
import Files
import Foundation
import TestKit
import Testing

/// Trust files, revocation lists and what is remembered of them: read whole or not at all, and never an older word
/// after a newer.
@Suite struct PolicyTests {
  static let did = "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"

  @Test(arguments: [
    ("{}", "schema"), ("[]", "should be an object"), (#"{"schema": "orrery.trust/2", "keys": []}"#, "orrery.trust/1"),
    (#"{"schema": "orrery.trust/1", "kyes": []}"#, "did you mean 'keys'"),
    (#"{"schema": "orrery.trust/1", "keys": [{"key": "did:key:zNo"}]}"#, "not a did:key"),
    (#"{"schema": "orrery.trust/1", "keys": [{"key": "\#(did)"}, {"key": "\#(did)"}]}"#, "stands twice"),
    (
      #"{"schema": "orrery.trust/1", "keys": [{"key": "\#(did)", "untill": "2027-01-01T00:00:00Z"}]}"#,
      "did you mean 'until'"
    ),
    (#"{"schema": "orrery.trust/1", "keys": [{"key": "\#(did)", "until": "soon"}]}"#, "UTC time"),
    (#"{"schema": "orrery.trust/1", "keys": [{"key": "\#(did)", "licensors": "all"}]}"#, "list of texts"),
    (#"{"schema": "orrery.trust/1", "schema": "orrery.trust/1"}"#, "stands twice"),
    (String(repeating: "[", count: 100_000), "nests deeper"), ("", "empty"),
  ]) func aTrustFileIsBelievedWholeOrNotAtAll(_ text: String, _ says: String) throws {
    try withFolder { folder in
      try Disk.write(text, to: folder + "/trust.json")
      #expect(problem { _ = try Consent.Trust(path: folder + "/trust.json") }.contains(says))
    }
  }

  @Test func aTrustFileGrowsByOneKeyAtATime() throws {
    let one = try Trust.none.adding(Self.did, name: "A", licensors: ["X"], at: "t"), key = try fixedKey(1)
    #expect(one.keys[Self.did]?.name == "A" && one.keys[Self.did]?.licensors == ["X"])
    #expect(try one.adding(Self.did, name: nil, licensors: ["X"], at: "t") == one)
    #expect(problem { _ = try one.adding(Self.did, name: "B", licensors: [], at: "t") }.contains("on other terms"))
    #expect(try one.adding(key.did, name: nil, licensors: [], at: "t").keys.count == 2)
  }

  @Test func aListIsReadWholeOrNotAtAll() throws {
    let studio = try fixedKey(1), other = try fixedKey(2),
      good = try revocationDocument(studio, entries: [["grant": "g1"]])
    #expect(try RevocationList(good, at: "l").entries == [.init(grant: "g1")])
    func said(_ document: Value) -> Problem { problem { _ = try RevocationList(document, at: "l") } }
    #expect(said(good.with("serial", 2)).contains("not valid") && said(good.with("entries", [])).contains("not valid"))
    #expect(
      said(good.with("signatures", [])).contains("nobody signed")
        && said(good.removing("signatures")).contains("nobody signed"))
    #expect(
      said(good.with("foo", 1)).contains("foo")
        && said(good.with("signatures", [["alg": "Ed25519"]])).contains("missing"))
    // Signed by somebody, but not by the one it says.
    #expect(
      said(try good.with("signatures", []).signed(by: other, domain: RevocationList.schema)).contains("not valid"))
    for entry in [
      ["grant": "g1", "all": true], ["person": "p", "clip": "a"], [:], ["reason": "?"],
      ["grant": "g1", "from": "soon"], ["grant": "g1", "effect": "burn"], ["grnat": "g1"],
    ] as [Value] {
      #expect(problem { _ = try revocations(studio, entries: [entry]) }.contains("entries[0]"), "\(entry)")
    }
    for (key, value) in [
      ("serial", 0), ("serial", "1"), ("serial", nil), ("issued", "now"), ("manifest", 7), ("entries", "all"),
      ("entries", nil),
    ] as [(String, Value)] {
      #expect(
        problem {
          _ = try RevocationList(
            good.with("signatures", []).with(key, value).signed(by: studio, domain: RevocationList.schema), at: "l")
        }.contains(key), "\(key) \(value)")
    }
  }

  struct Desk {
    let folder: String, home: HomeFolder, studio: SigningKey, manifest: Manifest

    init(_ folder: String) throws {
      (self.folder, home, studio) = (folder, HomeFolder(folder + "/home"), try fixedKey(1))
      manifest = try Manifest(document().licensed(by: studio).signed(by: studio), at: "m")
      try Disk.write(
        JSON.pretty(["schema": "orrery.trust/1", "keys": [["key": .string(studio.did)]]]), to: home.file("trust.json"))
    }

    func list(
      _ serial: Int, _ entries: [Value], by key: SigningKey? = nil, manifest: String = "urn:test"
    ) throws -> String {
      let path = folder + "/list-\(serial)-\(entries.count).json"
      try Disk.write(
        JSON.pretty(revocationDocument(key ?? studio, serial: serial, manifest: manifest, entries: entries)), to: path)
      return path
    }

    func policy(_ lists: [String] = [], trust: String? = nil, for manifests: [Manifest]? = nil) throws -> ConsentPolicy
    {
      try ConsentPolicy(trust: trust, revocations: lists, for: manifests ?? [manifest], home: home, at: noon)
    }

    func verdict(_ lists: [String] = []) throws -> [String] {
      codes(
        .decide(
          manifest, facts(), request { $0.unsignedBases = [] },
          assurance: try policy(lists).assurance(of: manifest, at: noon)))
    }
  }

  @Test func theNewestListHoldsWhetherNamedOrNot() throws {
    try withFolder { folder in
      let desk = try Desk(folder), one = try desk.list(1, []), two = try desk.list(2, [["grant": "g1"]])
      #expect(
        try desk.verdict() == [] && desk.verdict([one]) == [] && desk.verdict([two]) == ["revoked"]
          && desk.verdict() == ["revoked"] && desk.verdict([two]) == ["revoked"])
      #expect(problem { _ = try desk.policy([one]) }.contains("serial 2 or higher, not 1"))
      #expect(
        problem { _ = try desk.policy([desk.list(2, [["grant": "g1"], ["clip": "b"]])]) }.contains("the two differ"))
      #expect(try desk.verdict([desk.list(3, [])]) == [] && desk.verdict() == [])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/home/seen/revocations").count == 1)
    }
  }

  @Test func listsOfOthersAreRefused() throws {
    try withFolder { folder in
      let desk = try Desk(folder), before = try desk.policy()
      #expect(
        problem { _ = try desk.policy([desk.list(1, [], manifest: "urn:other")]) }.contains("for another manifest"))
      #expect(problem { _ = try desk.policy([desk.list(1, [["all": true]], by: fixedKey(9))]) }.contains("not theirs"))
      #expect(problem { _ = try desk.policy([folder + "/none.json"]) }.contains("no such file"))
      #expect(try desk.policy() == before && !Disk.exists(folder + "/home/seen/revocations"))
      // Of two manifests, one may have a list.
      let second = try Manifest(
        document().licensed(by: desk.studio).with("id", "urn:second").signed(by: desk.studio), at: "m")
      let both = try desk.policy([desk.list(1, [["all": true]])], for: [second, desk.manifest])
      #expect(codes(.decide(second, facts(), request(), assurance: both.assurance(of: second, at: noon))) == [])
      #expect(
        codes(.decide(desk.manifest, facts(), request(), assurance: both.assurance(of: desk.manifest, at: noon))) == [
          "revoked"
        ])
    }
  }

  /// Somebody else's manifest of the same id is none of ours, and cannot make ours look old.
  @Test func versionsAreRememberedOfWhatTrustedKeysSigned() throws {
    try withFolder { folder in
      let desk = try Desk(folder), newer = document().with("version", 3)
      func superseded(_ after: Value) throws -> Bool {
        let seen = try Manifest(after, at: "m")
        _ = try desk.policy(for: [seen])
        return try desk.verdict() == ["superseded"]
      }
      #expect(
        try !superseded(newer.licensed(by: desk.studio))
          && !superseded(newer.licensed(by: fixedKey(9)).signed(by: fixedKey(9))))
      #expect(try !superseded(newer.licensed(by: desk.studio).signed(by: fixedKey(9))))
      // Of two in one piece of work the newer counts, signed or not.
      let plain = try Manifest(newer.licensed(by: desk.studio), at: "m")
      #expect(
        try desk.policy(for: [desk.manifest, plain]).assurance(of: desk.manifest, at: noon).faults.map(\.code) == [
          .superseded
        ])
      #expect(try superseded(newer.licensed(by: desk.studio).signed(by: desk.studio)))
    }
  }

  @Test func whatIsRememberedAndDamagedStopsEverything() throws {
    try withFolder { folder in
      let desk = try Desk(folder)
      _ = try desk.policy([desk.list(1, [["grant": "g1"]])])
      for place in ["seen/revocations", "seen/manifests"] {
        let name = try #require(FileManager.default.contentsOfDirectory(atPath: folder + "/home/" + place).first),
          path = folder + "/home/\(place)/\(name)"
        let good = try Disk.read(path)
        for bad in [Data(), Data("{}".utf8), Data(good.dropLast(4)), Data([0xFF])] {
          try Disk.write(bad, to: path)
          #expect(problem { _ = try desk.policy() }.contains(place))
        }
        try Disk.write(good, to: path)
      }
      #expect(try desk.verdict() == ["revoked"])
    }
  }

  @Test func trustIsTheFileNamedOrOnesOwn() throws {
    try withFolder { folder in
      let desk = try Desk(folder)
      try Disk.write(#"{"schema": "orrery.trust/1", "keys": []}"#, to: folder + "/none.json")
      try Disk.write(
        "schema: orrery.trust/1\nkeys: [{key: \(desk.studio.did), name: A Studio}]\n", to: folder + "/some.yaml")
      #expect(
        try desk.policy().trust.keys.count == 1 && desk.policy(trust: folder + "/none.json").trust.keys.isEmpty
          && desk.policy(trust: folder + "/some.yaml").trust.keys.count == 1)
      #expect(problem { _ = try desk.policy(trust: folder + "/missing.json") }.contains("no such file"))
      #expect(try ConsentPolicy(trust: nil, revocations: [], for: [desk.manifest], home: nil).trust == .none)
    }
  }
}
