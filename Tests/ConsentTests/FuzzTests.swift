import Consent
import Files
import Foundation
import TestKit
import Testing

/// Mutated manifests, signatures, revocation lists and trust files: whatever comes in, nothing traps, nothing hangs,
/// and nothing is admitted that was refused before.
@Suite struct FuzzTests {
  @Test func mutationsAdmitNothing() throws { try fuzz(5000) }
  @Test(.soak) func SoakHundredThousandMutations() throws { try fuzz(100_000) }

  enum Target: String, CaseIterable {
    case signedManifest, signatures, unsignedManifest, yamlManifest, revocationList, trustFile
  }

  /// What a case came to.
  enum Outcome: String, CaseIterable { case unreadable, refusedAll, fewer, same, ownWords, wider }

  /// Two clips granted on different terms, one withheld, one denied, one showing a person; signed by a studio and a
  /// performer.
  static let plain = document(
    assets: [
      asset("a"), asset("b", grants: ["g2"]), asset("c", grants: []), asset("d", grants: ["g1", "g3"]),
      asset("e", likeness: ["p7"]),
    ],
    grants: [
      goodGrant,
      goodGrant.with("id", "g2").with("licensee", "did:key:zUs").with("territory", ["DE"]).with(
        "revocation", ["allowed": true, "effect": "retrain", "serial": 1]),
      goodGrant.with("id", "g3").with("deny", ["fine-tune", "evaluate"]),
    ],
    likeness: [person])

  struct Scene {
    let signed: [UInt8], unsigned: [UInt8], yaml: [UInt8], list: [UInt8], trust: [UInt8]
    let policy: ConsentPolicy
    let signedSHA: String
    /// Manifests that no trust file in play lets in: another signer's, and one whose words were changed after signing.
    let strangers: [Manifest]

    init() throws {
      let studio = try fixedKey(1), performer = try fixedKey(2), agency = try fixedKey(3)
      let bare = FuzzTests.plain.licensed(by: studio), both = try bare.signed(by: studio).signed(by: performer)
      let trusted = try Consent.Trust(
        [
          "schema": "orrery.trust/1",
          "keys": [
            ["key": .string(studio.did), "name": "A Studio", "until": "2027-06-01T00:00:00Z"],
            ["key": .string(agency.did), "licensors": ["Another", "A Third"]],
          ],
        ], at: "trust")
      let list = try revocationDocument(
        studio,
        entries: [["grant": "g1", "clip": "d"], ["grant": "g2", "from": "2026-12-01T00:00:00Z", "reason": "tired"]])
      policy = ConsentPolicy(trust: trusted, revocations: [try RevocationList(list, at: "list")])
      (signed, unsigned, self.list, trust) = (
        Array(JSON.pretty(both).utf8), Array(JSON.line(bare).utf8), Array(JSON.pretty(list).utf8),
        Array(JSON.pretty(trusted.document).utf8)
      )
      // Flow style is JSON to look at and YAML to parse.
      yaml = Array(JSON.pretty(bare).utf8)
      signedSHA = try manifest(both).sha256
      strangers = [
        try manifest(FuzzTests.plain.licensed(by: fixedKey(9)).signed(by: fixedKey(9))),
        try manifest(both.with("version", 2)), try manifest(bare.signed(by: fixedKey(9))),
      ]
    }
  }

  /// What is asked of every manifest: clips × requests. The last clip is listed nowhere.
  static func admitted(_ manifest: Manifest, _ policy: ConsentPolicy, unsigned: Set<Basis>) -> Set<Int> {
    var found: Set<Int> = [], index = 0
    let assurance = policy.assurance(of: manifest, at: noon)
    for (licensee, action, time) in [
      (nil, Action.fineTune, noon), ("did:key:zUs", .fineTune, noon), ("did:key:zUs", .evaluate, noon),
      (nil, .distributeWeights, noon), (nil, .fineTune, moment("2027-03-01T00:00:00Z")),
      (nil, .fineTune, Moment(seconds: 0)),
    ] as [(String?, Action, Moment)] {
      let asked = ConsentRequest(
        action: action, territory: licensee == nil ? nil : "DE", licensee: licensee, time: time, unsignedBases: unsigned
      )
      for clip in ["a", "b", "c", "d", "e", "z"] {
        let facts = clip == "z" ? ClipFacts(id: "a", framesSHA256: digest("z")) : facts(clip)
        let decision = Decision.decide(manifest, facts, asked, exposures: ["g1": 3], assurance: assurance)
        if decision.isAdmitted {
          found.insert(index)
        } else {
          #expect(!decision.reasons.isEmpty && decision.reasons.allSatisfy { !$0.sentence.isEmpty && !$0.fix.isEmpty })
        }
        index += 1
      }
    }
    return found
  }

  /// Denied whatever a manifest says: content it does not list, and a clock that is not set.
  static let never = Set((0..<36).filter { $0 % 6 == 5 || $0 >= 30 })

