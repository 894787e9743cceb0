import Consent
import Files

extension LedgerState {
  /// A record that takes uses back, and what stood before it.
  ///
  /// It is the one kind that makes usage smaller, and a crash may leave it at the end of a ledger with no signature
  /// behind it; so anybody could put one there. It is believed when the run's key signed it, or when a resume bears it
  /// out: an opening from the very step it goes back to, or the next checkpoint. Until then what it takes back counts.
  struct PendingVoid: Sendable {
    let seq: Int, after: Int
    /// Nothing resumed a run that was closed.
    let isBehindClose: Bool
    let countedTo: Int
    let checkpoints: [LedgerSummary.Checkpoint]
    /// Indices of what it took back.
    var exposures: [Int] = [], evaluations: [Int] = []
  }

  /// What readers count: an unsigned end of a ledger can only add.
  package var believed: LedgerState {
    guard let first = pending.first else { return self }
    var state = self
    state.restore(pending, checkpoints: first.checkpoints, countedTo: first.countedTo)
    return state
  }

  /// Frames that a resume took back, and that weights handed on before it hold all the same: they count against caps.
  package var handedOn: Exposures {
    var sum = Exposures()
    for record in exposures {
      guard let back = record.voidedBy, exports.contains(where: { record.isIn($0, before: back) }) else { continue }
      for (clip, usage) in record.clips {
        if let terms = record.terms(of: clip) { sum.add(usage.seen, terms.use(of: clip)) }
      }
    }
    return sum
  }

  /// - Throws: `Problem` when something was taken back from a run that had all its steps, and nobody resumed it.
  package func requireBelievable(at path: String) throws {
    guard let stray = pending.first(where: \.isBehindClose) else { return }
    throw Problem(
      "record \(stray.seq) takes back what the run used after step \(stray.after), behind the ledger's close, and no resume bears it out",
      at: path, expected: "the ledger as the run closed it",
      fix: "restore the ledger from a copy; the lines behind the close are not signed and can be removed")
  }
}
