import Foundation

/// Bootstrap intervals of a mean over instances, resampled within strata (Efron & Tibshirani, "An Introduction to the Bootstrap", 1993).
public enum Bootstrap {
  public enum Method: String, Sendable { case percentile, bca }

  public struct Interval: Sendable, Equatable {
    public var low, high: Double
    public var method: Method
    /// Whether zero lies outside.
    public var excludesZero: Bool { low > 0 || high < 0 }
  }

  public static let draws = 10_000

  /// The 95 % interval of the mean; nil with fewer than two values, or a value that is not a number.
  ///
  /// BCa (bias-corrected and accelerated, Efron 1987) from 20 values on, else percentile.
  /// - Parameters:
  ///   - seed: any number; the same one gives the same interval.
  ///   - method: nil chooses by n.
  public static func interval(
    _ strata: Strata, seed: UInt64 = 0, draws: Int = draws, level: Double = 0.95, method: Method? = nil
  ) -> Interval? {
    guard strata.count >= 2, strata.groups.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return nil }
    let means = resampledMeans(strata, seed: seed, draws: draws).sorted()
    let tail = (1 - level) / 2
    let chosen = method ?? (strata.count >= 20 ? .bca : .percentile)
    guard chosen == .bca, let (lower, upper) = corrected(strata, means, tail) else {
      return Interval(low: quantile(means, tail), high: quantile(means, 1 - tail), method: .percentile)
    }
    return Interval(low: quantile(means, lower), high: quantile(means, upper), method: .bca)
  }

  /// The interval of the mean difference a − b of paired instances.
  public static func paired(_ a: [Double], _ b: [Double], strata: [String]? = nil, seed: UInt64 = 0) -> Interval? {
    precondition(a.count == b.count, "\(a.count) and \(b.count) instances cannot be paired")
    return interval(Strata(zip(a, b).map(-), strata), seed: seed)
  }

  /// Means of `draws` resamples, each stratum drawn with replacement to its own size.
  static func resampledMeans(_ strata: Strata, seed: UInt64, draws: Int) -> [Double] {
    var random = ResamplingRandom(seed: seed)
    return (0..<draws).map { _ in
      var total = 0.0
      for group in strata.groups {
        let sum = group.withUnsafeBufferPointer { values in
          var sum = 0.0
          for _ in 0..<values.count { sum += values[random.index(values.count)] }
          return sum
        }
        total += sum / Double(group.count)
      }
      return total / Double(strata.groups.count)
    }
  }

  /// BCa's two levels, or nil when all resamples agree and there is nothing to correct.
  private static func corrected(_ strata: Strata, _ sorted: [Double], _ tail: Double) -> (Double, Double)? {
    let centre = strata.mean, count = Double(sorted.count)
    let below = Double(sorted.count { $0 < centre }), ties = Double(sorted.count { $0 == centre })
    let share = (below + ties / 2) / count
    guard share > 0, share < 1 else { return nil }
    let bias = Normal.quantile(share)
    // Acceleration from the influence of each value; for a mean this is the jackknife's.
    var cubes = 0.0, squares = 0.0
    for group in strata.groups {
      let mean = Strata.mean(group), n = Double(group.count)
      for value in group {
        let influence = (value - mean) / n
        cubes += influence * influence * influence
        squares += influence * influence
      }
    }
    guard squares > 0 else { return nil }
    let acceleration = cubes / (6 * pow(squares, 1.5))
    func level(_ z: Double) -> Double { Normal.distribution(bias + (bias + z) / (1 - acceleration * (bias + z))) }
    return (level(Normal.quantile(tail)), level(Normal.quantile(1 - tail)))
  }

  /// Linear interpolation between order statistics (Hyndman & Fan's type 7).
  static func quantile(_ sorted: [Double], _ p: Double) -> Double {
    let place = min(max(p, 0), 1) * Double(sorted.count - 1), i = Int(place)
    guard i + 1 < sorted.count else { return sorted[sorted.count - 1] }
    return sorted[i] + (sorted[i + 1] - sorted[i]) * (place - Double(i))
  }
}
