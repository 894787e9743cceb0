import Consent
import Files
import TestKit
import Testing

/// Laws of the decision with signatures, trust, revocations and the footage's own terms, over random manifests.
@Suite struct AssuranceLaws {
  struct Case {
    var document: Value
    var policy: ConsentPolicy
    var clip: ClipFacts
    var request: ConsentRequest
    var exposures: [String: Int]
    var random: SplitMix64
  }

  static let seeds: Range<UInt64> = 0..<1200

  /// A case of `DecisionLaws`, signed by a studio and now and then by others, under a policy that mostly knows the
  /// studio.
  static func draw(_ seed: UInt64) throws -> Case {
    let base = DecisionLaws.draw(seed), studio = try fixedKey(1)
    var random = SplitMix64(seed ^ 0x5157), document = base.document.licensed(by: studio)
    if random.chance(4) { document.set("countersigners", [.string(try fixedKey(2).did)]) }
    document = try document.signed(by: studio)
    if random.chance(2) { document = try document.signed(by: fixedKey(2)) }
    if random.chance(3) { document = try document.signed(by: fixedKey(3)) }
    var policy = ConsentPolicy(trust: random.chance(8) ? try trust(fixedKey(4)) : try trust(studio))
    if random.chance(2) { policy.revocations = [try revocations(studio, entries: entries(&random))] }
    if random.chance(6) { policy.newest = [studio.did + "\u{0}urn:test": Int.random(in: 0...2, using: &random)] }
    var clip = facts()
    if random.chance(3) { clip.embedded = .read(try terms(&random)) }
    var request = base.request
    request.unsignedBases = random.chance(2) ? [] : request.unsignedBases
    return Case(
      document: document, policy: policy, clip: clip, request: request, exposures: base.exposures, random: random)
  }

  static func entries(_ random: inout SplitMix64) -> [Value] {
    (0..<Int.random(in: 0...2, using: &random)).map { _ in
      let late: Value = ["from": "2026-09-01T00:00:00Z"], base: Value = random.chance(2) ? late : [:]
      switch Int.random(in: 0..<6, using: &random) {
      case 0: return base.with("all", true)
      case 1: return base.with("clip", random.chance(2) ? "a" : "z")
      case 2: return base.with("person", "p0")
      default: return base.with("grant", .string("g\(Int.random(in: 0...3, using: &random))"))
      }
    }
  }

  static func terms(_ random: inout SplitMix64) throws -> EmbeddedTerms {
    var uses: [EmbeddedTerms.Use: EmbeddedTerms.Permission] = [:]
    for use in EmbeddedTerms.Use.allCases where random.chance(2) {
      uses[use] = random.chance(2) ? .allowed : EmbeddedTerms.Permission.allCases.randomElement(using: &random)
    }
    return EmbeddedTerms(
      uses: uses, signer: random.chance(2) ? try fixedKey(1).did : nil,
      time: random.chance(2) ? moment(random.chance(2) ? "2025-01-01T00:00:00Z" : "2026-03-01T00:00:00Z") : nil)
  }

  static func decide(_ c: Case) throws -> Decision {
    let manifest = try manifest(c.document)
    return .decide(
      manifest, c.clip, c.request, exposures: c.exposures,
      assurance: c.policy.assurance(of: manifest, at: c.request.time))
  }

