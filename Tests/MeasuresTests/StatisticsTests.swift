import Files
import Measures
import Testing

@Suite struct StatisticsTests {
  static let stamp = MetricProtocol("m")

  /// Worked by hand: .5, .2, .3, −.1, .4 → p = 4/32.
  @Test func signFlipVector() { #expect(SignFlip.p(Strata([0.5, 0.2, 0.3, -0.1, 0.4])) == 4.0 / 32) }

  /// The least p there is: 2/2ⁿ.
  @Test func signFlipCannotBeSurprisedByFewInstances() {
    for n in 1...16 { #expect(SignFlip.p(Strata((1...n).map(Double.init))) == 2 / Double(1 << n)) }
    #expect(SignFlip.p(Strata([0, 0, 0])) == 1)
    #expect(SignFlip.p(Strata([])) == 1)
  }

  @Test func sampledSignFlipsAgreeWithExactOnes() {
    var random = TestRandom(state: 5)
    let small = (0..<16).map { _ in random.normal() + 0.4 }
    // Seventeen values of which one is zero have the p of the sixteen others.
    #expect(abs(SignFlip.p(Strata(small)) - SignFlip.p(Strata(small + [0]))) < 0.012)
  }

  @Test func intervalsCoverAndNarrow() throws {
    var random = TestRandom(state: 9)
    var covered = 0, trials = 200
    for trial in 0..<trials {
      let values = (0..<30).map { _ in random.normal() + 3 }
      let interval = try #require(Bootstrap.interval(Strata(values), seed: UInt64(trial), draws: 1000))
      #expect(interval.method == .symmetric)
      if interval.low <= 3 && 3 <= interval.high { covered += 1 }
    }
    #expect(covered >= 178 && covered <= 199, "\(covered) of \(trials)")
    trials = 0
    func width(_ n: Int) throws -> Double {
      let i = try #require(Bootstrap.interval(Strata((0..<n).map { Double($0 % 10) })))
      return i.high - i.low
    }
    let ratio = try width(100) / width(400)
    #expect(abs(ratio - 2) < 0.1)
  }

  /// For a mean of many values the percentile interval is mean ± 1.96·σ/√n.
  @Test func thePercentileIntervalIsTheNormalOne() throws {
    let values = (0..<200).map { Double($0 % 20) }
    let m = values.reduce(0, +) / 200, sd = (values.reduce(0) { $0 + ($1 - m) * ($1 - m) } / 200).squareRoot()
    for method in Bootstrap.Method.allCases {
      let interval = try #require(Bootstrap.interval(Strata(values), seed: 4, method: method))
      #expect(abs(interval.low - (m - 1.96 * sd / 200.0.squareRoot())) < 0.03)
      #expect(abs(interval.high - (m + 1.96 * sd / 200.0.squareRoot())) < 0.03)
    }
  }

  @Test func bcaLeansWithTheSkew() throws {
    let skewed = Strata((0..<25).map { $0 == 0 ? 20.0 : 0 + Double($0) * 0.01 })
    let plain = try #require(Bootstrap.interval(skewed, method: .percentile)),
      corrected = try #require(Bootstrap.interval(skewed, method: .bca))
    #expect(corrected.high > plain.high)
  }

  @Test func theSameSeedGivesTheSameInterval() {
    let values = Strata((0..<40).map { Double($0 * $0 % 17) })
    #expect(Bootstrap.interval(values, seed: 1) == Bootstrap.interval(values, seed: 1))
    #expect(Bootstrap.interval(values, seed: 1) != Bootstrap.interval(values, seed: 2))
  }

  @Test func strataCountAlike() throws {
    let values = [Double](repeating: 10, count: 90) + [Double](repeating: 0, count: 10)
    let names = [String](repeating: "a", count: 90) + [String](repeating: "b", count: 10)
    let estimate = Estimate(of: values, strata: names, protocol: Self.stamp, unit: "")
    #expect(estimate.value == 5 && estimate.low == 5 && estimate.high == 5)  // nothing varies within a stratum
    #expect(Estimate(of: [3], protocol: Self.stamp, unit: "").low == nil)
    #expect(Bootstrap.interval(Strata([1, .nan, 2])) == nil)
  }

  @Test func aClaimNeedsBothIntervalAndTest() throws {
    func verdict(_ deltas: [Double], better: PairedComparison.Direction = .higher) throws -> PairedComparison {
      try PairedComparison(
        deltas.map { 50 + $0 }, deltas.map { _ in 50 }, better: better, protocol: Self.stamp, unit: "points")
    }
    #expect(try verdict((0..<20).map { 5 + Double($0 % 3) }).outcome == .better)
    #expect(try verdict((0..<20).map { 5 + Double($0 % 3) }, better: .lower).outcome == .worse)
    #expect(try verdict((0..<20).map { $0 % 2 == 0 ? 5 : -5 }).outcome == .noDifference)
    // Five instances all ahead: the interval excludes zero, but p cannot go below 2/32.
    let five = try verdict([4, 5, 6, 5, 4])
    #expect(try #require(five.difference.low) > 0)
    #expect(five.p == 0.0625 && five.outcome == .noDifference)
    #expect(throws: Problem.self) {
      try PairedComparison([1, 2], [1], better: .higher, protocol: Self.stamp, unit: "")
    }
    #expect(throws: Problem.self) { try PairedComparison([], [], better: .higher, protocol: Self.stamp, unit: "") }
  }
}
