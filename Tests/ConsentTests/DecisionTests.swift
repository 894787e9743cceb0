import Consent
import Files
import Testing

@Suite struct DecisionTests {
  /// One grant with one field changed, one request with one field changed: exactly this code.
  func verdict(
    _ key: String, _ value: Value, _ change: (inout ConsentRequest) -> Void = { _ in }, exposures: [String: Int] = [:]
  ) throws -> [String] {
    codes(
      .decide(
        try manifest(document(grants: [goodGrant.with(key, value)])), facts(), request(change), exposures: exposures))
  }

  @Test func theGoodManifestAdmits() throws {
    let terms = try #require(Decision.decide(manifest(), facts(), request(), exposures: ["g1": 40]).terms)
    #expect(terms.grant == "g1" && terms.basis == .ownWork && terms.standing == .selfDeclared && terms.source == nil)
    #expect(terms.expires == moment("2027-01-01T00:00:00Z") && terms.remainingExposures == 60)
  }

  @Test func eachShortfallHasItsCode() throws {
    #expect(try verdict("actions", ["evaluate"]) == ["action-not-granted"])
    #expect(try verdict("actions", ["fine_tune"]) == ["invalid-field", "action-not-granted"])
    #expect(try verdict("actions", ["x-fine-tune"]) == ["action-not-granted"])
    #expect(try verdict("deny", ["fine-tune"]) == ["denied"])
    #expect(try verdict("deny", ["finetune"]) == ["invalid-field"])
    #expect(try verdict("valid", ["from": "2026-07-01T00:00:00Z", "until": nil]) == ["not-yet-valid"])
    #expect(try verdict("valid", ["from": "2026-01-01T00:00:00Z", "until": "2026-06-01T12:00:00Z"]) == ["expired"])
    #expect(try verdict("valid", ["from": "2026-01-01T00:00:00Z", "until": "2026-06-01T12:00:01Z"]) == [])
    #expect(try verdict("licensee", "did:key:zB") == ["licensee-not-covered"])
    #expect(try verdict("licensee", "did:key:zB", { $0.licensee = "did:key:zB" }) == [])
    #expect(try verdict("models", ["wan"]) == ["model-not-covered"])
    #expect(try verdict("models", ["wan"], { $0.model = "wan" }) == [])
    #expect(try verdict("purpose", ["previz"]) == ["purpose-not-covered"])
    #expect(try verdict("commercial", false, { $0.commercial = true }) == ["commercial-not-covered"])
    #expect(try verdict("commercial", true, { $0.commercial = true }) == [])
    #expect(try verdict("territory", ["DE"]) == ["territory-not-covered"])
    #expect(try verdict("territory", ["DE"], { $0.territory = "DE" }) == [])
    #expect(try verdict("territory", [], { $0.territory = "DE" }) == ["invalid-field", "territory-not-covered"])
    #expect(try verdict("max_exposures", 10, exposures: ["g1": 10]) == ["exposure-cap-reached"])
    #expect(try verdict("max_exposures", 10, exposures: ["g1": 9, "g2": 99]) == [])
    #expect(try verdict("max_exposures", -1) == ["invalid-field"])
    #expect(try verdict("basis", "licence") == ["unsigned-basis-not-listed"])
  }

  @Test(arguments: ["id", "basis", "licensee", "actions", "purpose", "models", "territory", "valid"])
  func silenceIsNotPermission(_ key: String) throws {
    let decision = Decision.decide(try manifest(document(grants: [goodGrant.removing(key)])), facts(), request())
    #expect(codes(decision).contains(key == "id" ? "unknown-grant" : "missing-field"))
  }

  @Test(arguments: [
    ("valid", "vaild"), ("territory", "teritory"), ("deny", "denny"), ("max_exposures", "max_exposure"),
    ("licensee", "Licensee"), ("models", "model"),
  ]) func aMisspeltFieldDeniesAndNamesTheNearest(_ key: String, _ typo: String) throws {
    let grant: Value = .object((goodGrant.fields ?? []).map { $0.key == key ? .init(typo, $0.value) : $0 })
    let decision = Decision.decide(try manifest(document(grants: [grant])), facts(), request())
    let reason = try #require(decision.reasons.first { $0.code == .unknownField })
    #expect(reason.sentence.contains(typo) && reason.sentence.contains("did you mean '\(key)'") && reason.grant == "g1")
  }