  func neverAdmits(_ change: (inout Case) throws -> Void) throws {
    var refused = 0, admitted = 0
    for seed in Self.seeds {
      let c = try Self.draw(seed)
      var changed = c
      try change(&changed)
      let (before, after) = (try Self.decide(c), try Self.decide(changed))
      if before.isAdmitted { admitted += 1 } else { refused += 1 }
      #expect(before.isAdmitted || !after.isAdmitted, "seed \(seed)")
      #expect(
        after.isAdmitted
          || (!after.reasons.isEmpty
            && after.reasons.allSatisfy { !$0.code.rawValue.isEmpty && !$0.sentence.isEmpty && !$0.fix.isEmpty }),
        "seed \(seed)")
    }
    #expect(refused > 150 && admitted > 150, "\(refused) refused, \(admitted) admitted")
  }

  /// Signed anew by the same hands after a change.
  static func resigned(_ c: inout Case, _ change: (inout Value, inout SplitMix64) -> Void) throws {
    let kids = (c.document["signatures"]?.array ?? []).compactMap { $0["kid"]?.string }
    var document = c.document.with("signatures", [])
    change(&document, &c.random)
    for key in try (1...3).map({ try fixedKey($0) }) where kids.contains(key.did) {
      document = try document.signed(by: key)
    }
    c.document = document
  }

  @Test func revokingNeverAdmits() throws {
    try neverAdmits { c in
      let studio = try fixedKey(1),
        more = Self.entries(&c.random) + [["grant": .string("g\(Int.random(in: 0...3, using: &c.random))")]]
      c.policy.revocations.append(try revocations(c.random.chance(5) ? fixedKey(7) : studio, serial: 2, entries: more))
    }
  }

  @Test func believingFewerKeysNeverAdmits() throws { try neverAdmits { $0.policy.trust = .none } }

  @Test func aNewerVersionElsewhereNeverAdmits() throws {
    try neverAdmits { $0.policy.newest = [try fixedKey(1).did + "\u{0}urn:test": 3] }
  }

  @Test func changingWhatWasSignedNeverAdmits() throws {
    try neverAdmits { c in c.document.set("version", Value(Int.random(in: 2...9, using: &c.random))) }
  }

  @Test func takingASignatureAwayNeverAdmits() throws {
    try neverAdmits { c in
      c.request.unsignedBases = []
      var list = c.document["signatures"]?.array ?? []
      list.remove(at: Int.random(in: 0..<list.count, using: &c.random))
      c.document.set("signatures", .array(list))
    }
  }

  @Test func spoilingASignatureNeverAdmits() throws {
    try neverAdmits { c in
      var list = c.document["signatures"]?.array ?? []
      let at = Int.random(in: 0..<list.count, using: &c.random), sig = Array((list[at]["sig"]?.string ?? "").utf8)
      var bytes = Base64URL.decode(String(decoding: sig, as: UTF8.self)) ?? [0]
      bytes[Int.random(in: 0..<bytes.count, using: &c.random)] ^= 1
      list[at].set("sig", .string(Base64URL.encode(bytes)))
      c.document.set("signatures", .array(list))
    }
  }

  @Test func whatTheFootageForbidsIsNeverAdmittedBySayingSo() throws {
    try neverAdmits { c in
      var terms = EmbeddedTerms(uses: [:])
      if case .read(let own) = c.clip.embedded {
        terms = own
      } else {
        (terms.signer, terms.time) = (try fixedKey(1).did, moment("2025-01-01T00:00:00Z"))
      }
      terms.uses[.generativeTraining] = .notAllowed
      c.clip.embedded = .read(terms)
    }
  }

  @Test func showingOneMorePersonNeverAdmits() throws {
    try neverAdmits { c in
      try Self.resigned(&c) { document, _ in
        var assets = document["assets"]?.array ?? []
        assets[1].set("likeness", .array((assets[1]["likeness"]?.array ?? []) + ["p9"]))
        document.set("assets", .array(assets))
      }
    }
  }

  @Test func addingADenyNeverAdmitsThoughItIsSigned() throws {
    try neverAdmits { c in
      try Self.resigned(&c) { document, random in
        var grants = document["grants"]?.array ?? []
        let at = Int.random(in: 0..<grants.count, using: &random)
        grants[at].set("deny", .array((grants[at]["deny"]?.array ?? []) + ["fine-tune"]))
        document.set("grants", .array(grants))
      }
    }
  }

  @Test func orderMeansNothing() throws {
    for seed in Self.seeds {
      var c = try Self.draw(seed)
      c.policy.revocations.append(try revocations(fixedKey(1), serial: 3, entries: Self.entries(&c.random)))
      var shuffled = c
      shuffled.document.set(
        "signatures", .array((c.document["signatures"]?.array ?? []).shuffled(using: &shuffled.random)))
      shuffled.policy.revocations.shuffle(using: &shuffled.random)
      #expect(try Self.decide(c) == Self.decide(shuffled), "seed \(seed)")
    }
  }

  /// An admission rests on a signature exactly when the manifest has one, and then on the trusted one.
  @Test func standingIsWhatItSays() throws {
    let studio = try fixedKey(1).did
    var admitted = 0
    for seed in Self.seeds {
      guard let terms = try Self.decide(Self.draw(seed)).terms else { continue }
      admitted += 1
      #expect(terms.standing == .signed && terms.signer == studio, "seed \(seed)")
    }
    #expect(admitted > 150)
  }
}
