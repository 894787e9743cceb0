import Consent
import Files
import Foundation
import Ledger
import TestKit
import Testing

private let share: Value = ["model": "royalty-share", "currency": "EUR"]

@Suite struct RoyaltiesTests {
  /// w·E over Σ w·E, with a remainder that has to go somewhere.
  @Test func sharesFollowWeightTimesFrames() throws {
    var c = RoyaltyCase()
    c.use("did:A", "g1", "a", seen: 100, compensation: share)
    c.use("did:B", "g2", "b", seen: 100, weight: 3, compensation: share)
    c.use("did:B", "g2", "b2", seen: 200, weight: 3, compensation: share)
    let r = try c.royalties("1000.00")
    // Scores 100 and 900.
    #expect(
      r.licensors.map(\.id) == ["did:A", "did:B"] && r.licensors.map(\.share.amount) == ["100.00", "900.00"]
        && r.score == 1000)
    #expect(
      r.licensors[1].lines.map(\.amount.amount) == ["300.00", "600.00"] && r.licensors[1].seen == 300
        && r.licensors[1].clips == 2)
    #expect(try c.royalties("0.01").licensors.map(\.share.minor) == [0, 1])
    var alone = RoyaltyCase()
    alone.use("did:A", "g1", "a", seen: 1)
    #expect(try alone.royalties("7", "JPY").licensors.map(\.share.description) == ["7 JPY"])
  }

  /// Random ledgers and weights: every level adds up to the one above, and the pool to itself.
  @Test func everyLevelAddsUp() throws {
    var random = SplitMix64(7)
    try withFolder { folder in
      for round in 0..<150 {
        var c = RoyaltyCase()
        for l in 0..<Int.random(in: 1...6, using: &random) {
          for g in 0..<Int.random(in: 1...3, using: &random) {
            let weight = random.chance(8) ? 9_007_199_254_740_991 : Int.random(in: 1...9, using: &random)
            for clip in 0..<Int.random(in: 1...5, using: &random) {
              c.use(
                "did:\(l)", "g\(g)", "\(l)/\(g)/\(clip)",
                seen: random.chance(9) ? 9_007_199_254_740_991 : Int.random(in: 0...5000, using: &random),
                weight: weight, compensation: share)
            }
          }
        }
        guard c.clips.contains(where: { $0.seen > 0 }) else { continue }
        let pool = try money(
          "\(Int.random(in: 0...1_000_000, using: &random)).\(Int.random(in: 10...99, using: &random))")
        let r = try Royalties(RoyaltyPool(pool), [try c.ledger(folder, run: "r\(round)")], try c.manifests())
        #expect(r.licensors.reduce(0) { $0 + $1.share.minor } == pool.minor)
        for l in r.licensors {
          #expect(l.lines.reduce(0) { $0 + $1.amount.minor } == l.total.minor && l.beside.minor == 0)
        }
        #expect(r.lines.allSatisfy { $0.usage.seen > 0 })
      }
    }
  }

  /// What one clip's frames are worth does not depend on the order the ledger or the manifests are in.
  @Test func orderMeansNothing() throws {
    var c = RoyaltyCase()
    for i in 0..<9 { c.use("did:\(i % 4)", "g\(i % 2)", "c\(i)", seen: 10 + i % 3, compensation: share) }
    var d = c
    d.clips.reverse()
    let a = try c.statement("100.01"), b = try d.statement("100.01")
    #expect(
      a.royalties.lines.map(\.amount) == b.royalties.lines.map(\.amount)
        && a.royalties.lines.map(\.key.clip) == b.royalties.lines.map(\.key.clip))
  }

  @Test func ratesAndFlatSumsStandBesideThePool() throws {
    var c = RoyaltyCase()
    c.use(
      "did:A", "rate", "a", seen: 1001, compensation: ["model": "per-exposure", "rate": "0.0004", "currency": "EUR"])
    c.use(
      "did:A", "rate", "a2", seen: 2002, compensation: ["model": "per-exposure", "rate": "0.0004", "currency": "EUR"])
    c.use("did:B", "flat", "b", seen: 1, compensation: ["model": "flat", "rate": "250", "currency": "EUR"])
    c.use("did:B", "flat", "b2", seen: 2, compensation: ["model": "flat", "rate": "250", "currency": "EUR"])
    c.use("did:C", "free", "c", seen: 5000, compensation: ["model": "none"])
    c.use("did:D", "silent", "d", seen: 10)
    c.use("did:E", "share", "e", seen: 30, compensation: share)
    let r = try c.royalties("100.00")
    // 3003 · 0.0004 = 1.2012, rounded once: 1.20, of which a third and two thirds.
    #expect(
      r.licensors[0].beside.amount == "1.20" && r.licensors[0].lines.map(\.amount.amount) == ["0.40", "0.80"]
        && r.licensors[0].share.minor == 0)
    #expect(
      r.licensors[1].beside.amount == "250.00" && r.licensors[1].lines.map(\.amount.amount) == ["83.33", "166.67"])
    #expect(r.licensors[2].total.minor == 0 && r.licensors[2].lines[0].terms.kind == .none)
    #expect(
      r.licensors[3].share.amount == "25.00" && r.licensors[3].lines[0].terms.kind == .notStated
        && r.licensors[4].share.amount == "75.00")
    #expect(r.beside.amount == "251.20")
    let strict = try c.royalties("100.00", onlyStated: true)
    #expect(strict.licensors[3].share.minor == 0 && strict.licensors[4].share.amount == "100.00")
  }

  /// Halves go up, and only once a grant.
  @Test(arguments: [
    ("0.005", 1, "0.01"), ("0.004", 1, "0.00"), ("0.0049999", 1, "0.00"), ("0.015", 1, "0.02"), ("0.0001", 49, "0.00"),
    ("0.0001", 50, "0.01"), ("999999999.999999999", 1, "1000000000.00"),
  ])
  func aRateIsRoundedOnce(rate: String, seen: Int, owed: String) throws {
    var c = RoyaltyCase()
    c.use(
      "did:A", "g", "a", seen: seen, compensation: ["model": "per-exposure", "rate": .string(rate), "currency": "EUR"])
    #expect(try c.royalties("0").licensors[0].total.amount == owed)
  }

  @Test func severalRunsAddUpAndNoneIsBilledTwice() throws {
    var c = RoyaltyCase()
    c.use("did:A", "g", "a", seen: 10, compensation: share)
    c.use("did:B", "g", "b", seen: 30, compensation: share)
    try withFolder { folder in
      let one = try c.ledger(folder, run: "r1"), two = try c.ledger(folder, run: "r2", close: false),
        pool = RoyaltyPool(try money("100"))
      let r = try Royalties(pool, [two, one], try c.manifests())
      #expect(
        r.seen == 80 && r.licensors.map(\.share.amount) == ["25.00", "75.00"] && r.runs.map(\.run) == ["r1", "r2"]
          && r.runs.map(\.closed) == [true, false])
      #expect(problem { _ = try Royalties(pool, [one, one], try c.manifests()) }.contains("given twice"))
      #expect(problem { _ = try Royalties(pool, [], []) }.contains("no run"))
    }
  }

  /// A grant's flat sum is owed once, though two runs used it under two versions of the manifest.
  @Test func aFlatSumIsOwedOnceThoughTheManifestWasRenewed() throws {
    var c = RoyaltyCase(), renewed = RoyaltyCase()
    c.use("did:A", "g", "a", seen: 10, compensation: ["model": "flat", "rate": "99.99", "currency": "EUR"])
    renewed.use(
      "did:A", "g", "a", seen: 20, weight: 2, compensation: ["model": "flat", "rate": "99.99", "currency": "EUR"])
    try withFolder { folder in
      let r = try Royalties(
        RoyaltyPool(try money("0")), [try c.ledger(folder, run: "r1"), try renewed.ledger(folder, run: "r2")],
        try c.manifests() + renewed.manifests())
      #expect(r.lines.count == 2 && r.beside.amount == "99.99")
    }
  }

  @Test func voidedExposuresAreNotBilled() throws {
    var c = RoyaltyCase()
    c.use("did:A", "g", "a", seen: 10, compensation: share)
    c.use("did:B", "g", "b", seen: 10, compensation: share)
    try withFolder { folder in
      let path = try c.ledger(folder, close: false).path
      do {
        let ledger = try LedgerWriter(path: path, run: "run-1", clock: { noon })
        try ledger.append(
          .exposure, LedgerBody.exposure(steps: 10..<20, clips: ["a": Usage(seen: 1000, framesInLoss: 0)]))
        try ledger.flush()
        #expect(try ledger.voidExposures(after: 10) == 1)
        try ledger.append(
          .exposure, LedgerBody.exposure(steps: 10..<20, clips: ["b": Usage(seen: 20, framesInLoss: 0)]))
        try ledger.append(.checkpoint, LedgerBody.checkpoint(step: 20, weightsSHA256: digest("w")))
        try ledger.flush()
      }
      let r = try Royalties(RoyaltyPool(try money("40")), [try LedgerUsage(path)], try c.manifests())
      #expect(r.licensors.map(\.share.amount) == ["10.00", "30.00"])
      let usage = try LedgerUsage(path)
      #expect(
        usage.entries.values.reduce(0) { $0 + $1.usage.seen } == usage.summary.total.seen
          && usage.summary.voided.seen == 1000)
    }
  }

  /// A resume under a renewed manifest: each exposure is billed under the terms that were in force.
  @Test func exposuresAreBilledUnderTheManifestOfTheirDay() throws {
    var c = RoyaltyCase(), later = RoyaltyCase()
    c.use("did:A", "g", "a", seen: 10, weight: 1, compensation: share)
    later.use("did:A", "g", "a", seen: 10, weight: 5, compensation: share)
    try withFolder { folder in
      let path = try c.ledger(folder, close: false).path, hash = try later.manifests()[0].sha256
      do {
        let ledger = try LedgerWriter(path: path, run: "run-1", clock: { noon })
        try ledger.append(
          .open, ["clips": ["a": ["grant": "g", "licensor": "did:A", "manifest": .string(hash), "standing": "signed"]]])
        try ledger.append(
          .exposure, LedgerBody.exposure(steps: 10..<20, clips: ["a": Usage(seen: 10, framesInLoss: 0)]))
        try ledger.flush()
      }
      let r = try Royalties(
        RoyaltyPool(try money("60")), [try LedgerUsage(path)], try c.manifests() + later.manifests())
      #expect(r.lines.count == 2 && Set(r.lines.map(\.score)) == [10, 50] && r.licensors[0].share.amount == "60.00")
    }
  }

  @Test func termsThatDoNotFitAreRefusedAllTogether() throws {
    var c = RoyaltyCase()
    c.use("did:A", "g1", "a", seen: 1, compensation: ["model": "royalty-share", "currency": "USD"])
    c.use("did:A", "g2", "b", seen: 1, compensation: ["model": "per-exposure", "currency": "EUR"])
    c.use("did:A", "g3", "c", seen: 1, compensation: ["model": "flat", "rate": "3"])
    let said = problem { _ = try c.royalties() }
    #expect(
      said.contains("3 things") && said.contains("is paid in USD, the pool is in EUR")
        && said.contains("states no rate") && said.contains("in no currency"))
    try withFolder { folder in
      let ledger = try c.ledger(folder)
      #expect(
        problem { _ = try Royalties(RoyaltyPool(try money("1")), [ledger], []) }.contains(try c.manifests()[0].sha256))
    }
    var none = RoyaltyCase()
    none.use("did:A", "g", "a", seen: 9, compensation: ["model": "none"])
    #expect(problem { _ = try none.royalties("1") }.contains("nobody shares in the pool"))
    #expect(try none.royalties("0").licensors[0].total.minor == 0)
    var unseen = RoyaltyCase()
    unseen.use("did:A", "g", "a", seen: 0, compensation: share)
    #expect(problem { _ = try unseen.royalties("1") }.contains("no clip was seen"))
    #expect(try unseen.royalties("0").licensors.isEmpty)
  }

  @Test func poolsAreKeptApartByName() throws {
    var c = RoyaltyCase()
    func of(_ pool: String) -> Value { share.with("pool", .string(pool)) }
    c.use("did:A", "g", "a", seen: 10, compensation: of("p1"))
    c.use("did:B", "g", "b", seen: 10, compensation: of("p2"))
    c.use("did:C", "g", "c", seen: 10)
    #expect(problem { _ = try c.royalties() }.contains("different pools ('p1', 'p2')"))
    let r = try c.royalties("10", name: "p2")
    #expect(
      r.licensors.map(\.share.amount) == ["0.00", "10.00", "0.00"] && r.licensors[2].lines[0].terms.kind == .leftOut)
  }

  /// Tables read by strangers' spreadsheets: quotes, commas, line ends, and names that would run as formulas.
  @Test func csvQuotesAndDisarms() throws {
    var c = RoyaltyCase()
    c.use("=HYPERLINK(\"http://x\")", "g,1", "line\nend", seen: 3, compensation: share)
    c.use("did:B", "@g", "plain", seen: 1, compensation: share)
    let csv = try c.statement("4").csv, rows = csv.components(separatedBy: "\r\n")
    #expect(rows.count == 4 && rows[3].isEmpty && rows[0].hasPrefix("licensor,name,payee,grant,clip"))
    #expect(
      rows[1].hasPrefix(
        "\"'=HYPERLINK(\"\"http://x\"\")\",\"Name of =HYPERLINK(\"\"http://x\"\")\",,\"g,1\",\"line\nend\""))
    #expect(rows[2].contains(",'@g,plain,") && rows[2].contains(",1.00,EUR,"))
    for (text, field) in [
      ("-1", "'-1"), ("+1", "'+1"), ("\tx", "'\tx"), ("a\"b", "\"a\"\"b\""), ("", ""), ("a=b", "a=b"),
      ("\r\n", "\"'\r\n\""),
    ] { #expect(CSV.row([CSV.guarded(text)]) == field + "\r\n") }
  }
}
