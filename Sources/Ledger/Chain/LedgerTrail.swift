import Files

/// A verified ledger's records of use, in order: what `LedgerSummary` adds up.
public struct LedgerTrail: Sendable {
  /// Frames that entered training in steps `[from, to)`.
  public struct Exposure: Sendable {
    package let seq: Int
    public let steps: Range<Int>
    public let clips: [String: Usage]
    /// The grants in force when it was written.
    public let terms: [String: LedgerBody.Terms]
    /// The steps were lost with the process and done again.
    public internal(set) var voided = false
  }

  /// Frames a model was given without learning from them.
  public struct Evaluation: Sendable {
    package let seq: Int
    /// "held-out", "samples" or "conditioning".
    public let use: String
    public let step: Int?
    /// The run whose model it was, when the ledger is not that run's own.
    public let model: String?
    public let clips: [String: Int]
    public let terms: [String: LedgerBody.Terms]
    public internal(set) var voided = false
  }

  public struct Export: Sendable, Equatable {
    package let seq: Int
    public let path: String
    public let weightsSHA256: String
    /// Steps done at the checkpoint it was made from.
    public let step: Int?
    public let time: Moment
  }

  public let run: String
  public let exposures: [Exposure]
  public let evaluations: [Evaluation]
  public let checkpoints: [LedgerSummary.Checkpoint]
  public let exports: [Export]

  package init(_ state: LedgerState) {
    run = state.run ?? ""
    (exposures, evaluations, checkpoints, exports) = (
      state.exposures, state.evaluations, state.checkpoints, state.exports
    )
  }
}
