import Files
import Foundation

/// A measured number with its uncertainty and its protocol; the only thing a metric may return.
public struct Estimate: Sendable, Equatable {
  /// NaN when the metric does not apply; `note` then says why.
  public var value: Double
  /// Ends of the 95 % interval; absent with fewer than two independent instances.
  public var low: Double?
  public var high: Double?
  /// Independent instances behind the value.
  public var n: Int
  public var `protocol`: MetricProtocol
  public var unit: String
  /// What a reader must know to read it; "" when nothing.
  public var note: String
  /// Why the metric is not judged, where that is why it does not apply.
  public var notJudged: NotJudged?

  /// A value without interval, as from a single clip.
  public init(_ value: Double, n: Int = 1, protocol stamp: MetricProtocol, unit: String, note: String = "") {
    (self.value, low, high, self.n, self.protocol, self.unit, self.note) = (value, nil, nil, n, stamp, unit, note)
  }

  /// The mean of instances with its bootstrap interval.
  /// - Parameter strata: the stratum (scenario) of each value, nil for one; the value is the mean of the strata's
  ///   means.
  public init(
    of values: [Double], strata: [String]? = nil, protocol stamp: MetricProtocol, unit: String, note: String = "",
    seed: UInt64 = 0
  ) {
    let groups = Strata(values, strata)
    self.init(groups.mean, n: values.count, protocol: stamp, unit: unit, note: note)
    guard let interval = Bootstrap.interval(groups, seed: seed) else { return }
    (low, high) = (interval.low, interval.high)
    // A mean cannot leave its scale, whatever a symmetric interval says.
    if let scale = MetricUnit(rawValue: unit)?.scale {
      (low, high) = (max(interval.low, scale.lowerBound), min(interval.high, scale.upperBound))
    }
  }

  /// A metric that does not apply, with the reason.
  public static func notApplicable(_ reason: String, protocol stamp: MetricProtocol, unit: String) -> Estimate {
    Estimate(.nan, n: 0, protocol: stamp, unit: unit, note: reason)
  }

  /// A metric whose numbers are not judged.
  public static func notJudged(_ reason: NotJudged, protocol stamp: MetricProtocol, unit: String) -> Estimate {
    var estimate = notApplicable(reason.rawValue, protocol: stamp, unit: unit)
    estimate.notJudged = reason
    return estimate
  }

  public var isApplicable: Bool { !value.isNaN }

  /// "34.6 [30.1, 39.0]", "0.947712" or "n/a"; "n/a (moving)" of what is not judged.
  public var text: String {
    guard isApplicable else { return notJudged.map { "n/a (\($0.rawValue))" } ?? "n/a" }
    guard let low, let high else { return Self.short(value) }
    return "\(Self.short(value)) [\(Self.short(low)), \(Self.short(high))]"
  }

  /// Four significant digits.
  static func short(_ x: Double) -> String { String(format: "%.4g", locale: Locale(identifier: "en_US_POSIX"), x) }

  /// The object `score --json` prints (docs/BENCH.md, "Protocol and subject"), with the protocol added.
  public var json: Value {
    .object([
      .init("value", isApplicable ? .number(value) : .null), .init("low", Value(low)), .init("high", Value(high)),
      .init("n", Value(n)),
      .init("unit", .string(unit)), .init("note", note.isEmpty ? .null : .string(note)),
      .init("protocol", `protocol`.value),
    ])
  }
}
