import Consent
import Files
import TestKit
import Testing

@Suite struct ManifestDiffTests {
  func rows(_ old: Value, _ new: Value) throws -> [String] {
    try ManifestDiff(manifest(old), manifest(new)).rows.map {
      "\($0.change.rawValue) \($0.grant) \($0.clips.joined(separator: ","))"
        + $0.fields.map { " \($0.name)=\($0.change.rawValue)" }.joined()
    }
  }

  @Test(
    arguments: [
      ("actions", ["fine-tune"], "narrowed"), ("actions", ["fine-tune", "evaluate", "pretrain"], "widened"),
      ("actions", ["pretrain"], "changed"), ("deny", ["pretrain"], "narrowed"),
      ("territory", ["DE"], "narrowed"), ("models", ["wan"], "narrowed"), ("purpose", ["any"], "widened"),
      ("purpose", ["previz"], "changed"), ("licensee", "did:key:zB", "narrowed"),
      ("commercial", true, "widened"), ("max_exposures", 10, "narrowed"), ("max_exposures", nil, "widened"),
      ("derivatives", ["weights": "open", "outputs": "internal"], "widened"),
      ("derivatives", ["outputs": "internal"], "narrowed"),
      ("derivatives", ["weights": "private", "outputs": "internal", "likeness_outputs": "allow"], "widened"),
      ("valid", ["from": "2026-01-01T00:00:00Z", "until": nil], "widened"),
      ("valid", ["from": "2026-02-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"], "narrowed"),
      ("valid", ["from": "2025-02-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"], "changed"), ("weight", 2, "changed"),
      ("terms", "https://example.org", "changed"), ("foo", 1, "withdrawn"),
      ("compensation", ["model": "flat"], "changed"), ("basis", "licence", "changed"),
      ("revocation", ["serial": 2], "narrowed"), ("x-note", "hello", ""),
    ] as [(String, Value, String)]) func eachFieldHasItsDirection(
      _ key: String, _ value: Value, _ change: String
    ) throws
  {
    let found = try ManifestDiff(manifest(), manifest(document(grants: [goodGrant.with(key, value)])))
    #expect(found.rows.map(\.change.rawValue) == (change.isEmpty ? [] : [change]), "\(found.text)")
    // The way back is the other way.
    let back = try ManifestDiff(manifest(document(grants: [goodGrant.with(key, value)])), manifest())
    let opposite = ["narrowed": "widened", "widened": "narrowed", "withdrawn": "widened"][change] ?? change
    #expect(back.rows.map(\.change.rawValue) == (opposite.isEmpty ? [] : [opposite]), "\(back.text)")
  }

  @Test func clipsAndGrantsComeAndGo() throws {
    let two = [goodGrant, goodGrant.with("id", "g2")]
    let old = document(assets: [asset("a"), asset("b"), asset("c", grants: ["g2"])], grants: two)
    #expect(try rows(old, old) == [] && rows(old, old.with("version", 2)) == [])
    #expect(
      try rows(old, document(assets: [asset("a"), asset("c", grants: ["g2", "g1"])], grants: two)) == [
        "withdrawn g1 b", "granted g1 c",
      ])
    #expect(
      try rows(old, document(assets: [asset("a"), asset("b"), asset("c", grants: ["g2"])], grants: [goodGrant])) == [
        "withdrawn g2 c"
      ])
    let other = asset("a").with("content", ["frames_sha256": .string(digest("other"))])
    #expect(
      try rows(old, document(assets: [other, asset("b"), asset("c", grants: ["g2"])], grants: two)) == ["changed g1 a"])
    #expect(
      try rows(
        old,
        document(
          assets: [asset("a"), asset("b"), asset("c", grants: ["g2"])],
          grants: [goodGrant.with("territory", ["DE"]), two[1]])) == ["narrowed g1 a,b territory=narrowed"])
  }

  @Test func peopleCount() throws {
    let old = document(assets: [asset(likeness: ["p7"])], likeness: [person])
    #expect(
      try rows(
        old, document(assets: [asset(likeness: ["p7"])], likeness: [person.with("uses", ["training", "evaluation"])]))
        == ["widened g1 a likeness[p7].uses=widened"])
    #expect(
      try rows(
        old, document(assets: [asset(likeness: ["p7"])], likeness: [person.with("expires", "2026-08-01T00:00:00Z")]))
        == ["narrowed g1 a likeness[p7].expires=narrowed"])
    #expect(try rows(old, document(assets: [asset(likeness: ["p7"])])) == ["narrowed g1 a likeness[p7]=narrowed"])
    #expect(try rows(old, document()) == ["widened g1 a likeness=widened"])
  }

  @Test func whatConcernsTheWholeIsNoted() throws {
    let old = document()
    func notes(_ new: Value) throws -> String {
      try ManifestDiff(manifest(old), manifest(new)).notes.joined(separator: "; ")
    }
    #expect(
      try notes(old) == "" && notes(old.with("id", "urn:x").with("version", 2)).contains("two manifests")
        && notes(old.with("licensor", ["id": "B"]).with("version", 2)).contains("licensor"))
    #expect(
      try notes(old.with("x-a", 1)).contains("must be higher")
        && notes(old.with("version", 2).with("supersedes", .string(digest("x")))).contains("another manifest")
        && notes(old.with("version", 2).with("foo", 1)).contains("faults"))
    #expect(try notes(old.with("version", 2).with("supersedes", .string(manifest(old).sha256))) == "")
  }

  /// What the diff calls withdrawn or narrowed never admits more, and what it calls nothing changes nothing: over
  /// random pairs.
  @Test func theDiffAgreesWithTheDecision() throws {
    var narrowed = 0, same = 0
    for seed in DecisionLaws.seeds {
      let (c, d) = (DecisionLaws.draw(seed), DecisionLaws.draw(seed ^ 1))
      let new = Int(seed) % 3 == 0 ? c.document.with("version", 2) : d.document
      let diff = try ManifestDiff(manifest(c.document), manifest(new)),
        changes = Set(diff.rows.filter { $0.clips.contains("a") }.map(\.change))
      func admits(_ document: Value) throws -> Bool {
        Decision.decide(try manifest(document), facts(), c.request).isAdmitted
      }
      if changes.isEmpty { same += 1; #expect(try admits(c.document) == admits(new), "seed \(seed)") }
      // A grant that forbids and goes away may let another one through; without any, less is less.
      let forbids =
        diff.rows.contains { $0.fields.contains { $0.name == "deny" || $0.name == "fault" } }
        || (c.document["grants"]?.array ?? []).contains {
          $0["deny"] != [] || $0["foo"] != nil || $0["max_exposures"] == "many" || $0["valid"]?["from"] == "soon"
        }
      if !forbids, !changes.isEmpty, changes.isSubset(of: [.withdrawn, .narrowed]) {
        narrowed += 1; #expect(try admits(c.document) || !admits(new), "seed \(seed)")
      }
    }
    #expect(narrowed > 10 && same > 300, "\(narrowed) \(same)")
  }
}
