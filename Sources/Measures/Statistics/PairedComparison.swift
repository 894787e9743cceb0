import Files

/// Which of two variants is better on one metric, over the same instances: claimed only when the 95 % interval excludes
/// zero **and** the permutation test gives p < .05 (STATISTICS §3).
public struct PairedComparison: Sendable, Equatable {
  public enum Direction: String, Sendable { case higher, lower }
  public enum Outcome: String, Sendable { case better, worse, noDifference = "no difference" }

  /// Mean of a − b with its interval.
  public let difference: Estimate
  /// The kind of that interval; nil where there is none.
  public let method: Bootstrap.Method?
  /// Two-sided: sign flips over instances for checkpoints, divisions of the training seeds for recipes.
  public let p: Double
  /// Of a against b.
  public let outcome: Outcome
  /// What the outcome is about.
  public let scope: Replicates.Scope
  /// P(a does better than b on an instance).
  public let probability: Estimate
  /// What intervals like this one have been seen to cover; nil without an interval.
  public let coverage: MeasuredCoverage?
  private let values: Replicates

  /// Training seeds of a and b.
  public var seeds: (a: Int, b: Int) { (values.a.count, values.b.count) }

  /// - Parameters:
  ///   - a, b: one value an instance, in the same order.
  ///   - better: which direction the metric calls better.
  /// - Throws: `Problem` when the instances cannot be paired.
  public init(
    _ a: [Double], _ b: [Double], strata: [String]? = nil, better: Direction, protocol stamp: MetricProtocol,
    unit: String, seed: UInt64 = 0
  ) throws {
    guard a.count == b.count, strata.map({ $0.count == a.count }) ?? true else {
      throw Problem(
        "\(a.count) and \(b.count) instances cannot be paired", at: stamp.metric,
        fix: "bench both on the same instances")
    }
    try self.init(Replicates([a], minus: [b], strata: strata), better: better, protocol: stamp, unit: unit, seed: seed)
  }

  /// Two variants of one training seed or several.
  /// - Throws: `Problem` when there is no instance.
  public init(
    _ values: Replicates, better: Direction, protocol stamp: MetricProtocol, unit: String, seed: UInt64 = 0,
    draws: Int = Bootstrap.draws
  ) throws {
    precondition(!values.b.isEmpty, "there is nothing to compare with")
    guard values.count > 0 else { throw Problem("there are no instances to compare", at: stamp.metric) }
    self.values = values
    scope = values.scope
    let interval = Bootstrap.interval(values, seed: seed, draws: draws), deltas = values.collapsed
    var difference = Estimate(deltas.mean, n: values.count, protocol: stamp, unit: unit)
    (difference.low, difference.high) = (interval?.low, interval?.high)
    (self.difference, method) = (difference, interval?.method)
    coverage = interval.map { MeasuredCoverage($0.method, n: values.count, skewness: deltas.skewness) }
    p = Self.p(values, seed: seed, draws: draws)
    probability = ProbabilityOfImprovement.estimate(values, better: better, protocol: stamp, seed: seed, draws: draws)
    guard let interval, interval.excludesZero, p < 0.05 else {
      outcome = .noDifference
      return
    }
    outcome = (interval.low > 0) == (better == .higher) ? .better : .worse
  }

  /// The test alone: sign flips over instances, or divisions of training seeds where the values speak of recipes.
  public static func p(_ values: Replicates, seed: UInt64 = 0, draws: Int = Bootstrap.draws) -> Double {
    guard values.scope == .recipes else { return SignFlip.p(values.collapsed, seed: seed, draws: draws) }
    let means = values.seedMeans
    return SeedPermutation.p(means.a, means.b, seed: seed, draws: draws)
  }

  /// What this comparison could have claimed, and what it would take to claim the difference it saw.
  /// - Parameter tests: size of the family p is adjusted over.
  public func detectable(tests: Int = 1) -> DetectableDifference? {
    values.standardError.isFinite ? DetectableDifference(values, tests: tests) : nil
  }

  public var json: Value {
    .object([
      .init("difference", difference.json), .init("p", .number(p)), .init("verdict", .string(outcome.rawValue)),
      .init("scope", .string(scope.rawValue)),
      .init("interval", Value(method?.rawValue)), .init("measured_coverage", coverage?.json ?? .null),
      .init("probability_of_improvement", probability.json),
    ])
  }
}
