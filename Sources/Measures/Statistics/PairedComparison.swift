import Files

/// Which of two variants is better on one metric, over the same instances: claimed only when the 95 % interval excludes zero
/// **and** the sign-flip test gives p < .05 (METRICS §7).
public struct PairedComparison: Sendable, Equatable {
  public enum Direction: String, Sendable { case higher, lower }
  public enum Verdict: String, Sendable { case better, worse, noDifference = "no difference" }

  /// Mean of a − b with its interval.
  public let difference: Estimate
  /// Two-sided sign-flip p.
  public let p: Double
  /// Of a against b.
  public let verdict: Verdict

  /// - Parameters:
  ///   - a, b: one value an instance, in the same order.
  ///   - better: which direction the metric calls better.
  /// - Throws: `Problem` when the instances cannot be paired.
  public init(
    _ a: [Double], _ b: [Double], strata: [String]? = nil, better: Direction, protocol stamp: MetricProtocol, unit: String, seed: UInt64 = 0
  ) throws {
    guard a.count == b.count, strata.map({ $0.count == a.count }) ?? true else {
      throw Problem("\(a.count) and \(b.count) instances cannot be paired", at: stamp.metric, fix: "bench both on the same instances")
    }
    guard !a.isEmpty else { throw Problem("there are no instances to compare", at: stamp.metric) }
    let deltas = zip(a, b).map(-)
    difference = Estimate(of: deltas, strata: strata, protocol: stamp, unit: unit, seed: seed)
    p = SignFlip.p(Strata(deltas, strata), seed: seed)
    guard let low = difference.low, let high = difference.high, low > 0 || high < 0, p < 0.05 else {
      verdict = .noDifference
      return
    }
    verdict = (low > 0) == (better == .higher) ? .better : .worse
  }

  /// "A is better than B on physics_tol5: 12.3 [8.1, 16.0] points of 100, p = 0.0001, n = 100".
  public func sentence(_ a: String, _ b: String) -> String {
    let figures = "\(difference.text) \(difference.unit), p = \(Estimate.short(p)), n = \(difference.n)"
    switch verdict {
    case .better: return "\(a) is better than \(b) on \(difference.protocol.metric): \(figures)"
    case .worse: return "\(a) is worse than \(b) on \(difference.protocol.metric): \(figures)"
    case .noDifference: return "no difference between \(a) and \(b) on \(difference.protocol.metric) can be claimed: \(figures)"
    }
  }

  public var json: Value { .object([.init("difference", difference.json), .init("p", .number(p)), .init("verdict", .string(verdict.rawValue))]) }
}
