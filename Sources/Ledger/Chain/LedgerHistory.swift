import Consent

/// Which clips a run could draw on, step by step: what a resumed run needs to walk through them as it did before.
public struct LedgerHistory: Sendable, Equatable {
  public struct Start: Sendable, Equatable {
    /// Steps done.
    public let step: Int
    /// Of each clip that could be used.
    public let terms: [String: ClipTerms]
    /// Frames of each capped clip the run may have seen in all.
    public let reserved: [String: Int]

    /// The grant of each clip that could be used.
    public var clips: [String: String] { terms.mapValues(\.grant) }
  }

  /// In the order of their steps.
  public private(set) var starts: [Start] = []
  /// Clips that lost their grant, with the steps that were done when they left.
  public private(set) var left: [String: Int] = [:]
  /// Why, in the codes of reasons.
  public private(set) var leftFor: [String: [String]] = [:]
  /// Frames reserved by clip and grant, by the last opening.
  public private(set) var reservations = Exposures()

  public init() {}

  /// Every clip that was admitted when the run began.
  public var clips: Set<String> { Set(starts.last?.terms.keys.map { $0 } ?? []).union(left.keys) }

  /// The terms under which a clip could be used in step `step` (from 0); nil when nobody granted it then.
  public func terms(of clip: String, at step: Int) -> ClipTerms? {
    if let gone = left[clip], gone <= step { return nil }
    return starts.last { $0.step <= step }?.terms[clip]
  }

  /// A start undoes what was planned for later steps: the run went back to here.
  package mutating func start(at step: Int, _ terms: [String: ClipTerms]) {
    starts.removeAll { $0.step >= step }
    starts.append(Start(step: step, terms: terms, reserved: terms.compactMapValues(\.reserved)))
    reservations = Exposures()
    for (clip, terms) in terms {
      if let frames = terms.reserved { reservations.add(frames, terms.use(of: clip)) }
    }
  }

  package mutating func withdraw(_ clips: [String: [String]], after step: Int) {
    for (clip, reasons) in clips {
      left[clip] = min(left[clip] ?? step, step)
      leftFor[clip] = reasons
    }
  }
}
