import Consent
import Files
import Frames
import Testing

/// A file's own word about where it comes from is nobody's: somebody the user believes has to have shown it.
@Suite struct DerivationTests {
  private let made = digest("made")

  private func origin(_ change: (inout Value) -> Void = { _ in }) -> Value {
    var origin: Value = [
      "source": ["name": "a.mp4", "file_sha256": .string(digest("file")), "frames_sha256": .string(digest("a"))],
      "transform": ["fps": "8/1", "first": 0, "frames": 4], "result": .string(made),
    ]
    change(&origin)
    return origin
  }

  private func facts(_ origin: Value, rate: String? = "8/1") throws -> ClipFacts {
    let record = ClipRecord(
      id: "a#0", start: 0, frames: 4, split: .train, framesSHA256: made,
      derivedFrom: try JSON.canonical(origin, at: "test"))
    return ClipFacts(record, conditioning: rate.map { .read(ClipConditioning([.rate: $0])) }, in: "d.h5")
  }

  private func ownManifest() throws -> Manifest { try manifest() }

  private func verdict(
    _ origin: Value, trust: Consent.Trust = .none, importers: Set<String> = [], proven: Set<String> = [],
    rate: String? = "8/1", _ manifest: Manifest? = nil, at time: Moment = noon
  ) throws -> [Reason] {
    let manifest = try manifest ?? ownManifest()
    let assurance = Assurance(of: manifest, trust: trust, importers: importers, proven: proven, at: time)
    return Decision.decide(manifest, try facts(origin, rate: rate), request { $0.time = time }, assurance: assurance)
      .reasons
  }

  @Test func nobodysWordIsUnproven() throws {
    let reason = try #require(verdict(origin()).first)
    #expect(reason.code == .derivationUnproven && reason.fix.contains("dataset vouch d.h5 --source"))
    let stranger = try fixedKey(9), signed = try DerivationStatement.signed(origin(), by: stranger)
    let untrusted = try #require(verdict(signed).first)
    #expect(untrusted.code == .derivationUnproven && untrusted.fix.contains("consent trust \(stranger.did)"))
  }

  @Test func whoIsBelievedShowsIt() throws {
    let own = try fixedKey(6), signed = try DerivationStatement.signed(origin(), by: own)
    #expect(try verdict(signed, importers: [own.did]) == [])
    #expect(try verdict(signed, trust: trust(own)) == [])
    #expect(try verdict(signed, trust: trust(fixedKey(7))).map(\.code) == [.derivationUnproven])
    let spent = try Consent.Trust(
      ["schema": "orrery.trust/1", "keys": [["key": .string(own.did), "until": "2026-03-01T00:00:00Z"]]], at: "t")
    #expect(try verdict(signed, trust: spent).map(\.code) == [.derivationUnproven])
    // Made again on this machine.
    #expect(try verdict(origin(), proven: [#require(DerivationStatement.sha256(origin()))]) == [])
    // The licensor's signature over the manifest speaks for the licensor's signature over the origin.
    let studio = try fixedKey(1), licensed = try manifest(document().licensed(by: studio).signed(by: studio))
    let theirs = try DerivationStatement.signed(origin(), by: studio)
    #expect(try verdict(theirs, trust: trust(studio), licensed) == [])
  }

  /// Nothing of what was signed can be changed or left out: not the source, nor the result, nor the footage's own
  /// terms.
  @Test func nothingUnderASignatureCanBeChanged() throws {
    let own = try fixedKey(6)
    var forbidding = origin()
    var source = try #require(forbidding["source"])
    source.set("training_mining", ["uses": ["ai_training": "notAllowed"]])
    forbidding.set("source", source)
    let signed = try DerivationStatement.signed(forbidding, by: own)
    #expect(try verdict(signed, importers: [own.did]).map(\.code) == [.mediaForbids])
    for change in [
      {
        $0.set(
          "source", ["name": "a.mp4", "file_sha256": .string(digest("file")), "frames_sha256": .string(digest("a"))])
      },
      { $0.set("source", ["file_sha256": .string(digest("file")), "frames_sha256": .string(digest("a"))]) },
      { $0.set("transform", ["fps": "8/1", "first": 4, "frames": 4]) }, { $0.set("x", 1) },
    ] as [(inout Value) -> Void] {
      var changed = signed
      change(&changed)
      let codes = try verdict(changed, importers: [own.did]).map(\.code)
      #expect(codes.contains(.derivationMismatch), "\(codes)")
      // What was seen to be true under its own hash says nothing of it either.
      let stripped = changed.removing("signatures")
      let seen = try #require(DerivationStatement.sha256(forbidding))
      #expect(try verdict(stripped, importers: [own.did], proven: [seen]).map(\.code).contains(.derivationUnproven))
    }
    // One that holds beside one that does not.
    var both = signed
    both.set(
      "signatures",
      .array((signed["signatures"]?.array ?? []) + [["alg": "Ed25519", "kid": .string(own.did), "sig": "AAAA"]]))
    #expect(try verdict(both, importers: [own.did]).map(\.code).contains(.derivationMismatch))
  }

  @Test func theRateIsTheRecipes() throws {
    let own = try fixedKey(6), signed = try DerivationStatement.signed(origin(), by: own)
    #expect(try verdict(signed, importers: [own.did], rate: "24/1").map(\.code) == [.derivationMismatch])
  }

  /// A clip that the manifest lists by its own frames leans on no origin; a signature that does not hold is no good
  /// sign.
  @Test func aListedClipNeedsNoOrigin() throws {
    let listed = try manifest(
      document(assets: [asset("a#0").with("content", ["frames_sha256": .string(made)])]))
    #expect(try verdict(origin(), listed) == [])
    let own = try fixedKey(6)
    var changed = try DerivationStatement.signed(origin(), by: own)
    changed.set("transform", "none")
    #expect(try verdict(changed, listed).map(\.code) == [.derivationMismatch])
  }
}
