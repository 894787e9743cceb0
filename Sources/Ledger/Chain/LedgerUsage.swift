import Consent
import Files

/// What one ledger says was used: frames by clip, each booked to the grant that was in force when it was seen.
/// Exposures that were voided are not in it: what a resume threw away is nobody's use, so it is never billed.
///
/// Model cards, bills of materials, reports, royalties and credentials all take it from here, so they cannot tell
/// different stories; and none of it is read from a line that the chain and the signatures do not carry.
public struct LedgerUsage: Sendable {
  /// One clip under one grant of one manifest.
  public struct Key: Hashable, Sendable {
    public let licensor: String, manifest: String, grant: String, clip: String

    init(_ clip: String, _ terms: ClipTerms) {
      let grant = GrantKey(terms)
      (licensor, manifest, self.grant, self.clip) = (grant.licensor, grant.manifest, grant.grant, clip)
    }

    /// By licensor, then grant, then clip, then manifest, as bytes: the same in every locale.
    package static func before(_ a: Key, _ b: Key) -> Bool {
      for (x, y) in [(a.licensor, b.licensor), (a.grant, b.grant), (a.clip, b.clip), (a.manifest, b.manifest)]
      where x != y {
        return x.utf8.lexicographicallyPrecedes(y.utf8)
      }
      return false
    }
  }

  public struct Entry: Sendable, Equatable {
    /// As they stood when the clip was last seen under this grant.
    public let terms: ClipTerms
    public var usage: Usage

    /// Empty where the ledger does not say.
    public var basis: String { terms.basis?.rawValue ?? "" }
    /// As `ClipTerms.stamp`; empty where the ledger does not say.
    public var standing: String { terms.stamp ?? "" }
  }

  public let path: String
  public let summary: LedgerSummary
  public let trail: LedgerTrail
  /// Clips that were seen; what was admitted and never seen is nobody's due.
  public let entries: [Key: Entry]
  /// The last checkpoint or close that the run's key signed, and that key: through `prev` it vouches for every line
  /// before. Nil in a ledger nobody signed. (Openings are signed too, but they list everybody's clips, so they are not
  /// for passing on.)
  package let vouched: (record: LedgerRecord, key: String)?

  public var run: String { summary.run }
  /// The last record's hash.
  public var head: String { summary.head }
  public var closed: Bool { summary.closed }

  /// Verifies the whole chain, then counts.
  /// - Throws: `Problem` naming the first line that is wrong.
  public init(_ path: String, run: String? = nil) throws {
    let scan = try LedgerReader.written(path, run)
    try self.init(scan.state, tornTail: scan.tail.count, at: path)
  }

  package init(_ found: LedgerState, tornTail: Int, at path: String) throws {
    self.path = path
    let state = found.believed
    summary = try LedgerSummary(found, tornTail: tornTail, at: path)
    trail = LedgerTrail(state)
    vouched = state.vouched
    var found: [Key: Entry] = [:]
    for exposure in state.exposures where !exposure.voided {
      for (clip, usage) in exposure.clips {
        guard let terms = exposure.terms(of: clip) else { continue }
        let key = Key(clip, terms)
        guard let sum = (found[key]?.usage ?? Usage()).adding(usage) else {
          throw Problem("the ledger's counts are beyond any real number of frames", at: path)
        }
        found[key] = Entry(terms: terms, usage: sum)
      }
    }
    entries = found.filter { $0.value.usage.seen > 0 }
  }

  /// The grants each clip was seen under, by its name.
  package var grants: [String: Set<GrantKey>] {
    entries.keys.reduce(into: [:]) { $0[$1.clip, default: []].insert(GrantKey($1)) }
  }

  /// Frames of some entries. The whole ledger was added up, so no part of it leaves Int's range.
  package static func total(_ entries: some Sequence<Entry>) -> Usage {
    entries.reduce(into: Usage()) { sum, entry in
      sum.seen += entry.usage.seen
      sum.framesInLoss += entry.usage.framesInLoss
    }
  }

  /// - Throws: `Problem` when the ledger does not say by which manifest a clip was used.
  package func requireManifests() throws {
    guard let bare = entries.keys.filter({ $0.manifest.isEmpty }).min(by: Key.before) else { return }
    throw Problem(
      "the ledger names no manifest for the clip '\(FieldReader.shortened(bare.clip))', so its terms cannot be known",
      at: path, fix: "was it written by an early version? train again")
  }
}
