import Foundation

/// What resampling says of a mean: its resampled values, and all that every kind of interval is read from.
package struct BootstrapDistribution: Sendable {
  /// The statistic on the data itself, and its standard error.
  package let centre: Double, error: Double
  /// The statistic on each resample, ascending.
  package let means: [Double]
  /// (mean* − centre)/error* of each resample, ascending; infinite where a resample repeats one value.
  package let pivots: [Double]
  /// Efron's a: a sixth of the skewness of the influences.
  package let acceleration: Double

  package init(centre: Double, error: Double, means: [Double], pivots: [Double] = [], acceleration: Double) {
    (self.centre, self.error, self.acceleration) = (centre, error, acceleration)
    (self.means, self.pivots) = (means.sorted(), pivots.sorted())
  }

  /// Instances resampled within their strata; nil when a stratum has fewer than two, or a value is not finite.
  package init?(_ strata: Strata, seed: UInt64, draws: Int) {
    guard strata.canBeResampled else { return nil }
    let error = strata.variance.squareRoot(), centre = strata.mean, centred = strata.centred
    var means: [Double] = [], pivots: [Double] = []
    means.reserveCapacity(draws)
    pivots.reserveCapacity(draws)
    for draw in 0..<draws {
      var random = ResamplingRandom(seed: seed, draw: draw)
      let (shift, variance) = Self.resample(centred, &random)
      means.append(centre + shift)
      pivots.append(Self.pivot(shift, variance))
    }
    self.init(
      centre: centre, error: error, means: means, pivots: pivots, acceleration: Self.acceleration(strata.influences))
  }

  /// One resample of instances: how far the mean of the strata's means moved, and its variance by the resample itself.
  /// - Parameter groups: each stratum's values less one number of its own, which only keeps the sums of squares exact.
  static func resample(_ groups: [[Double]], _ random: inout ResamplingRandom) -> (shift: Double, variance: Double) {
    var shift = 0.0, variance = 0.0
    for group in groups {
      let (sum, squares) = group.withUnsafeBufferPointer { values in random.sums(values.baseAddress!, values.count) }
      let n = Double(group.count)
      shift += sum / n
      variance += max(0, squares - sum * sum / n) / (n * (n - 1))
    }
    let strata = Double(groups.count)
    return (shift / strata, variance / (strata * strata))
  }

  static func pivot(_ shift: Double, _ variance: Double) -> Double {
    variance > 0 ? shift / variance.squareRoot() : shift == 0 ? 0 : shift * .infinity
  }

  static func acceleration(_ influences: [Double]) -> Double {
    var cubes = 0.0, squares = 0.0
    for l in influences {
      cubes += l * l * l
      squares += l * l
    }
    return squares > 0 ? cubes / (6 * pow(squares, 1.5)) : 0
  }

  /// The interval of one kind. A kind that cannot be had falls back on percentiles and says so: BCa when every resample
  /// lies on one side, studentised when too many resamples repeat one value.
  package func interval(_ method: Bootstrap.Method, level: Double = 0.95) -> Bootstrap.Interval {
    let tail = (1 - level) / 2
    func read(_ low: Double, _ high: Double) -> Bootstrap.Interval {
      Bootstrap.Interval(
        low: Bootstrap.quantile(means, low), high: Bootstrap.quantile(means, high), method: .percentile)
    }
    switch method {
    case .percentile: break
    case .bca:
      guard let (low, high) = corrected(tail) else { break }
      var interval = read(low, high)
      interval.method = .bca
      return interval
    case .studentised:
      guard !pivots.isEmpty else { break }
      // The upper pivots give the lower end: a mean* far above its centre says that the centre may lie as far above the
      // truth.
      let low = centre - Bootstrap.quantile(pivots, 1 - tail) * error,
        high = centre - Bootstrap.quantile(pivots, tail) * error
      guard low.isFinite, high.isFinite else { break }
      return Bootstrap.Interval(low: low, high: high, method: .studentised)
    case .symmetric:
      guard !pivots.isEmpty else { break }
      let arm = Bootstrap.quantile(pivots.map(abs).sorted(), level) * error
      guard arm.isFinite else { break }
      return Bootstrap.Interval(low: centre - arm, high: centre + arm, method: .symmetric)
    }
    return read(tail, 1 - tail)
  }

  /// BCa's two levels (Efron & Tibshirani 1993, eq. 14.10), or nil when all resamples lie on one side of the centre.
  private func corrected(_ tail: Double) -> (Double, Double)? {
    let below = Double(means.count { $0 < centre }), ties = Double(means.count { $0 == centre })
    let share = (below + ties / 2) / Double(means.count)
    guard share > 0, share < 1 else { return nil }
    let bias = Normal.quantile(share)
    func level(_ z: Double) -> Double { Normal.distribution(bias + (bias + z) / (1 - acceleration * (bias + z))) }
    return (level(Normal.quantile(tail)), level(Normal.quantile(1 - tail)))
  }
}
