import Consent
import Files
import Foundation
import TestKit
import Testing

@Suite struct ManifestTests {
  /// Every field of the schema, once.
  static let whole: Value = document(
    assets: [
      [
        "clip": "a",
        "content": [
          "file_sha256": .string(digest("file")), "frames_sha256": .string(digest("a")), "path": "/data/demo_0",
        ],
        "media": ["width": 1280, "height": 720, "frames": 240, "fps": "24/1"], "creators": ["Ada"], "grants": ["g1"],
        "likeness": ["p7"],
      ]
    ],
    grants: [
      goodGrant
        .with("deny", ["pretrain", "distribute-weights"])
        .with("derivatives", ["weights": "share-alike", "outputs": "attribution", "likeness_outputs": "deny"])
        .with("revocation", ["allowed": true, "effect": "stop-use", "notice_days": 30, "serial": 12])
        .with(
          "compensation",
          ["model": "royalty-share", "rate": "0.0004", "currency": "EUR", "pool": "p1", "payee": "acct"]
        )
        .with("attribution", "required").with("terms", "https://example.org/terms").with(
          "terms_sha256", .string(digest("terms"))
        ).with("weight", 3)
    ],
    likeness: [
      person.with("person_ref", "salted").with("intended_use", "test").with(
        "consent_doc_sha256", .string(digest("doc")))
    ]
  ).with("supersedes", .string("sha256:" + digest("old"))).with("x-note", ["anything": 1]).with(
    "signatures", [["alg": "Ed25519", "kid": "did:key:z", "sig": "AA"]])

