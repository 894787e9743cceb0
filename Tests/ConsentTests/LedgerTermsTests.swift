import Consent
import Files
import Foundation
import Ledger
import TestKit
import Testing

/// The terms of a clip: what is written is what is read, and a use is booked to the terms of its day.
@Suite struct LedgerTermsTests {
  private static func terms(_ grant: String, manifest: String, reserved: Int? = nil) -> ClipTerms {
    ClipTerms(
      grant: grant, licensor: "did:A", basis: .licence, standing: .signed, signer: "did:key:z6Mk",
      manifestSHA256: digest(manifest), framesSHA256: digest("frames"), action: .fineTune, until: noon,
      reserved: reserved)
  }

  @Test func whatIsWrittenIsRead() throws {
    let whole = Self.terms("g", manifest: "m", reserved: 7)
    #expect(ClipTerms(whole.value) == whole && whole.stamp == "signed by did:key:z6Mk")
    #expect(
      try JSON.canonical(whole.value, at: "terms")
        == #"{"action":"fine-tune","basis":"licence","frames_sha256":"\#(digest("frames"))","grant":"g","licensor":"did:A","manifest":"\#(digest("m"))","reserved":7,"signer":"did:key:z6Mk","standing":"signed","until":"\#(noon)"}"#
    )
    // An early ledger says less; what it does not say is not made up.
    let bare = try #require(ClipTerms(["grant": "g", "licensor": "did:A"]))
    #expect(bare.stamp == nil && bare.basis == nil && bare.manifestSHA256.isEmpty && ClipTerms(bare.value) == bare)
  }

  @Test(
    arguments: [
      ("grant", .null), ("licensor", 3), ("basis", "hearsay"), ("standing", "sworn"), ("signer", 1), ("manifest", 1),
      ("frames_sha256", []), ("action", "borrow"), ("until", "soon"), ("reserved", -1), ("reserved", "7"),
    ] as [(String, Value)])
  func whatNoWriterSaysIsRefused(key: String, value: Value) throws {
    var stated = Self.terms("g", manifest: "m").value
    stated.set(key, value)
    #expect(ClipTerms(stated) == nil)
    try withFolder { folder in
      let ledger = try LedgerWriter(path: folder + "/l", run: "r", clock: { noon })
      #expect(problem { _ = try ledger.append(.open, ["clips": ["a": stated]]) }.contains("which clips and grants"))
    }
  }

  /// Two openings, a departure, a resume that throws steps away: the terms at every step, and what is booked to whom.
  @Test func aFrameIsBookedToTheGrantOfItsDay() throws {
    try withFolder { folder in
      let path = folder + "/l", ledger = try LedgerWriter(path: path, run: "r", clock: { noon })
      func open(_ clips: [String: ClipTerms], from step: Int) throws {
        try ledger.append(
          .open, ["clips": .object(clips.map { .init($0.key, $0.value.value) }), "from": Value(step)])
      }
      func see(_ steps: Range<Int>, _ clips: [String: Int]) throws {
        try ledger.append(
          .exposure,
          LedgerBody.exposure(steps: steps, clips: clips.mapValues { Usage(seen: $0, framesInLoss: $0 - 1) }))
        try ledger.flush()
      }
      let first = Self.terms("g1", manifest: "m1"), second = Self.terms("g2", manifest: "m2"),
        lost = Self.terms("g3", manifest: "m3")
      try open(["a": first, "b": first], from: 0)
      try see(0..<4, ["a": 8, "b": 4])
      // Never in force for a step that stands.
      try open(["a": lost, "b": first], from: 4)
      try see(4..<8, ["a": 100])
      #expect(try ledger.voidExposures(after: 4) == 1)
      try open(["a": second, "b": first], from: 4)
      try see(4..<8, ["a": 5])
      try ledger.append(.revoke, LedgerBody.revoke(after: 8, [("b", "g1", [])]))
      try see(8..<10, ["a": 2])

      let trail = try LedgerReader.trail(path), usage = try LedgerUsage(path)
      for step in 0..<12 {
        #expect(trail.terms(of: "a", at: step) == (step < 4 ? first : second), "step \(step)")
        #expect(trail.terms(of: "b", at: step) == (step < 8 ? first : nil), "step \(step)")
      }
      #expect(trail.terms(of: "c", at: 0) == nil)
      #expect(trail.manifests == [digest("m1"), digest("m2")])
      let booked = Dictionary(
        uniqueKeysWithValues: usage.entries.map { ([$0.key.clip, $0.key.grant, $0.key.manifest], $0.value.usage) })
      #expect(
        booked == [
          ["a", "g1", digest("m1")]: Usage(seen: 8, framesInLoss: 7),
          ["b", "g1", digest("m1")]: Usage(seen: 4, framesInLoss: 3),
          ["a", "g2", digest("m2")]: Usage(seen: 7, framesInLoss: 5),
        ])
      #expect(usage.grants["a"]?.map(\.grant).sorted() == ["g1", "g2"])
      // The writer tells what the reader tells.
      #expect(try ledger.usage().entries == usage.entries)
    }
  }

  @Test func aLedgerWithoutManifestsBillsNobody() throws {
    try withFolder { folder in
      try LedgerTests.write(folder + "/l")
      let usage = try LedgerUsage(folder + "/l")
      #expect(usage.summary.total.seen == 48 && usage.entries.values.allSatisfy { $0.standing.isEmpty })
      #expect(problem { try usage.requireManifests() }.contains("names no manifest for the clip 'a'"))
      #expect(
        problem { _ = try Royalties(RoyaltyPool(try money("1")), [usage], []) }.contains("names no manifest"))
    }
  }
}