  func fuzz(_ cases: Int) throws {
    let scene = try Scene(), good = try Manifest(JSON.parse(scene.signed, at: "m"), at: "m"),
      bare = try Manifest(JSON.parse(scene.unsigned, at: "m"), at: "m")
    let open = ConsentPolicy(revocations: scene.policy.revocations)
    let before = Self.admitted(good, scene.policy, unsigned: []),
      loose = Self.admitted(bare, open, unsigned: [.ownWork])
    // The laws below mean something only where there is something to admit, and something to admit wrongly.
    #expect(before.count >= 5 && before == loose && before.count <= 12 && before.isDisjoint(with: Self.never))
    #expect(scene.strangers.allSatisfy { Self.admitted($0, scene.policy, unsigned: []).isEmpty })
    var counts: [Target: [Outcome: Int]] = [:], slowest = Duration.zero
    for n in 0..<cases {
      let target = Target.allCases[n % Target.allCases.count], start = ContinuousClock.now
      let outcome = try run(target, Mutator(UInt64(n) &* 0x9E37_79B9 &+ 1), scene, before)
      slowest = max(slowest, ContinuousClock.now - start)
      counts[target, default: [:]][outcome, default: 0] += 1
      #expect(outcome != .wider, "case \(n), \(target.rawValue)")
    }
    #expect(slowest < .seconds(5), "one case took \(slowest)")
    // Every target must have been spoilt in ways that matter, and must have survived some.
    for target in Target.allCases { #expect((counts[target]?[.unreadable] ?? 0) > cases / 100, "\(target)") }
    #expect((counts[.signedManifest]?[.refusedAll] ?? 0) > cases / 100 && (counts[.unsignedManifest]?[.fewer] ?? 0) > 0)
    let table = Target.allCases.map { t in
      t.rawValue + ": " + Outcome.allCases.map { "\($0.rawValue) \(counts[t]?[$0] ?? 0)" }.joined(separator: ", ")
    }
    print("fuzz, \(cases) cases, slowest \(slowest):\n  " + table.joined(separator: "\n  "))
  }

  private func run(_ target: Target, _ given: Mutator, _ scene: Scene, _ before: Set<Int>) throws -> Outcome {
    var mutator = given
    func verdict(_ after: Set<Int>) -> Outcome {
      if !after.isSubset(of: before) { return .wider }
      return after.isEmpty ? .refusedAll : after == before ? .same : .fewer
    }
    do {
      switch target {
      case .signedManifest, .signatures:
        var bytes: [UInt8]
        if target == .signedManifest {
          bytes = mutator.mutate(scene.signed).bytes
        } else {
          // The signatures alone are spoilt; what they cover stays.
          let document = try JSON.parse(scene.signed, at: "m")
          let spoilt = try JSON.parse(
            mutator.mutate(Array(JSON.line(document["signatures"] ?? []).utf8)).bytes, at: "s")
          bytes = Array(JSON.line(document.with("signatures", spoilt)).utf8)
        }
        let manifest = try Manifest(JSON.parse(bytes, at: "m"), at: "m"),
          after = Self.admitted(manifest, scene.policy, unsigned: [])
        // Covered content that differs by one character admits nothing at all.
        if manifest.sha256 != scene.signedSHA, !after.isEmpty { return .wider }
        return verdict(after)
      case .unsignedManifest, .yamlManifest:
        let (bytes, _) = mutator.mutate(target == .yamlManifest ? scene.yaml : scene.unsigned)
        let value =
          target == .yamlManifest
          ? try YAML.parse(String(decoding: bytes, as: UTF8.self), at: "m") : try JSON.parse(bytes, at: "m")
        let manifest = try Manifest(value, at: "m")
        // Nobody signed, so its words are its own: those may be wider. What no words can admit must stay out, and so
        // must all of it where nothing is taken unsigned, or where the user knows its licensor's key.
        let after = Self.admitted(manifest, ConsentPolicy(revocations: scene.policy.revocations), unsigned: [.ownWork])
        if !after.isDisjoint(with: Self.never) || !Self.admitted(manifest, scene.policy, unsigned: []).isEmpty {
          return .wider
        }
        if manifest.licensor.id == (try fixedKey(1)).did,
          !Self.admitted(manifest, scene.policy, unsigned: [.ownWork]).isEmpty
        {
          return .wider
        }
        let outcome = verdict(after)
        return outcome == .wider ? .ownWords : outcome
      case .revocationList:
        let list = try RevocationList(JSON.parse(mutator.mutate(scene.list).bytes, at: "l"), at: "l")
        let good = try Manifest(JSON.parse(scene.signed, at: "m"), at: "m")
        let outcome = verdict(
          Self.admitted(good, ConsentPolicy(trust: scene.policy.trust, revocations: [list]), unsigned: []))
        // A list that reads says what it said.
        return outcome == .same && list.sha256 == scene.policy.revocations[0].sha256 ? .same : .wider
      case .trustFile:
        let trust = try Consent.Trust(JSON.parse(mutator.mutate(scene.trust).bytes, at: "t"), at: "t"),
          policy = ConsentPolicy(trust: trust, revocations: scene.policy.revocations)
        if scene.strangers.contains(where: { !Self.admitted($0, policy, unsigned: []).isEmpty }) { return .wider }
        return verdict(Self.admitted(try Manifest(JSON.parse(scene.signed, at: "m"), at: "m"), policy, unsigned: []))
      }
    } catch is Problem { return .unreadable }
  }
}
