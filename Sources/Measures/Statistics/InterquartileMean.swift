/// Mean of the middle half: a quarter of the values, rounded down, is left out at each end (Agarwal et al. 2021, "Deep
/// Reinforcement Learning at the Edge of the Statistical Precipice"). It hears less of outliers than the mean and
/// wastes less than the median.
///
/// It cannot see what happens in the outer quarters: a model that fails on every fifth instance keeps its interquartile
/// mean.
public enum InterquartileMean {
  /// NaN when empty.
  public static func value(_ values: [Double]) -> Double {
    let sorted = values.sorted(), cut = sorted.count / 4
    return Strata.mean(Array(sorted[cut..<sorted.count - cut]))
  }

  /// The pooled values' interquartile mean with its stratified percentile bootstrap: each stratum is resampled to its
  /// own size.
  public static func estimate(
    _ strata: Strata, protocol stamp: MetricProtocol, unit: String, seed: UInt64 = 0, draws: Int = Bootstrap.draws
  ) -> Estimate {
    let values = strata.groups.flatMap { $0 }
    var estimate = Estimate(value(values), n: values.count, protocol: stamp, unit: unit)
    guard strata.canBeResampled else { return estimate }
    // A resample is how often each place of the sorted values was drawn: nothing is sorted again.
    let order = values.indices.sorted { values[$0] < values[$1] }, sorted = order.map { values[$0] }
    var rank = order
    for (place, i) in order.enumerated() { rank[i] = place }
    let middle = values.count / 4..<values.count - values.count / 4
    var times = [Int](repeating: 0, count: values.count)
    let means = (0..<draws).map { draw -> Double in
      var random = ResamplingRandom(seed: seed, draw: draw), start = 0
      for i in times.indices { times[i] = 0 }
      for group in strata.groups {
        for _ in group { times[rank[start + random.index(group.count)]] += 1 }
        start += group.count
      }
      var passed = 0, sum = 0.0
      for (place, repeats) in times.enumerated() where repeats > 0 {
        let inside = min(passed + repeats, middle.upperBound) - max(passed, middle.lowerBound)
        if inside > 0 { sum += Double(inside) * sorted[place] }
        passed += repeats
      }
      return sum / Double(middle.count)
    }.sorted()
    (estimate.low, estimate.high) = (Bootstrap.quantile(means, 0.025), Bootstrap.quantile(means, 0.975))
    return estimate
  }
}
