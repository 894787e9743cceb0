import Clips
import Consent
import Files
import Foundation
import Frames
import Ledger
import Runs

/// Where footage that a model is given outside training is recorded, before it is given: in the ledger of the model's
/// run, or, when that is not at hand (an exported model, a run somebody is training), in the person's own
/// `evaluations.jsonl`.
///
/// Whatever hands out such frames (`Conditioning`, a bench's nearest training clip) cannot be made without one, and
/// records in it itself.
public struct EvaluationLedger: Sendable {
  private let run: Run?
  private let model: String
  private let home: HomeFolder?

  /// - Parameters:
  ///   - run: the run whose model it is, when it is one.
  ///   - model: SHA-256 of the weights, which says whose model an export is.
  ///   - home: where the key is, and the person's own ledger.
  public init(run: Run?, model: String, home: HomeFolder? = .own) {
    self.run = run
    self.model = model
    self.home = home
  }

  /// Where uses outside of runs are recorded.
  package static func path(_ home: HomeFolder) -> String { home.file(name) }
  static let name = "evaluations.jsonl"

  /// Writes down a use; it is on the disk when this returns.
  /// - Parameter clips: with the frames used of each.
  /// - Returns: the ledger it stands in.
  /// - Throws: `Problem` when the ledger does not verify or cannot be written: then the use must not happen.
  @discardableResult
  package func record(_ use: EvaluationUse, _ clips: [(admission: Admission, frames: Int)]) throws -> String {
    // Says why there is none.
    let home = try home ?? HomeFolder(environment: ProcessInfo.processInfo.environment)
    let key = try KeyRing(home).openOrMake(RunKey.name)
    let own = run.flatMap { Disk.exists($0.path("ledger.jsonl")) ? $0.path("ledger.jsonl") : nil }.flatMap {
      LedgerWriter.isBusy($0) ? nil : $0
    }
    let path = own ?? Self.path(home), deadline = ContinuousClock.now + .seconds(10)
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
