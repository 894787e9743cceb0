import Consent
import Files
import TestKit
import Testing

/// Laws of the decision over random manifests. The generator knows what it built, so it also says what must come out.
@Suite struct DecisionLaws {
  struct Case {
    var document: Value
    var request: ConsentRequest
    var exposures: [String: Int]
    /// Whether the rules, as the generator knows them, admit clip "a".
    var admits: Bool
    /// Grants the clip names that neither deny nor are faulty: permissions pure and simple.
    var harmless: [Int]
  }

  /// Ways to keep a grant from covering the request without vetoing anything.
  static let shortfalls: [(String, Value)] = [
    ("actions", ["evaluate"]), ("valid", ["from": "2026-01-01T00:00:00Z", "until": "2026-05-01T00:00:00Z"]),
    ("valid", ["from": "2026-09-01T00:00:00Z", "until": nil]), ("licensee", "did:key:zOther"), ("models", ["another"]),
    ("purpose", ["previz"]),
    ("territory", ["FR", "IT"]), ("max_exposures", 5), ("basis", "consent"),
  ]
  /// Ways to spoil it for all.
  static let vetoes: [(String, Value)] = [
    ("deny", ["fine-tune"]), ("deny", ["evaluate", "fine-tune"]), ("foo", 1), ("max_exposures", "many"),
    ("valid", ["from": "soon", "until": nil]),
  ]

  static func draw(_ seed: UInt64) -> Case {
    var random = SplitMix64(seed)
    let count = Int.random(in: 1...4, using: &random)
    var grants: [Value] = [], covers = false, spoilt = false, harmless: [Int] = []
    for i in 0..<count {
      var grant = goodGrant.with("id", .string("g\(i)")).with("max_exposures", 100)
      if random.chance(3) { grant.set("territory", ["DE", "CH"]) }
      if random.chance(3) { grant.set("models", ["wan", "any"]) }
      if random.chance(4) { grant.set("x-note", "mine") }
      var short = false, veto = false
      for _ in 0..<(random.chance(2) ? 0 : Int.random(in: 1...3, using: &random)) {
        if let (key, value) = shortfalls.randomElement(using: &random) { grant.set(key, value); short = true }
      }
      if random.chance(8), let (key, value) = vetoes.randomElement(using: &random) {
        grant.set(key, value)
        veto = true
        // A deny in a grant that speaks of somebody else does not concern us; keep the expectation simple by making it
        // concern us.
        for field in goodGrant.fields ?? [] where ["licensee", "models", "purpose", "territory"].contains(field.key) {
          grant.set(field.key, field.value)
        }
      }
      grants.append(grant)
      covers = covers || (!short && !veto)
      spoilt = spoilt || veto
      if !veto { harmless.append(i) }
    }
    var people: [Value] = [], names: [Value] = []
    for i in 0..<(random.chance(3) ? 2 : 0) {
      var one = person.with("id", .string("p\(i)"))
      if random.chance(5) { one.set("expires", "2026-02-01T00:00:00Z"); spoilt = true }
      people.append(one)
      names.append(.string("p\(i)"))
    }
    let document = document(
      assets: [asset("z"), asset("a", grants: .array((0..<count).map { .string("g\($0)") }), likeness: .array(names))],
      grants: grants, likeness: people)
    let request = ConsentRequest(
      action: .fineTune, territory: "DE", licensee: "did:key:zUs", model: "wan", time: noon,
      unsignedBases: [.ownWork, .licence])
    let exposures = Dictionary(
      uniqueKeysWithValues: (0..<count).map { ("g\($0)", Int.random(in: 5...99, using: &random)) })
    return Case(
      document: document, request: request, exposures: exposures, admits: covers && !spoilt, harmless: harmless)
  }

  static func decide(_ c: Case, _ document: Value? = nil) throws -> Decision {
    .decide(try manifest(document ?? c.document), facts(), c.request, exposures: c.exposures)
  }

  static let seeds: Range<UInt64> = 0..<1500

  /// Runs a law that changes the document and never admits what was refused.
  func neverAdmits(_ change: (inout Value, inout SplitMix64, Case) -> Void) throws {
    var refusedBefore = 0, admittedBefore = 0
    for seed in Self.seeds {
      let c = Self.draw(seed)
      var random = SplitMix64(seed ^ 0xABCD), changed = c.document
      change(&changed, &random, c)
      let (before, after) = (try Self.decide(c), try Self.decide(c, changed))
      if before.isAdmitted { admittedBefore += 1 } else { refusedBefore += 1 }
      #expect(before.isAdmitted || !after.isAdmitted, "seed \(seed)")
    }
    // The law says something only where there was something to admit wrongly.
    #expect(refusedBefore > 200 && admittedBefore > 200)
  }

  @Test func exactlyWhatTheRulesCoverIsAdmitted() throws {
    for seed in Self.seeds {
      let c = Self.draw(seed), decision = try Self.decide(c)
      #expect(decision.isAdmitted == c.admits, "seed \(seed): \(codes(decision))")
    }
  }