  @Test func anUnknownFieldDeniesTheThingItStandsIn() throws {
    func admitted(_ d: Value) throws -> [Bool] {
      try ["a", "b"].map { try Decision.decide(manifest(d), facts($0), request()).isAdmitted }
    }
    let two = [goodGrant, goodGrant.with("id", "g2")]
    let assets = [asset("a"), asset("b", grants: ["g2"])]
    #expect(try admitted(document(assets: assets, grants: two)) == [true, true])
    #expect(try admitted(document(assets: assets, grants: [two[0].with("foo", 1), two[1]])) == [false, true])
    #expect(
      try admitted(
        document(
          assets: assets,
          grants: [two[0].with("valid", ["from": "2026-01-01T00:00:00Z", "until": nil, "til": 1]), two[1]])) == [
          false, true,
        ])
    #expect(try admitted(document(assets: [assets[0].with("foo", 1), assets[1]], grants: two)) == [false, true])
    #expect(
      try admitted(
        document(
          assets: [assets[0].with("content", ["frames_sha256": .string(digest("a")), "size": 1]), assets[1]],
          grants: two)) == [false, true])
    #expect(try admitted(document(assets: assets, grants: two).with("foo", 1)) == [false, false])
    #expect(
      try admitted(document(assets: assets, grants: two).with("licensor", ["id": "x", "foo": 1])) == [false, false])
    #expect(try admitted(document(assets: assets, grants: two).with("x-foo", 1)) == [true, true])
    #expect(try admitted(document(assets: assets, grants: [two[0].with("x-foo", 1), two[1]])) == [true, true])
  }

  @Test func aDenyWinsOverEveryAllowInItsScope() throws {
    func both(_ second: Value, _ change: (inout ConsentRequest) -> Void = { _ in }) throws -> [String] {
      codes(
        .decide(
          try manifest(document(assets: [asset(grants: ["g1", "g2"])], grants: [goodGrant, second.with("id", "g2")])),
          facts(), request(change)))
    }
    let deny = goodGrant.with("deny", ["fine-tune"])
    #expect(try both(deny) == ["denied"])
    #expect(
      try both(deny.with("valid", ["from": "2020-01-01T00:00:00Z", "until": "2021-01-01T00:00:00Z"])) == ["denied"])
    #expect(try both(deny.with("licensee", "did:key:zB")) == ["denied"])
    #expect(try both(deny.with("licensee", "did:key:zB"), { $0.licensee = "did:key:zC" }) == [])
    #expect(try both(deny.with("purpose", ["previz"])) == [])
    #expect(try both(goodGrant.with("foo", 1)) == ["unknown-field"])
    #expect(try both(goodGrant.with("actions", ["pretrain"])) == [])
  }

  @Test func unlistedTamperedAndDanglingClipsAreRefused() throws {
    #expect(codes(.decide(try manifest(), facts("b"), request())) == ["unlisted-clip"])
    #expect(
      codes(.decide(try manifest(), ClipFacts(id: "a", framesSHA256: digest("other")), request())) == [
        "content-hash-mismatch"
      ])
    #expect(codes(.decide(try manifest(), ClipFacts(id: "a", framesSHA256: ""), request())) == ["content-hash-missing"])
    // The same pixels under another name: the licensor agreed to a clip, not to a coincidence.
    #expect(
      codes(.decide(try manifest(), ClipFacts(id: "b", framesSHA256: digest("a")), request())) == ["unlisted-clip"])
    let bare = document(assets: [["clip": "a", "content": ["file_sha256": .string(digest("f"))], "grants": ["g1"]]])
    #expect(codes(.decide(try manifest(bare), facts(), request())) == ["content-hash-missing"])
    #expect(
      codes(.decide(try manifest(document(assets: [asset(grants: ["g1", "g9"])])), facts(), request())) == [
        "unknown-grant"
      ])
    #expect(codes(.decide(try manifest(document(assets: [asset(grants: [])])), facts(), request())) == ["no-grant"])
    #expect(
      codes(.decide(try manifest(document(assets: [asset(), asset()])), facts(), request())) == ["duplicate-name"])
    #expect(
      codes(.decide(try manifest(document(grants: [goodGrant, goodGrant])), facts(), request())) == ["duplicate-name"])
    #expect(codes(.decide(try manifest(document().with("default", "allow")), facts(), request())) == ["invalid-field"])
  }

  @Test func peopleMustConsentToTheUseToday() throws {
    func with(
      _ people: [Value], _ names: Value = ["p7"], _ change: (inout ConsentRequest) -> Void = { _ in }
    ) throws -> Decision {
      .decide(try manifest(document(assets: [asset(likeness: names)], likeness: people)), facts(), request(change))
    }
    #expect(try with([person]).terms?.expires == moment("2026-12-01T00:00:00Z"))
    #expect(codes(try with([])) == ["likeness-unknown"])
    #expect(codes(try with([person.with("expires", "2026-06-01T12:00:00Z")])) == ["likeness-expired"])
    #expect(codes(try with([person.with("uses", ["evaluation"])])) == ["likeness-use-not-listed"])
    #expect(codes(try with([person], ["p7"], { $0.action = .evaluate })) == ["likeness-use-not-listed"])
    #expect(
      codes(try with([person, person.with("id", "p8").with("uses", [])], ["p7", "p8"])) == ["likeness-use-not-listed"])
    #expect(codes(try with([person.removing("expires")])) == ["missing-field"])
    #expect(codes(try with([person.with("expire", "2030-01-01T00:00:00Z")])) == ["unknown-field"])
  }

  @Test func derivedClipsLeanOnTheirSource() throws {
    let made = digest("made")
    // Origins that were shown to be true: what is left to ask is whether they are granted.
    func decide(_ manifest: Manifest, _ clip: ClipFacts, _ request: ConsentRequest) -> Decision {
      .decide(
        manifest, clip, request,
        assurance: Assurance(of: manifest, proven: [Hashing.sha256([UInt8]())], at: request.time))
    }
    func derived(
      _ id: String = "a#0", source: String? = digest("a"), file: String? = nil, result: String = digest("made")
    ) -> ClipFacts {
      ClipFacts(
        id: id, framesSHA256: made,
        origin: .derived(.init(sourceFileSHA256: file, sourceFramesSHA256: source, result: result)))
    }
    #expect(decide(try manifest(), derived(), request()).terms?.source == "a")
    #expect(decide(try manifest(), derived("a"), request()).terms?.source == "a")
    #expect(codes(decide(try manifest(), derived(source: digest("z")), request())) == ["unlisted-clip"])
    #expect(codes(decide(try manifest(), derived("a", source: digest("z")), request())) == ["content-hash-mismatch"])
    #expect(codes(decide(try manifest(), derived(result: digest("z")), request())) == ["derivation-mismatch"])
    let silent = try manifest(document(grants: [goodGrant.removing("derivatives")]))
    #expect(codes(decide(silent, derived(), request())) == ["derivatives-not-allowed"])
    #expect(decide(silent, facts(), request()).isAdmitted)
    let weightsOnly = try manifest(document(grants: [goodGrant.with("derivatives", ["weights": "open"])]))
    #expect(decide(weightsOnly, derived(), request()).isAdmitted)
    #expect(codes(decide(weightsOnly, derived(), request { $0.action = .evaluate })) == ["derivatives-not-allowed"])
    let byFile = try manifest(
      document(assets: [["clip": "a", "content": ["file_sha256": .string(digest("f"))], "grants": ["g1"]]]))
    #expect(decide(byFile, derived(source: nil, file: digest("f")), request()).isAdmitted)
    #expect(decide(byFile, derived(source: digest("x"), file: digest("f")), request()).isAdmitted)
    let twins = try manifest(
      document(assets: [asset(), asset("b").with("content", ["frames_sha256": .string(digest("a"))])]))
    #expect(codes(decide(twins, derived(), request())) == ["ambiguous-source"])
    // The people in the source are in what was cut from it.
    #expect(
      codes(decide(try manifest(document(assets: [asset(likeness: ["p7"])])), derived(), request())) == [
        "likeness-unknown"
      ])
    #expect(
      codes(
        decide(
          try manifest(), ClipFacts(id: "a#0", framesSHA256: made, origin: .unreadable("it is not strict JSON")),
          request())) == ["unlisted-clip", "derivation-unreadable"])
  }

  @Test func aWrongClockAdmitsNothing() throws {
    #expect(codes(.decide(try manifest(), facts(), request { $0.time = Moment(seconds: 0) })).contains("clock-not-set"))
    #expect(
      codes(.decide(try manifest(), facts(), request { $0.time = moment("2025-12-31T23:59:59Z") })).contains(
        "clock-before-issue"))
    let ancient = document(grants: [goodGrant.with("valid", ["from": "1960-01-01T00:00:00Z", "until": nil])]).with(
      "issued", "1960-01-01T00:00:00Z")
    #expect(
      codes(.decide(try manifest(ancient), facts(), request { $0.time = Moment(seconds: 0) })) == ["clock-not-set"])
    #expect(codes(.decide(try manifest(document().removing("issued")), facts(), request())) == ["missing-field"])
  }
}
