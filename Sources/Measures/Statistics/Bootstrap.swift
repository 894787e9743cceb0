import Foundation

/// Bootstrap intervals of a mean over instances (Efron & Tibshirani, "An Introduction to the Bootstrap", 1993):
/// instances are resampled within strata, and training seeds outside them where a claim is about recipes
/// (`Replicates`).
public enum Bootstrap {
  public enum Method: String, Sendable, CaseIterable {
    /// Quantiles of the resampled means. Too narrow on few instances: it knows nothing of the error of its own width.
    case percentile
    /// Bias-corrected and accelerated (Efron 1987): quantiles moved for bias and skewness.
    case bca
    /// Bootstrap-t (Efron 1979; Hall 1988): quantiles of (mean* − mean)/error*, each resample measured by its own
    /// standard error. It leans with the skew, and on heavy tails leans where there is none.
    case studentised
    /// Bootstrap-t with equal arms (Hall 1988, "On symmetric bootstrap confidence intervals"): the quantile of |mean* −
    /// mean|/error*.
    case symmetric
  }

  public struct Interval: Sendable, Equatable {
    public var low, high: Double
    public var method: Method
    /// Whether zero lies outside.
    public var excludesZero: Bool { low > 0 || high < 0 }
  }

  public static let draws = 10_000

  /// The interval used when nobody asks for another: the one whose measured coverage is nearest to what it claims
  /// (`MeasuredCoverage`, docs/STATISTICS.md). Below five instances a resample too often has no error of its own to be
  /// measured by.
  public static func usual(_ count: Int) -> Method { count >= 5 ? .symmetric : .percentile }

  /// The interval of the mean of the strata's means; nil with fewer than two values in any stratum (nothing says how
  /// those vary), or a value that is not a finite number.
  /// - Parameters:
  ///   - seed: any number; the same one gives the same interval.
  ///   - level: nominal coverage, 0.95 unless told.
  ///   - method: nil for the usual one.
  public static func interval(
    _ strata: Strata, seed: UInt64 = 0, draws: Int = draws, level: Double = 0.95, method: Method? = nil
  ) -> Interval? {
    BootstrapDistribution(strata, seed: seed, draws: draws)?.interval(method ?? usual(strata.count), level: level)
  }

  /// The same over training seeds and instances, both resampled.
  public static func interval(
    _ replicates: Replicates, seed: UInt64 = 0, draws: Int = draws, level: Double = 0.95, method: Method? = nil
  ) -> Interval? {
    BootstrapDistribution(replicates, seed: seed, draws: draws)?.interval(
      method ?? usual(replicates.count), level: level)
  }

  /// Linear interpolation between order statistics (Hyndman & Fan's type 7).
  package static func quantile(_ sorted: [Double], _ p: Double) -> Double {
    let place = min(max(p, 0), 1) * Double(sorted.count - 1), i = Int(place), share = place - Double(i)
    guard i + 1 < sorted.count, share > 0 else { return sorted[i] }
    return sorted[i] + (sorted[i + 1] - sorted[i]) * share
  }
}
