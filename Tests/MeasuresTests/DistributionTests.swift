import Files
import Foundation
import Measures
import TestKit
import Testing

@Suite struct DistributionTests {
  func matrix(_ rows: [[Double]]) throws -> FeatureMatrix {
    try FeatureMatrix(rows: rows.count, columns: rows[0].count, values: rows.flatMap { $0 }, at: "test")
  }

  func normal(_ rows: Int, _ columns: Int, seed: UInt64, shift: Double = 0, scale: Double = 1) throws -> FeatureMatrix {
    var random = TestRandom(state: seed)
    return try FeatureMatrix(
      rows: rows, columns: columns, values: (0..<rows * columns).map { _ in shift + scale * random.normal() },
      at: "test")
  }

  /// Values worked by hand.
  @Test func vectors() throws {
    #expect(
      abs(try FrechetDistance.value(means: ([0, 0], [3, 4]), covariances: ([4, 0, 0, 9], [1, 0, 0, 16])) - 27) < 1e-12)
    #expect(
      abs(
        try FrechetDistance.value(means: ([0, 0], [0, 0]), covariances: ([2, 1, 1, 2], [1, 0, 0, 4])) - 0.77122045)
        < 1e-8)
    let a = try matrix([[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
      b = try matrix([[7, 6, 5], [4, 3, 2], [1, 1, 8], [0, 2, 5]])
    #expect(abs(KernelDistance.jedi.value(a, b) - 27072.222222) < 1e-5)
    let cubic = KernelDistance("cubic", .polynomial(power: 3, constant: 1), biased: true)
    #expect(abs(cubic.value(a, b) - 23088.08) < 0.01)
  }

  /// On diagonal covariances the distance is Σ (√a − √b)², whatever the rotation of the space; also when they are
  /// singular.
  @Test(arguments: [1, 2, 3, 8, 33]) func frechetIsInvariantToRotation(_ d: Int) throws {
    var random = TestRandom(state: UInt64(d))
    let a = (0..<d).map { $0 == 0 ? 0 : random.unit() * 9 }, b = (0..<d).map { _ in random.unit() * 4 },
      mean = (0..<d).map { _ in random.normal() }
    let spread = pairs(a, b).map { pow($0.squareRoot() - $1.squareRoot(), 2) }.reduce(0, +),
      shift = mean.map { $0 * $0 }.reduce(0, +)
    let expected = spread + shift
    // A product of plane rotations, applied from both sides.
    func turned(_ diagonal: [Double]) -> [Double] {
      var m = [Double](repeating: 0, count: d * d)
      for i in 0..<d { m[i * d + i] = diagonal[i] }
      for i in 0..<d {
        for j in 0..<i {
          let c = cos(Double(i + 2 * j)), s = sin(Double(i + 2 * j))
          for k in 0..<d {
            (m[i * d + k], m[j * d + k]) = (c * m[i * d + k] - s * m[j * d + k], s * m[i * d + k] + c * m[j * d + k])
          }
          for k in 0..<d {
            (m[k * d + i], m[k * d + j]) = (c * m[k * d + i] - s * m[k * d + j], s * m[k * d + i] + c * m[k * d + j])
          }
        }
      }
      return m
    }
    let value = try FrechetDistance.value(
      means: (mean, [Double](repeating: 0, count: d)), covariances: (turned(a), turned(b)))
    #expect(abs(value - expected) < 1e-7 * max(1, expected), "\(value) \(expected)")
  }

  @Test func zeroOnItselfAndGrowsWithTheShift() throws {
    let a = try normal(60, 5, seed: 1)
    let values = [
      try FrechetDistance.value(a, a), KernelDistance.jedi.value(a, a), KernelDistance.cmmd.value(a, a),
      EnergyDistance.value(a, a),
    ]
    for value in values { #expect(abs(value) < 1e-9) }
    var before = [0.0, -1, 0, 0, 0]
    for shift in [0.5, 1, 2] {
      let values = try DistributionDistances.all(a, try normal(60, 5, seed: 2, shift: shift)).map(\.value)
      for (i, value) in values.enumerated() { #expect(value > before[i], "\(i) at \(shift)") }
      before = values
    }
  }

  /// A matrix of n < d has a singular covariance; the distance of two such sets is finite, and their notes warn.
  @Test func fewClips() throws {
    let all = try DistributionDistances.all(try normal(6, 20, seed: 3), try normal(7, 20, seed: 4))
    #expect(all.allSatisfy { $0.value.isFinite && $0.n == 6 })
    #expect(all[0].note.contains("small n: 6 clips for 20 features") && all[0].note.contains("differ in size"))
    #expect(try DistributionDistances.all(try normal(30, 2, seed: 3), try normal(30, 2, seed: 4))[0].note.isEmpty)
  }

  /// Unbiased: over many small draws of one distribution KID's mean is zero, though each value is not.
  @Test func kidIsUnbiased() throws {
    var values: [Double] = []
    for i in 0..<200 {
      values.append(
        KernelDistance.kid.value(try normal(12, 3, seed: UInt64(2 * i)), try normal(12, 3, seed: UInt64(2 * i + 1))))
    }
    let mean: Double = values.reduce(0, +) / 200
    var square = 0.0
    for value in values { square += (value - mean) * (value - mean) }
    let error: Double = (square / 199 / 200).squareRoot()
    #expect(abs(mean) < 3 * error)
    #expect(values.min()! < 0 && values.max()! > 0)
  }

  @Test func subsetsAreKeyedAndThreadsDoNotMatter() throws {
    let a = try normal(50, 4, seed: 5), b = try normal(40, 4, seed: 6, shift: 0.3)
    let one = KernelDistance.kid.overSubsets(a, b, subsets: 5, size: 20, seed: 1, threads: 1),
      two = KernelDistance.kid.overSubsets(a, b, subsets: 5, size: 20, seed: 1, threads: 7)
    #expect(one.mean == two.mean && one.deviation == two.deviation && one.deviation > 0)
    #expect(one.mean != KernelDistance.kid.overSubsets(a, b, subsets: 5, size: 20, seed: 2).mean)
    #expect(try DistributionDistances.all(a, b, threads: 1) == DistributionDistances.all(a, b, threads: 3))
  }

  @Test func badFeatures() throws {
    #expect(throws: Problem.self) { try matrix([[1, 2]]) }
    let problem = #expect(throws: Problem.self) { try matrix([[1, 2], [3, .nan]]) }
    #expect(problem?.what.contains("row 1, column 1") == true)
    #expect(throws: Problem.self) {
      try DistributionDistances.all(try matrix([[1, 2], [3, 4]]), try matrix([[1], [2]]))
    }
  }

  /// Who computed the eigenvalues is a condition of the distances that stand on them, and of no other.
  @Test func protocolsSayWhoseEigenvalues() throws {
    func core(_ estimate: Estimate) -> String? { estimate.protocol.conditions.first { $0.name == "openblas" }?.value }
    let all = try DistributionDistances.all(normal(30, 2, seed: 3), normal(30, 2, seed: 4))
    #expect(all.filter { core($0) != nil }.map(\.protocol.metric) == [FrechetDistance.name])
    let wide = try normal(70, SpaceTimeDescriptor.count, seed: 5)
    let standardised = try DistributionDistances.standardised(wide, wide)
    // "0.3.21-SkylakeX"
    let parts = try #require(core(standardised)).split(separator: "-", maxSplits: 1)
    #expect(parts.count == 2 && parts[0].first?.isNumber == true && parts[0].contains("."), "\(parts)")
    #expect(core(all[0]) == core(standardised))
  }

  /// Squares that do not fit are refused, not turned into NaN.
  @Test func overflowingCovariancesAreRefused() throws {
    let large = try matrix([[1e160, 2], [-1e160, 3], [1, 4]])
    let problem = #expect(throws: Problem.self) { try FrechetDistance.value(large, large) }
    #expect(problem?.what == "the covariance of the first features has inf in row 0, column 0")
    let product = #expect(throws: Problem.self) {
      try FrechetDistance.value(means: ([0], [0]), covariances: ([1e200], [1e200]))
    }
    #expect(product?.what.contains("product of the covariances") == true)
  }
}
