import Files

/// A verified ledger's records of use, in order: what `LedgerSummary` adds up.
public struct LedgerTrail: Sendable {
  /// Frames that entered training in steps `[from, to)`.
  public struct Exposure: Sendable {
    package let seq: Int
    public let steps: Range<Int>
    public let clips: [String: Usage]
    /// Of every clip that could be used in these steps, whether or not it was. Shared with its neighbours.
    let admitted: [String: ClipTerms]
    /// The opening in force: how many there were before it.
    let opening: Int
    /// Number of the record that took it back; nil while it counts.
    package internal(set) var voidedBy: Int?
    /// The steps were lost with the process and done again.
    public var voided: Bool { voidedBy != nil }

    /// Whether weights that were handed on hold it: what was taken back after they left is in them all the same.
    package func isIn(_ export: Export, before back: Int? = nil) -> Bool {
      seq < export.seq && export.seq < back ?? voidedBy ?? .max && steps.upperBound <= export.step ?? 0
    }

    /// The terms in force when it was written, of the clips that were used.
    public var terms: [String: ClipTerms] { clips.keys.reduce(into: [:]) { $0[$1] = admitted[$1] } }

    /// The terms in force when it was written.
    public func terms(of clip: String) -> ClipTerms? { admitted[clip] }
  }

  /// Frames a model was given without learning from them.
  public struct Evaluation: Sendable {
    package let seq: Int
    /// An `EvaluationUse`, or a word of another version.
    public let use: String
    public let step: Int?
    /// The run whose model it was, when the ledger is not that run's own.
    public let model: String?
    public let clips: [String: Int]
    public let terms: [String: ClipTerms]
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

  /// The weights the run began with, where it did not begin with its own.
  public let base: LedgerBase?
  /// Those of the autoencoder in whose latents it was trained, where there is one.
  public let codec: LedgerBase?
  public let history: LedgerHistory
  /// SHA-256 of the manifests steps were done under that no resume has thrown away, in the order they came in.
  public let manifests: [String]
  /// SHA-256 of the frames of every clip that any opening named, by the clip's name.
  public let contents: [String: String]

  package init(_ found: LedgerState) {
    let state = found.believed
    run = state.run ?? ""
    exposures = state.exposures
    evaluations = state.evaluations
    checkpoints = state.checkpoints
    exports = state.exports
    base = state.base
    codec = state.codec
    history = state.history
    manifests = Set(state.exposures.lazy.filter { !$0.voided }.map(\.opening)).sorted()
      .flatMap { state.manifests[$0] }.distinct()
    contents = state.contents
  }

  /// The terms a clip was used under in step `step` (from 0), or could have been; nil when nobody granted it then.
  public func terms(of clip: String, at step: Int) -> ClipTerms? {
    guard let record = exposures.last(where: { !$0.voided && $0.steps.contains(step) }) else {
      return history.terms(of: clip, at: step)
    }
    return record.terms(of: clip)
  }
}
