import Files
import Foundation
import Measures
import TestKit
import Testing

/// Against what scipy, scikit-learn and statsmodels computed: Tests/Interop/oracle_stats.py freezes it, `make interop`
/// checks that they still say so.
@Suite struct OracleStatisticsTests {
  private let oracle: Value
  init() throws { oracle = try Fixture.json("statistics/oracle.json") }

  private func cases(_ name: String) throws -> [Value] { try oracle.items(name) }
  private func numbers(_ value: Value?) throws -> [Double] { try #require(value).numbers() }
  private func number(_ value: Value?) throws -> Double { try #require(value?.double) }

  /// The same resampled means give the same interval, to rounding.
  @Test func intervalsOfGivenResamples() throws {
    for item in try cases("exact_intervals") {
      let data = try Strata(numbers(item["data"]))
      let whole = try #require(BootstrapDistribution(data, seed: 0, draws: 1))
      let given = BootstrapDistribution(
        centre: data.mean, error: whole.error, means: try numbers(item["means"]), acceleration: whole.acceleration)
      for method in [Bootstrap.Method.percentile, .bca] {
        let interval = given.interval(method), expected = try numbers(item[method.rawValue])
        #expect(interval.method == method)
        #expect(
          abs(interval.low - expected[0]) < 1e-9 && abs(interval.high - expected[1]) < 1e-9,
          "\(method): \(interval), scipy \(expected)")
      }
    }
  }

  /// Other draws of the same bootstrap: ends within 4 % of the interval's width.
  @Test func intervalsOfOwnResamples() throws {
    for item in try cases("drawn_intervals") {
      let data = try Strata(numbers(item["data"]))
      for method in Bootstrap.Method.allCases {
        let interval = try #require(Bootstrap.interval(data, seed: 3, method: method)),
          expected = try numbers(item[method.rawValue])
        let slack = 0.04 * (expected[1] - expected[0])
        #expect(
          abs(interval.low - expected[0]) < slack && abs(interval.high - expected[1]) < slack,
          "\(method): \(interval), oracle \(expected)")
      }
    }
  }

  @Test func permutations() throws {
    for item in try cases("sign_flips") {
      let p = try SignFlip.p(Strata(numbers(item["data"]))), expected = try number(item["p"])
      #expect(abs(p - expected) < (item["exact"] == .bool(true) ? 1e-12 : 0.01), "\(p), scipy \(expected)")
    }
    for item in try cases("label_permutations") {
      let p = try SeedPermutation.p(numbers(item["a"]), numbers(item["b"])), expected = try number(item["p"])
      #expect(abs(p - expected) < (item["exact"] == .bool(true) ? 1e-12 : 0.01), "\(p), scipy \(expected)")
    }
  }

  @Test func holm() throws {
    let adjusted = try Holm.adjusted(numbers(oracle["holm"]?["p"])), expected = try numbers(oracle["holm"]?["adjusted"])
    #expect(largestDifference(adjusted, expected) < 1e-12)
  }

  @Test func moments() throws {
    for item in try cases("interquartile") {
      #expect(try abs(InterquartileMean.value(numbers(item["data"])) - number(item["value"])) < 1e-12)
    }
    for item in try cases("skewness") {
      #expect(try abs(Strata(numbers(item["data"])).skewness - number(item["value"])) < 1e-9)
    }
  }

  @Test func probabilityOfImprovement() throws {
    let item = try #require(oracle["improvement"])
    let (a, b) = (try #require(item["a"]?.array), try #require(item["b"]?.array))
    let values = Replicates(try a.map(numbers), minus: try b.map(numbers))
    let estimate = ProbabilityOfImprovement.estimate(values, better: .higher, protocol: MetricProtocol("m"))
    #expect(try abs(estimate.value - number(item["value"])) < 1e-12)
    #expect(
      abs(
        ProbabilityOfImprovement.estimate(values, better: .lower, protocol: MetricProtocol("m")).value
          - (1 - estimate.value)) < 1e-12)
  }

  @Test func bradleyTerry() throws {
    let item = try #require(oracle["bradley_terry"]), wins = try #require(item["wins"]?.array).map(numbers)
    let strengths = try #require(BradleyTerry.strengths(wins)), expected = try numbers(item["strengths"])
    #expect(largestDifference(strengths, expected) < 1e-6, "\(strengths), scikit-learn \(expected)")
  }

  /// The normal approximation statsmodels solves exactly; ours rounds up.
  @Test func instancesNeeded() throws {
    for item in try cases("instances") {
      // 400 values of mean e and standard deviation 1.
      let effect = try number(item["effect"]), spread = (399.0 / 400).squareRoot()
      let values = Replicates(
        [(0..<400).map { effect + ($0 % 2 == 0 ? spread : -spread) }], minus: [[Double](repeating: 0, count: 400)])
      #expect(try DetectableDifference(values).instances == Int(number(item["n"]).rounded(.up)))
    }
    for item in try cases("noether") {
      #expect(try Double(ProbabilityOfImprovement.pairs(for: number(item["probability"]))) == number(item["n"]))
    }
  }
}
