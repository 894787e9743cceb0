import Files
import Measures

/// A number of all clips of a subject together, such as a distance between sets.
public struct SetMeasurement: Sendable, Equatable {
  /// nil: there is none, and the note says why.
  public var value: Double?
  /// Ends of the 95 % interval.
  public var low: Double?, high: Double?
  /// Clips behind it.
  public var n: Int
  public var note: String

  init(_ found: VideoDistance.Found, n: Int) {
    (value, low, high, self.n, note) = (found.value, found.low, found.high, n, found.note)
  }

  init(missing reason: String) { (value, low, high, n, note) = (nil, nil, nil, 0, reason) }

  func estimate(_ stamp: MetricProtocol, unit: String) -> Estimate {
    guard let value else { return .notApplicable(note, protocol: stamp, unit: unit) }
    var estimate = Estimate(value, n: n, protocol: stamp, unit: unit, note: note)
    (estimate.low, estimate.high) = (low, high)
    return estimate
  }

  // MARK: in a result's file

  static func value(_ sets: [String: SetMeasurement]) -> Value {
    .array(
      sets.sorted { $0.key < $1.key }.map { metric, set in
        [
          "metric": .string(metric), "value": Value(set.value), "low": Value(set.low), "high": Value(set.high),
          "n": Value(set.n), "note": .string(set.note),
        ]
      })
  }

  static func read(_ subject: StrictFields) -> [String: SetMeasurement] {
    subject.objects("sets").reduce(into: [:]) { sets, f in
      sets[f.requiredString("metric")] = SetMeasurement(f)
      f.close()
    }
  }

  private init(_ f: StrictFields) {
    let any = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    value = f.optionalNumber("value", in: any)
    (low, high) = (f.optionalNumber("low", in: any), f.optionalNumber("high", in: any))
    n = f.integer("n", in: 0...1_000_000, default: 0)
    note = f.string("note", default: "")
  }
}
