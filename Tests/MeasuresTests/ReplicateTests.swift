import Measures
import TestKit
import Testing

/// Training seeds and instances together.
@Suite struct ReplicateTests {
  static let stamp = MetricProtocol("m")

  /// Two recipes of `seeds` checkpoints on 40 instances; `gain` between them.
  private func recipes(_ seeds: Int, gain: Double, spread: Double = 0.1) -> Replicates {
    var random = SimulationRandom("recipes", seeds, 1)
    let instances = (0..<40).map { _ in random.normal() }
    func arm(_ level: Double) -> [[Double]] {
      (0..<seeds).map { _ in
        let shift = level + spread * random.normal()
        return instances.map { $0 + shift + 0.2 * random.normal() }
      }
    }
    return Replicates(arm(gain), minus: arm(0), strata: (0..<40).map { String($0 % 2) })
  }

  private func compare(_ values: Replicates) throws -> PairedComparison {
    try PairedComparison(values, better: .higher, protocol: Self.stamp, unit: "points")
  }

  /// One seed each is the ordinary paired comparison, to the bit.
  @Test func oneSeedIsThePlainComparison() throws {
    let values = recipes(1, gain: 0.3)
    let plain = try PairedComparison(
      values.a[0], values.b[0], strata: values.strata, better: .higher, protocol: Self.stamp, unit: "points")
    #expect(try compare(values) == plain)
    #expect(plain.scope == .checkpoints)
  }

  /// STATISTICS §3: a claim about recipes takes six training seeds of each; five are these checkpoints.
  @Test func sixSeedsSpeakOfRecipes() {
    #expect(recipes(5, gain: 0).scope == .checkpoints && recipes(6, gain: 0).scope == .recipes)
    #expect(Replicates(recipes(6, gain: 0).a).scope == .recipes)
    #expect(Replicates(recipes(6, gain: 0).a, minus: recipes(2, gain: 0).b).scope == .checkpoints)
  }

  /// Seeds that vary widen the interval about recipes, not that about checkpoints.
  @Test func seedsAreASecondSourceOfError() throws {
    func width(_ values: Replicates) throws -> Double {
      let d = try compare(values).difference
      return try #require(d.high) - #require(d.low)
    }
    let calm = recipes(6, gain: 0, spread: 0.01), restless = recipes(6, gain: 0, spread: 1)
    #expect(try width(restless) > 3 * width(calm))
    let few = recipes(5, gain: 0, spread: 1)
    #expect(try width(few) < width(restless) / 3)
    #expect(restless.standardError > 3 * restless.collapsed.variance.squareRoot())
  }

  /// Two-level draws keep to the mean and spread as theory has it: σ²·(K−1)/K of each level, and a little for their
  /// crossing.
  @Test func twoLevelDrawsVaryAsBothLevelsDo() throws {
    let values = recipes(8, gain: 0.2, spread: 0.5)
    let d = try #require(BootstrapDistribution(values, seed: 1, draws: 4000))
    let mean = d.means.reduce(0, +) / 4000, variance = d.means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3999
    #expect(abs(mean - values.collapsed.mean) < 0.02)
    let expected = values.seedVariance * 7 / 8 + values.collapsed.variance * 19 / 20
    #expect(variance > 0.9 * expected && variance < 1.3 * expected, "\(variance), expected \(expected)")
  }

  @Test func separatedRecipesAreClaimed() throws {
    let c = try compare(recipes(6, gain: 1))
    #expect(c.outcome == .better && c.scope == .recipes)
    // All of one recipe's six checkpoints above all of the other's: two divisions of 924 are as far apart.
    #expect(c.p == 2.0 / 924)
    #expect(try compare(Replicates(recipes(6, gain: 1).b, minus: recipes(6, gain: 1).a)).outcome == .worse)
  }

  @Test func labelPermutationsSeeOrderOnly() {
    #expect(SeedPermutation.p([1, 2, 3], [4, 5, 6]) == 2.0 / 20)
    #expect(SeedPermutation.p([1, 1, 1], [1, 1, 1]) == 1)
    #expect(SeedPermutation.p([], [1]) == 1)
    let far = SeedPermutation.p((0..<12).map { Double($0) + 100 }, (0..<12).map(Double.init))
    #expect(far == 1.0 / 10_001, "drawn, and never 0")
  }

