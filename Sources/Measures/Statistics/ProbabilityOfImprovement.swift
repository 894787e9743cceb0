import Foundation

/// P(A > B): the chance that A does better than B on an instance drawn at random, ties counted ½ (Bouthillier et al.
/// 2021, "Accounting for variance in machine learning benchmarks", who call .75 worth claiming).
///
/// It cannot see by how much: a hair's breadth on every instance gives 1.
public enum ProbabilityOfImprovement {
  /// What Bouthillier et al. ask of a meaningful improvement.
  public static let meaningful = 0.75

  /// Of a over b, every pair of their training seeds counted, with a percentile interval over instances (it stays
  /// within 0…1).
  public static func estimate(
    _ values: Replicates, better: PairedComparison.Direction, protocol stamp: MetricProtocol, seed: UInt64 = 0,
    draws: Int = Bootstrap.draws
  ) -> Estimate {
    let sign = better == .higher ? 1.0 : -1.0, pairs = Double(values.a.count * values.b.count)
    let wins = (0..<values.count).map { i in
      values.a.reduce(0) { total, a in
        total + values.b.reduce(0) { $0 + (a[i] == $1[i] ? 0.5 : sign * (a[i] - $1[i]) > 0 ? 1 : 0) }
      } / pairs
    }
    let strata = Strata(wins, values.strata)
    var estimate = Estimate(strata.mean, n: wins.count, protocol: stamp, unit: "probability")
    if let interval = Bootstrap.interval(strata, seed: seed, draws: draws, method: .percentile) {
      (estimate.low, estimate.high) = (interval.low, interval.high)
    }
    return estimate
  }

  /// Pairs needed to tell P(A > B) = `probability` from ½ (Noether 1987): ((z₁₋α + z_power)² / (6·(p − ½)²), rounded
  /// up.
  /// - Parameter alpha: one-sided.
  public static func pairs(for probability: Double = meaningful, alpha: Double = 0.05, power: Double = 0.95) -> Int {
    let z = Normal.quantile(1 - alpha) + Normal.quantile(power), distance = probability - 0.5
    return Int((z * z / (6 * distance * distance)).rounded(.up))
  }
}
