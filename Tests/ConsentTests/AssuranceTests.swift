import Consent
import Files
import Testing

/// Who signed, who is believed, what was taken back: one fact changed, exactly this code.
@Suite struct AssuranceTests {
  /// A request that takes nothing on anybody's bare word.
  let strict = request { $0.unsignedBases = [] }

  func decide(
    _ document: Value, _ policy: ConsentPolicy, _ request: ConsentRequest? = nil, _ clip: ClipFacts = facts()
  ) throws -> Decision {
    let manifest = try manifest(document)
    return .decide(
      manifest, clip, request ?? strict, assurance: policy.assurance(of: manifest, at: (request ?? strict).time))
  }

  @Test(arguments: SignatureAlgorithm.allCases) func aTrustedLicensorsSignatureAdmits(
    _ algorithm: SignatureAlgorithm
  ) throws {
    let key = try SigningKey(algorithm), signed = try document().licensed(by: key).signed(by: key)
    let terms = try #require(decide(signed, ConsentPolicy(trust: trust(key))).terms)
    #expect(terms.standing == .signed && terms.signer == key.did)
    // Nobody need list a basis for what is signed, and nobody is admitted by a signature alone.
    #expect(codes(try decide(signed, .none)) == ["signer-unknown"])
    #expect(codes(try decide(signed, .none, request())) == ["signer-unknown"])
    #expect(
      codes(try decide(signed.with("version", 2), ConsentPolicy(trust: trust(key)))) == [
        "signature-invalid", "signer-unknown",
      ])
    #expect(
      codes(try decide(signed.with("version", 2), ConsentPolicy(trust: trust(key)), request())) == [
        "signature-invalid", "signer-unknown",
      ])
  }

  @Test func whoMaySpeakForWhom() throws {
    let studio = try fixedKey(1), other = try fixedKey(2)
    let signed = try document().licensed(by: studio).signed(by: other)
    #expect(codes(try decide(signed, ConsentPolicy(trust: trust(other)))) == ["licensor-not-signed"])
    #expect(codes(try decide(signed, ConsentPolicy(trust: trust(studio)))) == ["signer-unknown"])
    #expect(try decide(signed, ConsentPolicy(trust: trust(other, licensors: [studio.did]))).terms?.signer == other.did)
    // A licensor with a plain name: whoever the trust file says.
    let named = try document().signed(by: other)
    #expect(codes(try decide(named, ConsentPolicy(trust: trust(other)))) == ["licensor-not-signed"])
    #expect(try decide(named, ConsentPolicy(trust: trust(other, licensors: ["did:key:zLicensor"]))).isAdmitted)
    // A key that was believed until yesterday.
    let spent = try Trust(
      ["schema": "orrery.trust/1", "keys": [["key": .string(studio.did), "until": "2026-06-01T12:00:00Z"]]], at: "trust"
    )
    let good = try document().licensed(by: studio).signed(by: studio)
    #expect(codes(try decide(good, ConsentPolicy(trust: spent))) == ["licensor-not-signed"])
    #expect(
      try decide(good, ConsentPolicy(trust: spent), request { $0.time = moment("2026-06-01T11:59:59Z") }).isAdmitted)
  }

  @Test func aStrippedSignatureIsMissed() throws {
    let studio = try fixedKey(1), plain = document().licensed(by: studio)
    #expect(try decide(plain, .none, request()).terms?.standing == .selfDeclared)
    #expect(codes(try decide(plain, ConsentPolicy(trust: trust(studio)), request())) == ["signature-missing"])
  }

  @Test func everySignatureMustHold() throws {
    let studio = try fixedKey(1), agent = try fixedKey(2), policy = ConsentPolicy(trust: try trust(studio))
    let both = try document().licensed(by: studio).signed(by: studio).signed(by: agent)
    #expect(try decide(both, policy).isAdmitted)
    let list = both["signatures"]?.array ?? []
    for (i, key, value) in [
      (1, "sig", list[0]["sig"] ?? nil), (1, "kid", .string(studio.did)), (0, "alg", "ES256"), (0, "alg", "none"),
      (0, "sig", "AAAA"), (0, "kid", "did:web:x"),
    ] {
      var bad = list
      bad[i].set(key, value)
      #expect(
        codes(try decide(both.with("signatures", .array(bad)), policy)).contains("signature-invalid"), "\(i) \(key)")
    }
    #expect(
      codes(try decide(both.with("signatures", .array(list.map { $0.with("extra", 1) })), policy)).contains(
        "unknown-field"))
    #expect(codes(try decide(both.with("signatures", "none"), policy)).contains("invalid-field"))
  }

  /// A signature on one kind of document says nothing on another.
  @Test func domainsAreApart() throws {
    let studio = try fixedKey(1),
      other = try document().licensed(by: studio).signed(by: studio, domain: RevocationList.schema)
    #expect(codes(try decide(other, ConsentPolicy(trust: trust(studio)))).contains("signature-invalid"))
  }

  @Test func countersignersAreWaitedFor() throws {
    let studio = try fixedKey(1), society = try fixedKey(2), policy = ConsentPolicy(trust: try trust(studio))
    let one = try document().licensed(by: studio).with("countersigners", [.string(society.did)]).signed(by: studio)
    #expect(codes(try decide(one, policy)) == ["countersignature-missing"])
    #expect(try decide(one.signed(by: society), policy).terms?.signer == studio.did)
    // Whoever is waited for may also withdraw.
    let gone = ConsentPolicy(
      trust: try trust(studio), revocations: [try revocations(society, entries: [["all": true]])])
    #expect(codes(try decide(one.signed(by: society), gone)) == ["revoked"])
    #expect(
      codes(try decide(document().with("countersigners", ["the society"]), .none, request())).contains("invalid-field"))
  }

  @Test func peopleWithAKeySignForThemselves() throws {
    let studio = try fixedKey(1), performer = try fixedKey(3), policy = ConsentPolicy(trust: try trust(studio))
    let shown = try document(
      assets: [asset(likeness: ["p7"])], likeness: [person.with("signer", .string(performer.did))]
    ).licensed(by: studio).signed(by: studio)
    #expect(codes(try decide(shown, policy)) == ["likeness-not-signed"])
    let both = try shown.signed(by: performer)
    #expect(try decide(both, policy).isAdmitted)
    // They take their own back, and only their own.
    func withdrawn(_ entry: Value, _ time: String = "2026-06-01T12:00:00Z") throws -> Decision {
      try decide(
        both, ConsentPolicy(trust: trust(studio), revocations: [revocations(performer, entries: [entry])]),
        request {
          $0.unsignedBases = []; $0.time = moment(time)
        })
    }
    #expect(codes(try withdrawn(["person": "p7"])) == ["likeness-revoked"])
    #expect(
      try withdrawn(["person": "p7", "from": "2026-07-01T00:00:00Z"]).terms?.expires == moment("2026-07-01T00:00:00Z"))
    #expect(
      codes(try withdrawn(["person": "p7", "from": "2026-07-01T00:00:00Z"], "2026-07-01T00:00:00Z")) == [
        "likeness-revoked"
      ])
    #expect(codes(try withdrawn(["grant": "g1"])) == ["revocation-not-theirs"])
    #expect(codes(try withdrawn(["person": "p8"])) == ["revocation-not-theirs"])
    let stranger = try fixedKey(9)
    #expect(
      codes(
        try decide(
          both, ConsentPolicy(trust: trust(studio), revocations: [revocations(stranger, entries: [["person": "p7"]])])))
        == ["revocation-not-theirs"])
    #expect(
      codes(
        try decide(
          document(assets: [asset(likeness: ["p7"])], likeness: [person.with("signer", "me")]), .none, request())
      ).contains("invalid-field"))
  }

  @Test func whatIsRevokedIsGone() throws {
    let studio = try fixedKey(1), two = [goodGrant, goodGrant.with("id", "g2")]
    let signed = try document(assets: [asset("a", grants: ["g1", "g2"]), asset("b")], grants: two).licensed(by: studio)
      .signed(by: studio)
    func after(_ entries: [Value], _ clip: String = "a", at time: Moment = noon) throws -> [String] {
      let policy = ConsentPolicy(trust: try trust(studio), revocations: [try revocations(studio, entries: entries)])
      return codes(
        try decide(
          signed, policy,
          request {
            $0.unsignedBases = []; $0.time = time
          }, facts(clip)))
    }
    #expect(try after([]) == [] && after([["grant": "g1"]]) == [] && after([["grant": "g1"]], "b") == ["revoked"])
    #expect(
      try after([["grant": "g1"], ["grant": "g2"]]) == ["revoked", "revoked"]
        && after([["clip": "a"]]) == ["revoked", "revoked"] && after([["clip": "a"]], "b") == [])
    #expect(
      try after([["clip": "b", "grant": "g1"]]) == [] && after([["clip": "b", "grant": "g1"]], "b") == ["revoked"]
        && after([["all": true]], "b") == ["revoked"])
    #expect(
      try after([["all": true, "from": "2026-06-02T00:00:00Z"]], "b") == []
        && after([["all": true, "from": "2026-06-02T00:00:00Z"]], "b", at: moment("2026-06-02T00:00:00Z")) == [
          "revoked"
        ])
    // A grant that was revoked stops permitting, not forbidding.
    let denying = try document(
      assets: [asset("a", grants: ["g1", "g2"])],
      grants: [goodGrant, goodGrant.with("id", "g2").with("deny", ["fine-tune"])]
    ).licensed(by: studio).signed(by: studio)
    #expect(
      codes(
        try decide(
          denying, ConsentPolicy(trust: trust(studio), revocations: [revocations(studio, entries: [["grant": "g2"]])])))
        == ["denied"])
    // Without any signature, the licensor's own key may still take back.
    let plain = document().licensed(by: studio)
    #expect(
      codes(try decide(plain, ConsentPolicy(revocations: [revocations(studio, entries: [["grant": "g1"]])]), request()))
        == ["revoked"])
    #expect(
      codes(try decide(plain, ConsentPolicy(revocations: [revocations(fixedKey(9), entries: [])]), request())) == [
        "revocation-not-theirs"
      ])
  }

  @Test func aListMayBeRequiredAndAnOlderVersionIsSuperseded() throws {
    let studio = try fixedKey(1), grant = goodGrant.with("revocation", ["allowed": true, "serial": 2])
    let signed = try document(grants: [grant]).licensed(by: studio).signed(by: studio)
    func with(_ lists: [RevocationList]) throws -> [String] {
      codes(try decide(signed, ConsentPolicy(trust: trust(studio), revocations: lists)))
    }
    #expect(
      try with([]) == ["revocation-list-missing"]
        && with([revocations(studio, entries: [])]) == ["revocation-list-missing"])
    #expect(try with([revocations(studio, serial: 2, entries: [])]) == [])
    let old = try manifest(document().licensed(by: studio).signed(by: studio))
    #expect(
      codes(.decide(old, facts(), strict, assurance: Assurance(of: old, trust: try trust(studio), newest: 2, at: noon)))
        == ["superseded"])
    #expect(
      Decision.decide(
        old, facts(), strict, assurance: Assurance(of: old, trust: try trust(studio), newest: 1, at: noon)
      ).isAdmitted)
  }

  @Test func anAssuranceOfAnotherManifestIsNone() throws {
    let studio = try fixedKey(1), signed = try manifest(document().licensed(by: studio).signed(by: studio)),
      policy = ConsentPolicy(trust: try trust(studio))
    let other = try manifest(document().licensed(by: studio).with("version", 7))
    #expect(
      codes(.decide(signed, facts(), strict, assurance: policy.assurance(of: other, at: noon))) == ["signer-unknown"])
  }

  @Test func peopleInWhatIsHandedOn() throws {
    let grant = goodGrant.with("actions", ["fine-tune", "distribute-outputs"]),
      shown = person.with("uses", ["training", "distribution"])
    func distribute(_ grant: Value, _ names: Value) throws -> [String] {
      codes(
        try decide(
          document(assets: [asset(likeness: names)], grants: [grant], likeness: [shown]), .none,
          request { $0.action = .distributeOutputs }))
    }
    #expect(try distribute(grant, []) == [] && distribute(grant, ["p7"]) == ["likeness-outputs-denied"])
    #expect(
      try distribute(grant.with("derivatives", ["outputs": "allowed", "likeness_outputs": "allow"]), ["p7"]) == [])
  }

  @Test func theFootagesOwnTermsForbidUnlessTheirSignerThoughtBetter() throws {
    let studio = try fixedKey(1), policy = ConsentPolicy(trust: try trust(studio)),
      signed = try document().licensed(by: studio).signed(by: studio)
    func clip(
      _ uses: [EmbeddedTerms.Use: EmbeddedTerms.Permission], _ signer: String? = nil, _ time: String? = nil
    ) -> ClipFacts {
      ClipFacts(
        id: "a", framesSHA256: digest("a"),
        embedded: .read(EmbeddedTerms(uses: uses, signer: signer, time: time.flatMap { Moment($0) })))
    }
    func verdict(_ clip: ClipFacts, _ action: Action = .fineTune) throws -> [String] {
      codes(
        try decide(
          signed, policy,
          request {
            $0.unsignedBases = []; $0.action = action
          }, clip))
    }
    #expect(try verdict(clip([:])) == [] && verdict(clip([.generativeTraining: .allowed])) == [])
    #expect(
      try verdict(clip([.generativeTraining: .notAllowed])) == ["media-forbids"]
        && verdict(clip([.generativeTraining: .constrained])) == ["media-forbids"])
    #expect(
      try verdict(clip([.training: .notAllowed])) == ["media-forbids"]
        && verdict(clip([.generativeTraining: .allowed, .training: .notAllowed])) == [])
    #expect(
      try verdict(clip([.dataMining: .notAllowed])) == ["media-forbids"]
        && verdict(clip([.inference: .notAllowed])) == [])
    #expect(
      try verdict(clip([.inference: .constrained]), .evaluate) == ["media-forbids"]
        && verdict(clip([.generativeTraining: .notAllowed, .dataMining: .notAllowed]), .evaluate) == [])
    let no: [EmbeddedTerms.Use: EmbeddedTerms.Permission] = [.generativeTraining: .notAllowed]
    #expect(
      try verdict(clip(no, studio.did, "2025-12-31T23:59:59Z")) == []
        && verdict(clip(no, studio.did, "2026-01-01T00:00:00Z")) == ["media-forbids"])
    #expect(
      try verdict(clip(no, studio.did)) == ["media-forbids"]
        && verdict(clip(no, fixedKey(2).did, "2025-01-01T00:00:00Z")) == ["media-forbids"])
    // Allowed by the footage and granted by nobody.
    #expect(
      codes(try decide(document(assets: [asset(grants: [])]), .none, request(), clip([.generativeTraining: .allowed])))
        == ["no-grant"])
    #expect(
      codes(try decide(signed, policy, nil, ClipFacts(id: "a", framesSHA256: digest("a"), embedded: .unreadable))) == [
        "media-terms-unreadable"
      ])
  }
}
