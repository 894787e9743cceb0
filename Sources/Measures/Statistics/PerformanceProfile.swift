/// Share of instances at least as good as each threshold (Dolan & Moré 2002; Agarwal et al. 2021): where one variant's
/// curve lies above another's everywhere, it is better whatever one calls good enough.
public struct PerformanceProfile: Sendable, Equatable {
  public struct Point: Sendable, Equatable {
    public let threshold: Double
    /// Mean over strata of the share of instances that reach the threshold.
    public let share: Double
    /// Pointwise 95 % percentile band, stratified; equal to the share where a stratum cannot be resampled.
    public let low: Double, high: Double
  }

  /// From the easiest threshold to the hardest.
  public let points: [Point]

  /// - Parameter thresholds: any order; 32 to 64 draw a smooth curve.
  public init(
    _ strata: Strata, better: PairedComparison.Direction, thresholds: [Double], seed: UInt64 = 0, draws: Int = 2000
  ) {
    let sign = better == .higher ? 1.0 : -1.0, steps = thresholds.map { sign * $0 }.sorted()
    // How many thresholds each value reaches.
    let reached = strata.groups.map { group in group.map { value in steps.count { sign * value >= $0 } } }
    func shares(_ pick: (Int, Int) -> Int) -> [Double] {
      var shares = [Double](repeating: 0, count: steps.count)
      for (g, group) in reached.enumerated() {
        var counts = [Int](repeating: 0, count: steps.count + 1)
        for i in group.indices { counts[group[pick(g, i)]] += 1 }
        var passing = 0
        for step in steps.indices.reversed() {
          passing += counts[step + 1]
          shares[step] += Double(passing) / Double(group.count * reached.count)
        }
      }
      return shares
    }
    let observed = shares { $1 }
    guard strata.canBeResampled, draws > 0 else {
      points = steps.indices.map {
        Point(threshold: sign * steps[$0], share: observed[$0], low: observed[$0], high: observed[$0])
      }
      return
    }
    let resamples = (0..<draws).map { draw -> [Double] in
      var random = ResamplingRandom(seed: seed, draw: draw)
      return shares { g, _ in random.index(reached[g].count) }
    }
    points = steps.indices.map { step in
      let sorted = resamples.map { $0[step] }.sorted()
      return Point(
        threshold: sign * steps[step], share: observed[step], low: Bootstrap.quantile(sorted, 0.025),
        high: Bootstrap.quantile(sorted, 0.975))
    }
  }
}
