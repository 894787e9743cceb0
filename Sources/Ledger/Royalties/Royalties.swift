import Consent
import Files

/// Who is owed what for the use of their clips, from ledgers and the manifests they name.
///
/// The pool: share_i = w_i·E_i / Σ w_j·E_j over licensors, E frames seen, w the grant's weight, in whole minor units by
/// largest remainders (`Apportion`), so shares add up to the pool exactly; then each share over the licensor's lines in
/// the same way. Beside the pool: a rate a frame, rounded once a grant, and flat sums. Ties go to the name that comes
/// first in byte order, so the same ledgers make the same statement.
///
/// Exposure counts frames; it is not influence on the model.
public struct Royalties: Sendable, Equatable {
  public static let caution =
    "Exposure counts frames; it is not influence. A clip seen twice as often did not teach twice as much."

  /// One clip under one grant.
  public struct Line: Sendable, Equatable {
    public let key: LedgerUsage.Key
    public let basis: String, standing: String
    public let terms: RoyaltyTerms
    public let usage: Usage
    /// Weight times frames seen where the line shares in the pool, else 0.
    public let score: UInt128
    public let amount: Money
  }

  public struct Licensor: Sendable, Equatable {
    public let id: String
    public let name: String?
    public let lines: [Line]
    public let seen: Int, framesInLoss: Int
    public let score: UInt128
    /// Out of the pool.
    public let share: Money
    /// Rates and flat sums.
    public let beside: Money

    public var total: Money { Money(minor: share.minor + beside.minor, share.currency) }
    public var clips: Int { Set(lines.map(\.key.clip)).count }
  }

  /// A run whose ledger was counted.
  public struct Source: Sendable, Equatable {
    public let run: String, head: String, closed: Bool
    /// The last signed checkpoint or close, and whose signature it bears.
    package let vouched: LedgerRecord?
    public let key: String?
  }

  public let pool: RoyaltyPool
  /// In byte order of their identifiers.
  public let licensors: [Licensor]
  public let score: UInt128
  /// In order of their hashes.
  public let runs: [Source]

  public var currency: Currency { pool.money.currency }
  public var lines: [Line] { licensors.flatMap(\.lines) }
  public var seen: Int { licensors.reduce(0) { $0 + $1.seen } }
  /// Rates and flat sums of all licensors.
  public var beside: Money { Money(minor: licensors.reduce(0) { $0 + $1.beside.minor }, currency) }

  /// - Parameter manifests: those the ledgers name, and perhaps others.
  /// - Throws: `Problem` when a run is given twice, a ledger names no manifest or one that is missing, terms do not fit
  ///   the pool's currency, or a pool of more than nothing has nobody to go to.
  public init(_ pool: RoyaltyPool, _ ledgers: [LedgerUsage], _ manifests: [Manifest]) throws {
    guard !ledgers.isEmpty else { throw Problem.usage("no run is named", expected: "one run or more") }
    runs = ledgers.map {
      Source(run: $0.run, head: $0.head, closed: $0.closed, vouched: $0.vouched?.record, key: $0.vouched?.key)
    }.sorted { $0.run < $1.run }
    if let twice = zip(runs, runs.dropFirst()).first(where: { $0.run == $1.run }) {
      throw Problem.usage(
        "the run \(FieldReader.shortened(twice.0.run)) is given twice: its frames would be billed twice",
        fix: "name each run once; a copy of a run's folder is the same run")
    }
    var entries: [LedgerUsage.Key: LedgerUsage.Entry] = [:]
    for ledger in ledgers {
      try ledger.requireManifests()
      for (key, entry) in ledger.entries {
        guard let sum = (entries[key]?.usage ?? Usage()).adding(entry.usage) else {
          throw Problem("the ledgers' counts are beyond any real number of frames", at: ledger.path)
        }
        entries[key] = LedgerUsage.Entry(terms: entry.terms, usage: sum)
      }
    }
    let terms = try pool.terms(
      Set(entries.keys), Dictionary(manifests.map { ($0.sha256, $0) }, uniquingKeysWith: { first, _ in first }))
    let keys = entries.keys.sorted(by: LedgerUsage.Key.before)
    let drafts = try keys.compactMap { key -> Draft? in
      guard let entry = entries[key], let terms = terms[GrantKey(key)] else { return nil }
      let (score, overflow) = UInt128(terms.weight).multipliedReportingOverflow(by: UInt128(entry.usage.seen))
      guard !overflow else { throw Problem("a weight times its frames is past 128 bits") }
      return Draft(key: key, entry: entry, terms: terms, score: terms.kind.shares ? score : 0)
    }
    self.pool = pool
    (licensors, score) = try Self.settle(pool.money, drafts)
  }

