/// Sign-flip permutation test of a mean paired difference: under the null each difference is as likely with either
/// sign.
///
/// p = share of sign patterns whose |mean| reaches the observed one; all 2ⁿ patterns when n ≤ 16, else
/// (1 + hits)/(1 + draws) over random ones (Phipson & Smyth 2010). With n = 5 no p below 2/32 exists.
public enum SignFlip {
  public static let exactLimit = 16

  /// Two-sided p ∈ (0, 1]; 1 when there is nothing to test.
  public static func p(_ differences: Strata, seed: UInt64 = 0, draws: Int = Bootstrap.draws) -> Double {
    let parts = differences.contributions
    guard !parts.isEmpty, parts.allSatisfy(\.isFinite) else { return 1 }
    // Patterns that tie with the observed sum must count although they were added in another order.
    let slack = 1e-12 * parts.reduce(0) { $0 + abs($1) }
    let observed = abs(parts.reduce(0, +)) - slack
    return parts.count <= exactLimit ? exact(parts, observed) : sampled(parts, observed, seed, draws)
  }

  private static func exact(_ parts: [Double], _ observed: Double) -> Double {
    var hits = 0
    for pattern in 0..<(1 << parts.count) {
      var sum = 0.0
      for (i, part) in parts.enumerated() { sum += pattern >> i & 1 == 1 ? -part : part }
      if abs(sum) >= observed { hits += 1 }
    }
    return Double(hits) / Double(1 << parts.count)
  }

  private static func sampled(_ parts: [Double], _ observed: Double, _ seed: UInt64, _ draws: Int) -> Double {
    var hits = 0
    for draw in 0..<draws {
      var random = ResamplingRandom(seed: seed ^ 0x5157_4E46_4C49_5000, draw: draw)
      var sum = 0.0, signs: UInt64 = 0
      for (i, part) in parts.enumerated() {
        if i & 63 == 0 { signs = random.bits() }
        // The sign bit is drawn, not branched on: half of all branches would be guessed wrong.
        sum += Double(bitPattern: part.bitPattern ^ (signs << 63))
        signs >>= 1
      }
      if abs(sum) >= observed { hits += 1 }
    }
    return Double(1 + hits) / Double(1 + draws)
  }
}
