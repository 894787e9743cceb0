import Files
import Foundation
import Frames
import Measures
import Media
import TestKit
import Testing

/// What nominal 95 % intervals cover, and how often a verdict claims a difference that is not there: measured anew,
/// they are the figures of docs/STATISTICS.md and of `MeasuredCoverage`. About five minutes on two idle cores.
@Suite(.soak, .serialized) struct CoverageSoak {
  static let trials = 2000
  /// In per cent: about the error of 2,000 trials, and of half as many; another machine's libm moves some of them.
  static let slack = 0.5, wideSlack = 1.0
  static let methods = Bootstrap.Method.allCases.map(\.rawValue)

  /// How many of `trials` give true, run on all cores; a trial's randomness is its number.
  private func share(_ trials: Int = trials, _ body: @Sendable (Int) throws -> [Bool]) throws -> [Double] {
    let outcomes = try concurrently(trials, threads: ProcessInfo.processInfo.activeProcessorCount, body)
    return outcomes[0].indices.map { i in Double(outcomes.count { $0[i] }) / Double(trials) }
  }

  @Test func intervalsCover() throws {
    let table = try PageTable("STATISTICS.md", after: "**Measured coverage**")
    #expect(table.columns.dropFirst(2) == ["n = 5"] + MeasuredCoverage.sizes.dropFirst().map(String.init))
    for shape in MeasuredCoverage.Shape.allCases {
      var rows = [[Double]](repeating: [], count: Bootstrap.Method.allCases.count)
      for n in MeasuredCoverage.sizes {
        let covered = try share { trial in
          var random = SimulationRandom(shape.rawValue, n, trial)
          let distribution = BootstrapDistribution(
            Strata((0..<n).map { _ in random.centred(shape) }), seed: UInt64(trial), draws: Bootstrap.draws)
          return Bootstrap.Method.allCases.map { method in
            distribution.map { $0.interval(method) }.map { $0.low <= 0 && 0 <= $0.high } ?? false
          }
        }
        for (i, x) in covered.enumerated() { rows[i].append(x) }
        if n >= 100, shape != .lognormal {
          let usual = covered[Bootstrap.Method.allCases.firstIndex(of: Bootstrap.usual(n))!]
          #expect(MeasuredCoverage.bar.contains(usual), "\(shape) n = \(n): \(usual)")
        }
      }
      for (method, row) in pairs(Bootstrap.Method.allCases, rows) {
        print("coverage \(shape) \(method): \(row)")
        // The table that reports quote is this run's, and so is the page's.
        let quoted = MeasuredCoverage.table[method]?[shape] ?? []
        #expect(100 * largestDifference(quoted, row) <= Self.slack, "MeasuredCoverage says \(quoted)")
        try table.expect(row.map { 100 * $0 }, in: shape.title, method.rawValue, within: Self.slack)
      }
    }
  }

  /// Ten scenarios of unlike scale, as a bench has them.
  @Test func stratifiedIntervalsCover() throws {
    let table = try PageTable("STATISTICS.md", after: "Ten scenarios of unlike scale")
    #expect(Array(table.columns.dropFirst()) == Self.methods)
    for each in [4, 16] {
      let covered = try share { trial in
        var random = SimulationRandom("strata", each, trial)
        let names = (0..<10 * each).map { String($0 % 10) },
          values = names.map { (1 + Double($0)!) * random.centred(.normal) }
        let distribution = BootstrapDistribution(Strata(values, names), seed: UInt64(trial), draws: 2000)
        return Bootstrap.Method.allCases.map { method in
          distribution.map { $0.interval(method) }.map { $0.low <= 0 && 0 <= $0.high } ?? false
        }
      }
      print("coverage 10 scenarios × \(each): \(zip(Self.methods, covered).map { "\($0) \($1)" })")
      try table.expect(covered.map { 100 * $0 }, in: String(each), within: Self.slack)
    }
  }

  /// Six and twelve training seeds each, 100 instances: seeds that vary little, as much as instances' mean, and much
  /// more.
  @Test func twoLevelIntervalsCover() throws {
    let table = try PageTable("STATISTICS.md", after: "Two levels, 100 instances"), covers = Self.methods.count
    #expect(table.columns.dropFirst(2) == Self.methods + ["false claims"])
    for seeds in [6, 12] {
      for spread in [0.03, 0.1, 0.5] {
        let figures = try share(1000) { trial in
          let values = Self.recipes(seeds: seeds, spread: spread, trial)
          let distribution = BootstrapDistribution(values, seed: UInt64(trial), draws: 2000)
          let held = Bootstrap.Method.allCases.map { method in
            distribution.map { $0.interval(method) }.map { $0.low <= 0 && 0 <= $0.high } ?? false
          }
          let c = try PairedComparison(
            values, better: .higher, protocol: MetricProtocol("m"), unit: "", seed: UInt64(trial), draws: 2000)
          return held + [c.outcome != .noDifference]
        }
        print(
          "two levels, \(seeds) seeds, seed sd \(spread): \(zip(Self.methods, figures).map { "\($0) \($1)" }), false claims \(figures[covers])"
        )
        #expect(figures[covers] <= 0.06)
        try table.expect(figures.map { 100 * $0 }, in: String(seeds), String(spread), within: Self.wideSlack)
      }
    }
  }