  /// More instances do not mend seeds that differ more than the variants do; more seeds do.
  @Test func saysWhatWouldBeNeeded() throws {
    let narrow = try #require(
      compare(Replicates([(0..<40).map { Double($0 % 2) }], minus: [[Double](repeating: 0.45, count: 40)])).detectable()
    )
    // (2.80158·s/0.05)² with s² = 0.25·40/39 is 805.01.
    #expect(narrow.instances == 806 && narrow.sentence("points").contains("n ≥ 806 instances"))
    let family = DetectableDifference(
      Replicates([(0..<40).map { Double($0 % 2) }], minus: [[Double](repeating: 0.45, count: 40)]), tests: 7)
    #expect(try #require(family.instances) > 806 && family.difference > narrow.difference)
    let seeds = DetectableDifference(recipes(6, gain: 0.3, spread: 0.5))
    #expect(seeds.instances == nil && seeds.seeds ?? 0 > 6)
    #expect(seeds.sentence("").contains("training seeds"))
    let even = DetectableDifference(Replicates([[1, 2, 3, 4]], minus: [[2, 1, 4, 3]]))
    #expect(even.instances == nil && even.seeds == nil && even.sentence("").contains("no number of instances"))
  }

  /// A stratum of one instance says nothing of how its values vary.
  @Test func noIntervalFromASingleInstanceOfAScenario() throws {
    let c = try PairedComparison(
      [5, 6, 7, 8, 9, 10, 11], [1, 2, 3, 4, 5, 6, 7.5], strata: ["a", "a", "a", "a", "a", "a", "b"], better: .higher,
      protocol: Self.stamp, unit: "")
    #expect(c.difference.low == nil && c.coverage == nil && c.outcome == .noDifference && c.p < 0.05)
  }
}

@Suite struct AggregateTests {
  /// Outer quarters do not count, whatever is in them; draws are of the whole.
  @Test func interquartileMean() throws {
    #expect(InterquartileMean.value([1, 2, 3, 4, 5, 6, 7, 1000]) == 4.5)
    #expect(InterquartileMean.value([3, 1, 2]) == 2)
    #expect(InterquartileMean.value([]).isNaN)
    let names = (0..<60).map { $0 < 20 ? "few" : "many" }
    let estimate = InterquartileMean.estimate(
      Strata((0..<60).map { $0 == 7 ? 1e6 : Double($0) }, names), protocol: MetricProtocol("m"), unit: "")
    let (low, high) = (try #require(estimate.low), try #require(estimate.high))
    #expect(low < estimate.value && estimate.value < high && high < 60)
    // Nothing varies within strata that are constant, so nothing varies.
    let still = InterquartileMean.estimate(
      Strata((0..<40).map { $0 < 20 ? 1 : 2 }, names.prefix(40).map { $0 }), protocol: MetricProtocol("m"), unit: "")
    #expect(still.low == 1.5 && still.high == 1.5)
  }

  @Test func performanceProfilesFall() {
    let values = Strata((0..<10).map(Double.init))
    let up = PerformanceProfile(values, better: .higher, thresholds: [0, 2.5, 5, 9, 10])
    #expect(up.points.map(\.share) == [1, 0.7, 0.5, 0.1, 0])
    #expect(up.points.allSatisfy { $0.low <= $0.share && $0.share <= $0.high } && up.points[2].high > 0.6)
    let down = PerformanceProfile(values, better: .lower, thresholds: [0, 2.5, 9])
    #expect(down.points.map(\.threshold) == [9, 2.5, 0] && down.points.map(\.share) == [1, 0.3, 0.1])
    // A large stratum does not outvote a small one.
    let mixed = PerformanceProfile(
      Strata([1, 1, 1, 1, 0, 0], ["a", "a", "a", "a", "b", "b"]), better: .higher, thresholds: [0.5])
    #expect(mixed.points[0].share == 0.5)
  }

  /// Bouthillier et al.: 29 pairs to tell .75 from ½ at α = β = .05.
  @Test func noethersPairs() { #expect(ProbabilityOfImprovement.pairs() == 29) }

  @Test func improvementCountsTiesHalf() {
    func p(_ a: [Double], _ b: [Double]) -> Estimate {
      ProbabilityOfImprovement.estimate(Replicates([a], minus: [b]), better: .higher, protocol: MetricProtocol("m"))
    }
    #expect(p([1, 2, 3, 4], [0, 2, 4, 3]).value == 0.625)
    #expect(p([1, 2], [0, 0]).low == 1)
  }

  @Test func holmNeverFallsBelow() {
    #expect(Holm.adjusted([0.01, 0.04, 0.03, 0.005]) == [0.03, 0.06, 0.06, 0.02])
    #expect(Holm.adjusted([]).isEmpty)
    #expect(Holm.adjusted([0.5, 0.9]) == [1, 1])
  }

  /// The table reports quote: nearest simulated size below, and the row of the shape at hand.
  @Test func coverageIsLookedUpBelow() {
    let c = MeasuredCoverage(.studentised, n: 99, skewness: 0)
    #expect(c.n == 30 && c.shape == .normal && c.value == c.normal && !c.isBeyond)
    #expect(MeasuredCoverage(.bca, n: 16, skewness: -2).shape == .lognormal)
    #expect(
      MeasuredCoverage(.percentile, n: 3, skewness: 0).isBeyond
        && !MeasuredCoverage(.percentile, n: 3, skewness: 0).isNominal)
    for method in Bootstrap.Method.allCases {
      for n in MeasuredCoverage.sizes {
        for skew in [0.0, 2] { #expect((0.5...1).contains(MeasuredCoverage(method, n: n, skewness: skew).value)) }
      }
    }
  }
}
