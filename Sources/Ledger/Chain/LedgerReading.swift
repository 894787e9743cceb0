import Consent
import Files

/// A ledger that was read and verified to its end: what it says in whichever form is asked for, and what others may
/// hold it against.
package struct LedgerReading: Sendable {
  package let path: String
  /// As readers count.
  package let state: LedgerState
  private let found: LedgerState
  private let tornTail: Int

  init(_ scan: LedgerScan, at path: String) {
    (self.path, found, state, tornTail) = (path, scan.state, scan.state.believed, scan.tail.count)
  }

  /// - Throws: `Problem` when it has no record: nobody has trained yet.
  package func requireWritten() throws {
    guard state.records > 0 else {
      throw Problem("the ledger has no records", at: path, fix: "it is written when training begins")
    }
  }

  package func summary() throws -> LedgerSummary {
    try requireWritten()
    return try LedgerSummary(found, tornTail: tornTail, at: path)
  }

  package func usage() throws -> LedgerUsage {
    try requireWritten()
    return try LedgerUsage(found, tornTail: tornTail, at: path)
  }

  package var trail: LedgerTrail { LedgerTrail(found) }

  /// Frames by content and grant that count against caps: seen, net of voids, unless weights that hold them were handed
  /// on; and, while the run is in progress, what it
  /// has reserved. A ledger that was made and never written to (a full disk, a kill) tells of none.
  package func exposures(inProgress: Bool = false) throws -> Exposures {
    guard state.records > 0 else { return Exposures() }
    let seen = try LedgerSummary(found, tornTail: tornTail, at: path).exposures
    var sum = inProgress ? seen.raised(to: state.history.reservations) : seen
    sum.merge(state.handedOn)
    return sum
  }

  /// Records there were when `head` was the last one's hash; nil when it never was.
  package func position(of head: String) -> Int? {
    head == LedgerRecord.genesis ? 0 : state.heads[head]
  }

  /// Whether uses after `step` were taken back after the ledger had `records` records, by a resume.
  package func tookBack(after step: Int, since records: Int) -> Bool {
    found.returns.contains { $0.seq >= records && $0.after < step }
  }
}
