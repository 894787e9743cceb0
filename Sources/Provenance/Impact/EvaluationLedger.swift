import Clips
import Consent
import Files
import Foundation
import Frames
import Ledger
import Runs

/// Footage a model is conditioned on outside training. It is recorded before it is used: in the ledger of the model's
/// run, or, when that is not at hand (an exported model, a run somebody is training), in the person's own
/// `evaluations.jsonl`.
public enum EvaluationLedger {
  /// Where uses outside of runs are recorded.
  package static func path(_ home: HomeFolder) -> String { home.file("evaluations.jsonl") }

  /// - Parameters:
  ///   - run: the run whose model it is, when it is one.
  ///   - model: SHA-256 of the weights, which says whose model an export is.
  /// - Returns: the ledger it stands in.
  @discardableResult
  public static func record(_ given: Conditioning, run: Run?, model: String, home: HomeFolder) throws -> String {
    try record(
      "conditioning", [(admission: given.admission, frames: given.frames.count)], run: run, model: model, home: home)
  }

  /// - Parameters:
  ///   - use: what is done with the clips.
  ///   - clips: with the frames used of each.
  @discardableResult
  package static func record(
    _ use: String, _ clips: [(admission: Admission, frames: Int)], run: Run?, model: String, home: HomeFolder
  ) throws -> String {
    let key = try KeyRing(home).openOrMake(RunKey.name)
    let own = run.flatMap { Disk.exists($0.path("ledger.jsonl")) ? $0.path("ledger.jsonl") : nil }.flatMap {
      LedgerWriter.isBusy($0) ? nil : $0
    }
    let path = own ?? path(home), deadline = ContinuousClock.now + .seconds(10)
    // Others write a line and go.
    while own == nil, LedgerWriter.isBusy(path), ContinuousClock.now < deadline { usleep(20_000) }
    let ledger = try LedgerWriter(path: path, run: own == nil ? "evaluations" : run?.hash ?? "", key: key)
    // A ledger of our own says whose it is; a run's is opened by whoever trains it.
    if own == nil, !ledger.signs { try ledger.append(.open, LedgerBody.open([])) }
    try ledger.append(
      .evaluate,
      LedgerBody.evaluate(
        use: use, model: own == nil ? run?.hash ?? model : nil, clips.map { ($0.admission.terms, $0.frames) }))
    try ledger.flush()
    return path
  }
}
