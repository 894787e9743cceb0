/// Permutation test of two recipes by their checkpoints' scores: if the recipes are alike, every division of the
/// checkpoints into two groups of these sizes is as likely as the one that happened (Fisher 1935; Phipson & Smyth 2010
/// for the sampled p).
///
/// Sign flips over seed pairs would need seeds to be pairs, and have no p below 2/2⁶ = 0.031 with six; divisions of
/// twelve checkpoints go down to 2/924.
public enum SeedPermutation {
  /// Divisions enumerated at most; beyond, they are drawn.
  public static let exactLimit = 1 << 16

  /// Two-sided p ∈ (0, 1] of mean(a) − mean(b); 1 when there is nothing to test.
  public static func p(_ a: [Double], _ b: [Double], seed: UInt64 = 0, draws: Int = Bootstrap.draws) -> Double {
    let pooled = a + b
    guard !a.isEmpty, !b.isEmpty, pooled.allSatisfy(\.isFinite) else { return 1 }
    let centre = Strata.mean(pooled), values = pooled.map { $0 - centre }
    // The pooled mean is 0, so the difference of means is proportional to the first group's sum.
    let slack = 1e-12 * values.reduce(0) { $0 + abs($1) }
    let observed = abs(values.prefix(a.count).reduce(0, +)) - slack
    return divisions(pooled.count, a.count) <= exactLimit
      ? exact(values, a.count, observed) : sampled(values, a.count, observed, seed, draws)
  }

  /// n over k, or more than the limit.
  static func divisions(_ n: Int, _ k: Int) -> Int {
    var count = 1
    for i in 0..<min(k, n - k) {
      count = count * (n - i) / (i + 1)
      if count > exactLimit { return count }
    }
    return count
  }

  private static func exact(_ values: [Double], _ size: Int, _ observed: Double) -> Double {
    var chosen = Array(0..<size), hits = 0, total = 0
    while true {
      total += 1
      if abs(chosen.reduce(0) { $0 + values[$1] }) >= observed { hits += 1 }
      // The next combination in lexicographic order.
      guard let place = chosen.indices.last(where: { chosen[$0] < values.count - size + $0 }) else { break }
      chosen[place] += 1
      for i in place + 1..<max(place + 1, size) { chosen[i] = chosen[i - 1] + 1 }
    }
    return Double(hits) / Double(total)
  }

  private static func sampled(
    _ values: [Double], _ size: Int, _ observed: Double, _ seed: UInt64, _ draws: Int
  ) -> Double {
    var hits = 0
    for draw in 0..<draws {
      var random = ResamplingRandom(seed: seed ^ 0x5345_4544_5045_524D, draw: draw), pool = values, sum = 0.0
      for i in 0..<size {
        pool.swapAt(i, i + random.index(pool.count - i))
        sum += pool[i]
      }
      if abs(sum) >= observed { hits += 1 }
    }
    return Double(1 + hits) / Double(1 + draws)
  }
}
