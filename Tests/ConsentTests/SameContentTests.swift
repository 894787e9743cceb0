import Clips
import Consent
import Files
import Frames
import Media
import TestKit
import Testing

/// Footage is its frames, whatever it is called: withdrawals, denials and caps reach every name.
@Suite struct SameContentTests {
  private static func entry(_ clip: String, frames: String? = nil, file: String? = nil, grants: [Value]) -> Value {
    var content = Value.object([])
    if let frames { content.set("frames_sha256", .string(digest(frames))) }
    if let file { content.set("file_sha256", .string(digest(file))) }
    return ["clip": .string(clip), "content": content, "grants": .array(grants)]
  }

  private static func revoked(_ manifest: Manifest, grant: String? = nil, clip: String) throws -> Assurance {
    let list = RevocationList(
      manifest: manifest.id, issuer: manifest.licensor.id, serial: 1, issued: noon,
      entries: [.init(grant: grant, clip: clip)], signature: Signature(alg: "Ed25519", kid: "did:key:z", sig: ""),
      sha256: digest("list"), document: [:])
    return Assurance(of: manifest, revocations: [list], at: noon)
  }

  @Test func whatIsTakenBackIsRefusedUnderEveryName() throws {
    let manifest = try manifest(
      document(assets: [
        Self.entry("walk", frames: "w", grants: ["g1"]), Self.entry("walk-final-2", frames: "w", grants: ["g1"]),
        Self.entry("run", frames: "r", grants: ["g1"]), Self.entry("cut", frames: "c", grants: ["g1"]),
      ]))
    let assurance = try Self.revoked(manifest, clip: "walk")
    func decide(_ id: String, _ frames: String, _ origin: ClipFacts.Origin = .itself) -> Decision {
      .decide(
        manifest, ClipFacts(id: id, framesSHA256: digest(frames), origin: origin), request(), assurance: assurance)
    }
    #expect(codes(decide("walk", "w")) == ["revoked"])
    let other = decide("walk-final-2", "w")
    #expect(codes(other) == ["revoked"] && other.reasons[0].sentence.contains("as 'walk', which is the same footage"))
    #expect(decide("run", "r").isAdmitted && decide("cut", "c").isAdmitted)
    // Cut from it, by its own word.
    let cut = ClipFacts.Origin.derived(.init(sourceFramesSHA256: digest("w"), result: digest("c")))
    #expect(codes(decide("cut", "c", cut)) == ["revoked"])
    // A withdrawal of one grant for one clip is that grant's.
    let two = try Manifest(
      document(
        assets: [
          Self.entry("a", frames: "w", grants: ["g1"]), Self.entry("b", frames: "w", grants: ["g2"]),
        ], grants: [goodGrant, goodGrant.with("id", "g2")]), at: "test")
    let facts = ClipFacts(id: "b", framesSHA256: digest("w"))
    #expect(
      Decision.decide(two, facts, request(), assurance: try Self.revoked(two, grant: "g1", clip: "a")).isAdmitted)
    #expect(
      codes(Decision.decide(two, facts, request(), assurance: try Self.revoked(two, grant: "g2", clip: "a")))
        == ["revoked"])
  }

  @Test func aDenialReachesEveryName() throws {
    let never = goodGrant.with("id", "never").with("deny", ["fine-tune"])
    func decide(_ assets: [Value], _ clip: ClipFacts) throws -> Decision {
      .decide(try manifest(document(assets: assets, grants: [goodGrant, never])), clip, request())
    }
    let film = Self.entry("film", frames: "f", grants: ["never"]),
      copy = Self.entry("copy", frames: "f", grants: ["g1"])
    let refused = try decide([film, copy], ClipFacts(id: "copy", framesSHA256: digest("f")))
    #expect(codes(refused) == ["denied"] && refused.reasons[0].sentence.contains("'film'"))
    let whole = Self.entry("film", file: "f.mp4", grants: ["never"]),
      cut = Self.entry("cut", frames: "c", grants: ["g1"])
    let made = ClipFacts.Origin.derived(.init(sourceFileSHA256: digest("f.mp4"), result: digest("c")))
    #expect(
      codes(try decide([whole, cut], ClipFacts(id: "cut", framesSHA256: digest("c"), origin: made))) == ["denied"])
    // Entries of one file of many clips are told apart by their frames.
    let one = Self.entry("one", frames: "1", file: "h", grants: ["g1"]),
      two = Self.entry("two", frames: "2", file: "h", grants: ["never"])
    #expect(try decide([one, two], ClipFacts(id: "one", framesSHA256: digest("1"))).isAdmitted)
  }

  /// People and faults of one name are everybody's who has the frames.
  @Test func peopleAndFaultsReachEveryName() throws {
    func decide(_ twin: Value, grants: [Value] = [goodGrant]) throws -> Decision {
      let manifest = try Manifest(
        document(
          assets: [Self.entry("a", frames: "w", grants: ["g1"]), twin], grants: grants, likeness: [person]), at: "test")
      return .decide(manifest, ClipFacts(id: "a", framesSHA256: digest("w")), request())
    }
    let twin = Self.entry("z", frames: "w", grants: ["g1"]), until = Moment("2026-12-01T00:00:00Z")
    #expect(until != nil)
    #expect(try decide(twin).terms?.expires != until)
    #expect(try decide(twin.with("likeness", ["p7"])).terms?.expires == until)
    #expect(codes(try decide(twin.with("likeness", ["eve"]))) == ["likeness-unknown"])
    #expect(codes(try decide(twin.with("likeness", "p7"))) == ["invalid-field"])
    #expect(codes(try decide(Self.entry("z", frames: "w", grants: ["gone"]))) == ["unknown-grant"])
    let odd = goodGrant.with("id", "odd").with("deny", ["finetune"])
    #expect(
      codes(try decide(Self.entry("z", frames: "w", grants: ["odd"]), grants: [goodGrant, odd])) == ["invalid-field"])
  }

  /// One film under an entry with frames and one without has one cap.
  @Test func oneContentHasOneCap() throws {
    let manifest = try manifest(
      document(assets: [
        Self.entry("one", frames: "w", file: "f", grants: ["g1"]), Self.entry("two", file: "f", grants: ["g1"]),
      ]))
    #expect(Set(manifest.assets.map { manifest.content(of: $0) }) == [digest("w")])
  }

  /// Three names of one film in a dataset, admitted by one entry: one count, in check and in the gate.
  @Test func copiesShareACap() throws {
    let source = "{\"source\":{\"file_sha256\":\"\(digest("a.mp4"))\"},\"transform\":{},\"result\":\""
    let clips = ["a", "a2", "zz"].enumerated().map { i, id in
      ClipRecord(
        id: id, start: i * 8, frames: 8, split: .train, framesSHA256: digest("made\(i / 2)"),
        derivedFrom: source + digest("made\(i / 2)") + "\"}")
    }
    let manifest = try manifest(
      document(assets: [Self.entry("a", file: "a.mp4", grants: ["g1"])], grants: [goodGrant.with("max_exposures", 40)]))
    // Each was seen to come from that film.
    let proven = try clips.map { clip in
      try #require(DerivationStatement.sha256(JSON.parse(clip.derivedFrom ?? "", at: clip.id)))
    }
    let assurance = Assurance(of: manifest, proven: Set(proven), at: noon)
    func left(_ uses: [(Int, Exposures.Use)]) -> [Int?] {
      var exposures = Exposures()
      for (frames, use) in uses { exposures.add(frames, use) }
      return Gate.decide(clips, manifest, request(), assurance, exposures).map { $0.decision.terms?.remainingExposures }
    }
    func use(_ clip: String, frames: String = "", source: String = "") -> Exposures.Use {
      .init(licensor: "did:key:zLicensor", grant: "g1", clip: clip, frames: frames, source: source)
    }
    #expect(left([]) == [40, 40, 40])
    // By the entry's content, under a name nobody knows any more.
    #expect(left([(16, use("gone", frames: digest("x"), source: digest("a.mp4")))]) == [24, 24, 24])
    // A ledger of before: by the hash of the frames; an earlier one: by the name.
    #expect(left([(16, use("zz", frames: digest("made1"))), (8, use("a2"))]) == [16, 16, 16])
    #expect(left([(40, use("a", frames: digest("made0")))]) == [nil, nil, nil])
    // Another's footage, another grant, another licensor.
    #expect(left([(16, use("a", frames: digest("other")))]) == [40, 40, 40])
    #expect(left([(16, .init(licensor: "x", grant: "g1", clip: "a", frames: digest("made0")))]) == [40, 40, 40])
  }
}