  private struct Draft { let key: LedgerUsage.Key, entry: LedgerUsage.Entry, terms: RoyaltyTerms, score: UInt128 }

  private static func settle(_ pool: Money, _ drafts: [Draft]) throws -> ([Licensor], UInt128) {
    // Sorted by licensor, so each one's drafts stand together.
    let groups = drafts.chunked { $0.key.licensor == $1.key.licensor }
    let scores = try groups.map { try sum($0.map(\.score)) }
    let all = try sum(scores)
    guard all > 0 || pool.minor == 0 else {
      throw Problem(
        drafts.isEmpty
          ? "no clip was seen, so there is nobody to share the pool"
          : "nobody shares in the pool: no grant that was used asks for a share of it, or their weights are zero",
        fix: drafts.isEmpty
          ? "train first" : "say --pool 0 \(pool.currency) for a statement of rates and flat sums alone")
    }
    let shares = try Apportion.parts(pool.minor, by: scores)
    let licensors = try zip(groups, zip(scores, shares)).map { group, sums -> Licensor in
      let (score, share) = sums
      var amounts = try Apportion.parts(share, by: group.map(\.score))
      let beside = try besides(group, pool.currency)
      for (i, extra) in beside.enumerated() { amounts[i] += extra }
      let lines = zip(group, amounts).map { draft, amount in
        Line(
          key: draft.key, basis: draft.entry.basis, standing: draft.entry.standing, terms: draft.terms,
          usage: draft.entry.usage, score: draft.score, amount: Money(minor: amount, pool.currency))
      }
      guard let usage = lines.reduce(Usage() as Usage?, { $0?.adding($1.usage) }), let first = group.first else {
        throw Problem("the ledgers' counts are beyond any real number of frames")
      }
      return Licensor(
        id: first.key.licensor, name: group.compactMap(\.terms.licensorName).first, lines: lines, seen: usage.seen,
        framesInLoss: usage.framesInLoss, score: score,
        share: Money(minor: share, pool.currency), beside: Money(minor: beside.reduce(0, +), pool.currency))
    }
    guard licensors.reduce(UInt128(0), { $0 + UInt128($1.total.minor) }) <= UInt128(Money.largest) else {
      throw Problem("the amounts add up to more than any currency has")
    }
    return (licensors, all)
  }

  /// Rates and flat sums of one licensor's lines: an amount a grant, spread over its lines by frames.
  private static func besides(_ group: [Draft], _ currency: Currency) throws -> [UInt64] {
    var amounts = group.map { _ in UInt64(0) }
    // A flat sum is owed once a grant, and a grant that a newer manifest repeats at the same price is the same grant.
    let grants = Dictionary(grouping: group.indices) { i in
      let draft = group[i]
      return [
        draft.key.grant, draft.terms.rate ?? "", draft.terms.kind.rawValue,
        draft.terms.kind == .flat ? "" : draft.key.manifest,
      ]
    }
    for (grant, places) in grants {
      guard let terms = places.first.map({ group[$0].terms }), terms.kind == .perExposure || terms.kind == .flat,
        let rate = terms.rate.flatMap(ExactDecimal.init)
      else { continue }
      let seen = try sum(places.map { UInt128(group[$0].entry.usage.seen) })
      guard let count = UInt64(exactly: terms.kind == .flat ? 1 : seen),
        let owed = rate.times(count, in: currency, rounding: true), owed <= Money.largest / 1024
      else {
        throw Problem(
          "grant '\(FieldReader.shortened(grant[0]))' comes to more than any currency has", fix: "check its rate")
      }
      for (place, part) in zip(
        places, try Apportion.parts(owed, by: places.map { UInt128(group[$0].entry.usage.seen) }))
      { amounts[place] += part }
    }
    return amounts
  }

  private static func sum(_ scores: [UInt128]) throws -> UInt128 {
    try scores.reduce(0) { total, score in
      let (next, overflow) = total.addingReportingOverflow(score)
      guard !overflow else {
        throw Problem(
          "weights times frames add up to more than 128 bits hold",
          fix: "lower the weights: only their proportions matter")
      }
      return next
    }
  }
}

extension Array {
  /// Runs of neighbours that belong together.
  func chunked(_ together: (Element, Element) -> Bool) -> [[Element]] {
    var out: [[Element]] = []
    for item in self {
      if let last = out.last?.last, together(last, item) { out[out.count - 1].append(item) } else { out.append([item]) }
    }
    return out
  }
}