  /// Two recipes alike: seeds shift a checkpoint's mean by `spread`, instances have unit variance, checkpoints differ
  /// by ½ on each.
  private static func recipes(seeds: Int, spread: Double, _ trial: Int) -> Replicates {
    var random = SimulationRandom("recipes", seeds, trial)
    let instances = (0..<100).map { _ in random.normal() }
    func arm() -> [[Double]] {
      (0..<seeds).map { _ in
        let shift = spread * random.normal()
        return instances.map { $0 + shift + 0.5 * random.normal() }
      }
    }
    return Replicates(arm(), minus: arm())
  }

  /// Two variants that are one: paired values of the same distribution. And means that are equal while differences are
  /// skewed, which is not the test's null.
  @Test func verdictsRarelyClaimWhatIsNotThere() throws {
    let table = try PageTable("STATISTICS.md", after: "**False claims**")
    for shape in MeasuredCoverage.Shape.allCases {
      for n in [8, 16, 30, 100, 300] {
        let figures = try share { trial in
          var random = SimulationRandom("null " + shape.rawValue, n, trial)
          func claims(_ differences: [Double]) throws -> Bool {
            let values = Replicates([differences], minus: [differences.map { _ in 0 }])
            return try PairedComparison(
              values, better: .higher, protocol: MetricProtocol("m"), unit: "", seed: UInt64(trial), draws: 2000
            )
            .outcome != .noDifference
          }
          return [
            try claims((0..<n).map { _ in random.centred(shape) - random.centred(shape) }),
            try claims((0..<n).map { _ in random.centred(shape) }),
          ]
        }
        print("false claims \(shape) n = \(n): exchangeable \(figures[0]), centred \(figures[1])")
        #expect(figures[0] <= 0.06, "\(shape) n = \(n)")
        try table.expect(figures.map { 100 * $0 }, in: shape.title, String(n), within: Self.slack)
      }
    }
  }

  /// A true difference of the size called detectable is claimed about four times in five.
  @Test func detectableDifferencesAreDetected() throws {
    for n in [30, 100] {
      let figures = try share { trial in
        var random = SimulationRandom("power", n, trial)
        let shift = 2.8015 / Double(n).squareRoot()
        let values = Replicates([(0..<n).map { _ in random.normal() + shift }], minus: [(0..<n).map { _ in 0 }])
        let c = try PairedComparison(
          values, better: .higher, protocol: MetricProtocol("m"), unit: "", seed: UInt64(trial), draws: 2000)
        return [c.outcome == .better]
      }
      print("claims of a difference of (z.975 + z.8)·σ/√n at n = \(n): \(figures[0])")
      #expect(abs(figures[0] - 0.8) < 0.05)
    }
  }
}

extension MeasuredCoverage.Shape {
  /// As the page has it.
  fileprivate var title: String {
    switch self {
    case .normal: "normal"
    case .t3: "t₃"
    case .lognormal: "log-normal, σ = 1"
    }
  }
}

/// Keyed by what is simulated, with the distributions the simulations need.
struct SimulationRandom {
  private var random: SplitMix64

  init(_ study: String, _ n: Int, _ trial: Int) { random = SplitMix64(FNV1a.hash("\(study)/\(n)/\(trial)")) }

  /// Uniform on (0, 1).
  mutating func unit() -> Double { (Double(random.next() >> 11) + 0.5) / 9_007_199_254_740_992 }

  /// Box & Muller 1958.
  mutating func normal() -> Double { (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit()) }

  /// With mean 0: standard normal, Student's t of three degrees, log-normal with σ = 1 less its mean.
  mutating func centred(_ shape: MeasuredCoverage.Shape) -> Double {
    switch shape {
    case .normal: return normal()
    case .t3:
      let z = normal(), (a, b, c) = (normal(), normal(), normal())
      return z / ((a * a + b * b + c * c) / 3).squareRoot()
    case .lognormal: return exp(normal()) - exp(0.5)
    }
  }
}