  @Test func everyRefusalSaysWhyAndWhatToDo() throws {
    var refused = 0
    for seed in Self.seeds {
      guard case .refused(let reasons) = try Self.decide(Self.draw(seed)) else { continue }
      refused += 1
      #expect(!reasons.isEmpty && reasons.allSatisfy { !$0.sentence.isEmpty && !$0.fix.isEmpty }, "seed \(seed)")
    }
    #expect(refused > 200)
  }

  @Test func addingADenyNeverAdmits() throws {
    try neverAdmits { document, random, c in
      document.editGrant(&random) { grant, _ in grant.set("deny", .array((grant["deny"]?.array ?? []) + ["fine-tune"]))
      }
    }
  }

  @Test func expiringNeverAdmits() throws {
    try neverAdmits { document, random, c in
      document.editGrant(&random) { grant, _ in
        grant.set("valid", (grant["valid"] ?? [:]).with("until", "2026-05-31T00:00:00Z"))
      }
    }
  }

  @Test func removingAGrantNeverAdmits() throws {
    try neverAdmits { document, random, c in
      var grants = document["grants"]?.array ?? []
      grants.remove(at: Int.random(in: 0..<grants.count, using: &random))
      document.set("grants", .array(grants))
    }
  }

  /// Taking a grant's name off the clip as well: a permission fewer. (Taking off a grant that forbids is the licensor's
  /// way to lift it.)
  @Test func removingAPermissionNeverAdmits() throws {
    try neverAdmits { document, random, c in
      guard let gone = c.harmless.randomElement(using: &random) else { return }
      document.set(
        "grants", .array((document["grants"]?.array ?? []).enumerated().filter { $0.offset != gone }.map(\.element)))
      var assets = document["assets"]?.array ?? []
      assets[1].set("grants", .array((assets[1]["grants"]?.array ?? []).filter { $0 != .string("g\(gone)") }))
      document.set("assets", .array(assets))
    }
  }

  @Test func anUnknownFieldNeverWidensWhereverItStands() throws {
    try neverAdmits { document, random, _ in document = document.withField(named: "zzz", &random) }
  }

  @Test func aMisspeltFieldNeverWidens() throws {
    try neverAdmits { document, random, _ in
      document.editGrant(&random) { grant, random in
        let fields = grant.fields ?? [], at = Int.random(in: 0..<fields.count, using: &random)
        grant = .object(fields.enumerated().map { $0 == at ? .init($1.key + "s", $1.value) : $1 })
      }
    }
  }

  @Test func aNoteOfOnesOwnChangesNothing() throws {
    for seed in Self.seeds {
      let c = Self.draw(seed)
      var random = SplitMix64(seed)
      #expect(try Self.decide(c) == Self.decide(c, c.document.withField(named: "x-zzz", &random)), "seed \(seed)")
    }
  }

  @Test func permutingChangesNothing() throws {
    for seed in Self.seeds {
      let c = Self.draw(seed)
      var random = SplitMix64(seed), shuffled = c.document
      for key in ["grants", "assets", "likeness"] {
        shuffled.set(key, .array((shuffled[key]?.array ?? []).shuffled(using: &random)))
      }
      shuffled.set(
        "assets",
        .array(
          (shuffled["assets"]?.array ?? []).map { entry in
            entry.with("grants", .array((entry["grants"]?.array ?? []).shuffled(using: &random))).with(
              "likeness", .array((entry["likeness"]?.array ?? []).shuffled(using: &random)))
          }))
      #expect(try Self.decide(c) == Self.decide(c, shuffled), "seed \(seed)")
    }
  }

  @Test func aWiderRequestNeverAdmits() throws {
    for seed in Self.seeds {
      var c = Self.draw(seed)
      let before = try Self.decide(c).isAdmitted
      var random = SplitMix64(seed)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: c.request.commercial = true
      case 1: c.request.unsignedBases.remove(.ownWork)
      case 2: c.request.licensee = nil
      case 3: c.request.action = .distributeWeights
      default: c.exposures = c.exposures.mapValues { $0 + Int.random(in: 0...100, using: &random) }
      }
      #expect(try before || !Self.decide(c).isAdmitted, "seed \(seed)")
    }
  }
}

extension Value {
  fileprivate mutating func editGrant(_ random: inout SplitMix64, _ change: (inout Value, inout SplitMix64) -> Void) {
    var grants = self["grants"]?.array ?? []
    guard !grants.isEmpty else { return }
    let at = Int.random(in: 0..<grants.count, using: &random)
    change(&grants[at], &random)
    set("grants", .array(grants))
  }

  /// A copy with one field more, in an object anywhere in the tree.
  fileprivate func withField(named name: String, _ random: inout SplitMix64) -> Value {
    switch self {
    case .object(var fields):
      let nested = fields.indices.filter { i in
        switch fields[i].value {
        case .object: !fields[i].key.hasPrefix("x-")
        case .array(let items): items.contains { $0.fields != nil }
        default: false
        }
      }
      if nested.isEmpty || random.chance(3) { return with(name, 1) }
      let at = nested.randomElement(using: &random) ?? nested[0]
      fields[at].value = fields[at].value.withField(named: name, &random)
      return .object(fields)
    case .array(var items):
      guard !items.isEmpty else { return self }
      let at = Int.random(in: 0..<items.count, using: &random)
      items[at] = items[at].withField(named: name, &random)
      return .array(items)
    default: return self
    }
  }
}
