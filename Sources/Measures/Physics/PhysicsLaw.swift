/// A scenario's law with its constants: what its motion must obey, and how far a clip departs from it (docs/PHYSICS.md,
/// "The score").
///
/// Fits are in closed form or one-dimensional searches, on the frames after the given ones. One law is one file.
public protocol PhysicsLaw: Sendable {
  /// Every term of the law; one that the clip does not let us measure is `undefined` with its reason, never left out.
  func terms(_ seen: Observation) -> [LawTerm]
}

/// One demand of a law, measured on one clip.
public struct LawTerm: Sendable, Equatable {
  public enum Kind: String, Sendable {
    /// Relative error of a fitted constant: s = min(1, .05/|error|).
    case parameter
    /// max_t |Q − Q0| / Q_ref: s = min(1, .05/error).
    case conservation
    /// |Δframes|: s = min(1, 1/error).
    case event
    /// Holds (0) or not (1): s = 1 − error.
    case permanence
    /// In its own unit, reported and never scored.
    case described
  }

  /// The metric of `PhysicsMetrics` it is a part of.
  public let metric: String
  /// Which constant, event or object: "g", "contact 1".
  public let detail: String
  public let kind: Kind
  /// ≥ 0; NaN when undefined.
  public let error: Double
  /// Why it is undefined; "" when it is not.
  public let reason: String

  public var isDefined: Bool { !error.isNaN }

  /// s ∈ [0, 1]; an undefined term scores 0.
  public var score: Double {
    guard isDefined else { return 0 }
    switch kind {
    case .parameter, .conservation: return error <= 0.05 ? 1 : 0.05 / error
    case .event: return error <= 1 ? 1 : 1 / error
    case .permanence: return error > 0 ? 0 : 1
    case .described: return 0
    }
  }

  private init(_ metric: String, _ detail: String, _ kind: Kind, _ error: Double, _ reason: String) {
    (self.metric, self.detail, self.kind, self.error) = (metric, detail, kind, error.isFinite ? error : .nan)
    self.reason = error.isFinite ? "" : reason
  }

  /// |fitted/exact − 1|.
  static func parameter(_ name: String, fitted: Double?, exact: Double, otherwise reason: String) -> LawTerm {
    LawTerm("param_error", name, .parameter, fitted.map { abs($0 / exact - 1) } ?? .nan, reason)
  }

  /// max_t |Q − Q0| / reference.
  static func conservation(
    _ metric: String, _ detail: String, _ values: [Double], exact: Double, reference: Double,
    otherwise reason: String = "too few frames give a velocity"
  ) -> LawTerm {
    let worst = values.map { abs($0 - exact) }.max() ?? .nan
    return LawTerm(metric, detail, .conservation, worst / reference, reason)
  }

  /// |seen − exact| in frames; times in seconds.
  static func event(
    _ detail: String, seen: Double?, exact: Double, timeStep: Double, otherwise reason: String
  ) -> LawTerm {
    LawTerm("event_error", detail, .event, seen.map { abs($0 - exact) / timeStep } ?? .nan, reason)
  }

  static func permanence(_ metric: String, _ detail: String, holds: Bool?, otherwise reason: String) -> LawTerm {
    LawTerm(metric, detail, .permanence, holds.map { $0 ? 0 : 1 } ?? .nan, reason)
  }

  static func described(_ metric: String, _ detail: String = "", value: Double?, otherwise reason: String) -> LawTerm {
    LawTerm(metric, detail, .described, value ?? .nan, reason)
  }
}