  @Test func readsEveryField() throws {
    let m = try manifest(Self.whole)
    #expect(
      m.faults.isEmpty && m.assets[0].faults.isEmpty && m.grants[0].faults.isEmpty && m.likeness[0].faults.isEmpty)
    #expect(m.assets[0].fps == "24/1" && m.assets[0].path == "/data/demo_0" && m.assets[0].creators == ["Ada"])
    let g = m.grants[0]
    #expect(g.deny == [.pretrain, .distributeWeights] && g.maxExposures == 100 && g.weight == 3)
    #expect(
      g.revocation?.effect == .stopUse && g.revocation?.serial == 12 && g.compensation?.rate == "0.0004"
        && g.compensation?.model == .royaltyShare)
    #expect(g.derivatives?.weights == .shareAlike && g.until == moment("2027-01-01T00:00:00Z"))
    #expect(
      m.likeness[0].representedBy == .counsel && m.signatures[0].alg == "Ed25519"
        && m.supersedes == "sha256:" + digest("old"))
  }

  @Test func hashCoversAllButSignaturesAndNotTheOrderOfKeys() throws {
    let m = try manifest(Self.whole)
    #expect(try manifest(Self.whole.with("signatures", [])).sha256 == m.sha256)
    #expect(try manifest(.object((Self.whole.fields ?? []).reversed())).sha256 == m.sha256)
    #expect(try manifest(Self.whole.with("version", 2)).sha256 != m.sha256)
    #expect(try manifest(Self.whole.with("x-note", ["anything": 2])).sha256 != m.sha256)
  }

  /// What signatures and ledgers stand on, as another implementation (Python's json, hashlib and cryptography) has it: these may never change.
  @Test func hashesAndSignaturesAreThese() throws {
    let studio = try fixedKey(1), signed = try document().licensed(by: studio).signed(by: studio)
    #expect(studio.did == "did:key:z6Mkon3Necd6NkkyfoGoHxid2znGc59LU3K7mubaRcFbLfLX")
    #expect(try manifest(signed).sha256 == "fd628e6190a729b6ce5cc5076b07077f850c3bdd9c2509e9fd3c3ac9458d1127")
    #expect(
      signed["signatures"] == [
        [
          "alg": "Ed25519", "kid": .string(studio.did),
          "sig": "hjvrhW8Cke8qjz6tQY-nyVxvG98ojrEe4_aJk2TCeGAdmnjs0UtaqF0LWXYfb-MKigd3OOQGHkOqx5WpRWA7CQ",
        ]
      ])
    let list = try revocationDocument(studio, entries: [["grant": "g1", "from": "2026-09-01T00:00:00Z"]])
    #expect(
      try RevocationList(list, at: "list").sha256 == "df01e8468cee54118ccae87ace188a4a7aedb3474e6b4b93c346f6eeebdc9d22")
    #expect(
      list["signatures"]?[0]?["sig"]?.string
        == "GP-LLbxwt5HPtTlrONoRyoZiQ-qPiP-Bnq6WnbKYVAKKbeVF7a9HnPbIhYSq2anSOSoJgi74CMueDDTrPpHqDg")
  }

  @Test func jsonAndYamlSayTheSame() throws {
    try withFolder { folder in
      let m = try manifest(Self.whole)
      try m.write(to: folder + "/optin.json")
      #expect(try Manifest(path: folder + "/optin.json") == m)
      let yaml = """
        schema: orrery.optin/1
        id: urn:test
        version: 1
        issued: 2026-01-01T00:00:00Z
        default: deny
        licensor: {id: "did:key:zLicensor", name: A Studio, role: rightsholder}
        assets:
          - clip: a
            content: {frames_sha256: "\(digest("a"))"}
            grants: [g1]
            likeness: []
        grants:
          - {id: g1, basis: own-work, licensee: any, actions: [fine-tune, evaluate], deny: [], purpose: [research], commercial: false,
             derivatives: {weights: private, outputs: internal}, models: [any], territory: ["*"], max_exposures: 100,
             valid: {from: 2026-01-01T00:00:00Z, until: 2027-01-01T00:00:00Z}}
        likeness: []
        """
      try Disk.write(yaml, to: folder + "/optin.yaml")
      #expect(try Manifest(path: folder + "/optin.yaml").sha256 == manifest().sha256)
    }
  }

  @Test(arguments: [
    ("missing.json", nil as String?, "no such file"), ("empty.json", "", "empty"), ("list.json", "[]", "a list"),
    ("text.json", "hello", "not a JSON value"),
    ("other.json", #"{"schema": "orrery.optin/2"}"#, "orrery.optin/1"), ("none.json", "{}", "names no schema"),
    ("twice.json", #"{"schema": "orrery.optin/1", "grants": [], "grants": []}"#, "stands twice"),
    ("deep.json", String(repeating: "[", count: 100_000), "nests deeper"),
    ("deep.yaml", String(repeating: "[", count: 100_000), "deep"),
    ("dashes.yaml", String(repeating: "- ", count: 100_000), "nesting level"),
    ("laughs.yaml", "a: &a [x, x]\nb: &b [*a, *a]\n", "aliases"),
    ("twice.yaml", "schema: orrery.optin/1\nschema: orrery.optin/1\n", "'schema'"),
    ("float.json", #"{"schema": "orrery.optin/1", "version": 1.5}"#, "fractional"),
    ("cut.json", #"{"schema": "orrery.op"#, "not closed"),
  ]) func structuralBreakageThrows(_ name: String, _ content: String?, _ says: String) throws {
    try withFolder { folder in
      if let content { try Disk.write(content, to: folder + "/" + name) }
      let said = problem { _ = try Manifest(path: folder + "/" + name) }
      #expect(said.contains(says) && said.contains(name), "\(said)")
    }
  }

  @Test func notUTF8AndFoldersAndHugeFilesThrow() throws {
    try withFolder { folder in
      for name in ["bad.json", "bad.yaml"] {
        try Disk.write(Data([0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x7D]), to: folder + "/" + name)
        #expect(problem { _ = try Manifest(path: folder + "/" + name) }.contains("UTF-8"))
      }
      #expect(problem { _ = try Manifest(path: folder) }.contains("folder"))
      // Sparse: a hole of 100 MB costs no disk.
      try Disk.write("{", to: folder + "/huge.json")
      let handle = FileHandle(forWritingAtPath: folder + "/huge.json")
      try handle?.truncate(atOffset: UInt64(Manifest.largestJSON) + 1)
      try handle?.close()
      #expect(problem { _ = try Manifest(path: folder + "/huge.json") }.contains("larger than 100 MB"))
    }
  }

  @Test func ownWorkAdmitsWhatItListsAndADraftNothing() throws {
    let clip = Manifest.ListedClip(id: "a", framesSHA256: digest("a"), width: 64, height: 64, frames: 16, fps: "8/1")
    let own = try Manifest.ownWork(licensor: "local", clips: [clip], issued: noon)
    #expect(own.faults.isEmpty && own.grants[0].faults.isEmpty && own.assets[0].faults.isEmpty)
    #expect(Decision.decide(own, facts(), request()).terms?.grant == "own")
    #expect(codes(.decide(own, facts("b"), request())) == ["unlisted-clip"])
    #expect(codes(.decide(own, facts(), request { $0.unsignedBases = [] })) == ["unsigned-basis-not-listed"])
    let draft = try Manifest.draft(licensor: "local", clips: [clip], issued: noon)
    #expect(draft.faults.isEmpty)
    #expect(codes(.decide(draft, facts(), request())) == ["no-grant"])
    #expect(own.id == (try Manifest.ownWork(licensor: "local", clips: [clip], issued: noon)).id)
  }

  /// Files made to be slow: thousands of unknown fields, signatures and names, each of which would cost something.
  @Test func filesMadeOfFaultsAreCheap() throws {
    let start = ContinuousClock.now, many = 20_000, studio = try fixedKey(1)
    let fields = (0..<many).map { Value.Field("field_number_\($0)", 1) },
      signature = try studio.sign(document(), domain: Manifest.schema, at: "t").value
    let crowded: [Value] = [
      .object((document().fields ?? []) + fields), document(grants: [.object((goodGrant.fields ?? []) + fields)]),
      document(assets: [.object((asset().fields ?? []) + fields)]),
      document().with("signatures", .array(Array(repeating: signature, count: many))),
      document().with("countersigners", .array(Array(repeating: .string(studio.did), count: many))),
      document(grants: [goodGrant.with("deny", .array((0..<many).map { .string("fine-tun\($0)") }))]),
      document(assets: Array(repeating: asset(), count: many)),
    ]
    for (i, document) in crowded.enumerated() {
      let m = try manifest(document), decision = Decision.decide(m, facts(), request())
      #expect(!decision.isAdmitted && decision.reasons.count <= 64, "\(i)")
    }
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  /// Bytes changed at random: an error or a verdict, never a trap, and never a hash that stays when the content
  /// changed.
  @Test func mutatedManifestsNeverTrap() throws {
    var random = SplitMix64(7), read = 0
    let original = Array(JSON.line(Self.whole).utf8)
    for _ in 0..<3000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: at)
        case 2: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 20)], at: at)
        default: bytes.removeSubrange(at..<min(bytes.count, at + 20))
        }
      }
      try problemIfAny {
        let decision = Decision.decide(try Manifest(JSON.parse(bytes, at: "fuzz"), at: "fuzz"), facts(), request())
        read += 1
        #expect(decision.isAdmitted || !decision.reasons.isEmpty)
      }
    }
    #expect((300...2700).contains(read), "\(read) of 3000 are still manifests")
  }

  @Test func mutatedYamlNeverTraps() throws {
    try withFolder { folder in
      var random = SplitMix64(8)
      let original = Array(
        "schema: orrery.optin/1\nid: a\nassets:\n  - {clip: a, grants: [\"g\"]}\ngrants:\n  - id: g\n    valid: {from: x}\n"
          .utf8)
      for _ in 0..<500 {
        var bytes = original
        for _ in 0..<3 {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] =
            Array("-?:*&[]{}\"' \n\t#|>%@!~a0".utf8).randomElement(using: &random) ?? 0
        }
        try Data(bytes).write(to: URL(fileURLWithPath: folder + "/m.yaml"))
        do { _ = try Manifest(path: folder + "/m.yaml") } catch { #expect(error is Problem) }
      }
    }
  }
}
