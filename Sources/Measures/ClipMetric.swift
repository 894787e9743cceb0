/// A metric of one clip: pixels in, one number out. One that needs a reference or the scene's truth says not-applicable
/// without it.
///
/// Each is one file with its formula, source, range, direction, unit and what it cannot see. Statistics over clips are
/// the caller's: `estimate(_:)` of many clips resamples them.
public protocol ClipMetric: Sendable {
  static var name: String { get }
  static var version: Int { get }
  static var unit: String { get }
  static var better: PairedComparison.Direction { get }
  /// What it cannot do without beside the clip.
  static var needs: Set<EvidenceKind> { get }
  /// Damage that must make the value worse, and worse the stronger it is; calibration tests it.
  static var orders: Set<Corruption> { get }
  /// Damage that this metric does not see or even rewards. What is in neither set may go either way.
  static var blindTo: Set<Corruption> { get }

  /// The bare number with its note, or why there is none.
  static func measure(_ evidence: Evidence) -> Measurement
}

/// What a metric may be given beside the clip: see `Evidence`.
public enum EvidenceKind: String, Sendable, CaseIterable { case reference, scene }

/// What a metric says of one clip.
public enum Measurement: Sendable, Equatable {
  /// - Parameter note: what a reader must know beside it; "" when nothing.
  case value(Double, note: String)
  /// A number that is stated and not judged: no table shows it, no comparison takes it.
  case notJudged(Double, NotJudged)
  /// No number, and why.
  case notApplicable(String)

  /// The number, judged or not; nil where there is none.
  public var number: Double? {
    switch self {
    case .value(let value, _), .notJudged(let value, _): value
    case .notApplicable: nil
    }
  }

  /// What is said beside the number, or instead of it; "" when nothing.
  public var note: String {
    switch self {
    case .value(_, let note): note
    case .notJudged(_, let reason): reason.rawValue
    case .notApplicable(let reason): reason
    }
  }
}

extension ClipMetric {
  public static var version: Int { 1 }
  public static var needs: Set<EvidenceKind> { [] }
  public static var orders: Set<Corruption> { [] }
  public static var blindTo: Set<Corruption> { [] }

  /// One clip: n = 1, no interval.
  public static func estimate(_ evidence: Evidence) -> Estimate {
    let stamp = MetricProtocol(name, version: version, of: evidence.frames)
    let measured = measure(evidence)
    // Of one clip the number is shown, with the reason beside it: whoever asks for one clip sees what it says.
    return measured.number.map { Estimate($0, protocol: stamp, unit: unit, note: measured.note) }
      ?? .notApplicable(measured.note, protocol: stamp, unit: unit)
  }

  /// Per-clip values, taken one clip at a time, summed up with a bootstrap interval. The note counts clips it does not
  /// apply to.
  /// - Parameter protocol: resolution, fps and length shared by the clips.
  public static func summary(
    _ measurements: [Measurement], strata: [String]? = nil, protocol stamp: MetricProtocol, seed: UInt64 = 0
  ) -> Estimate {
    var values: [Double] = [], kept: [String] = [], notes: [String] = []
    for (i, measurement) in measurements.enumerated() {
      guard let value = measurement.number else {
        notes.append("clip \(i + 1) left out: \(measurement.note)")
        continue
      }
      values.append(value)
      if let strata { kept.append(strata[i]) }
      if !measurement.note.isEmpty, !notes.contains(measurement.note) { notes.append(measurement.note) }
    }
    let note = notes.prefix(3).joined(separator: "; ") + (notes.count > 3 ? "; and \(notes.count - 3) more" : "")
    guard !values.isEmpty else { return .notApplicable(note.isEmpty ? "no clips" : note, protocol: stamp, unit: unit) }
    return Estimate(of: values, strata: strata == nil ? nil : kept, protocol: stamp, unit: unit, note: note, seed: seed)
  }
}
