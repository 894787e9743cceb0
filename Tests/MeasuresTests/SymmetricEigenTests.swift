import Files
import Foundation
import Measures
import TestKit
import Testing

/// LAPACK's eigenvalues and eigenvectors against Jacobi's rotations, written here in doubles, and against what they
/// must satisfy.
@Suite struct SymmetricEigenTests {
  static func symmetric(_ n: Int, _ entry: (Int, Int) -> Double) -> SquareMatrix {
    var matrix = SquareMatrix(n)
    for i in 0..<n {
      for j in 0...i {
        let value = entry(i, j)
        matrix[i, j] = value
        matrix[j, i] = value
      }
    }
    return matrix
  }

  static func random(_ n: Int, seed: UInt64) -> SquareMatrix {
    var random = TestRandom(state: seed)
    return symmetric(n) { _, _ in random.normal() }
  }

  /// G Gᵀ of a random G [n, rank].
  static func gram(_ n: Int, rank: Int, seed: UInt64) -> SquareMatrix {
    var random = TestRandom(state: seed)
    let g = (0..<n * rank).map { _ in random.normal() }
    return symmetric(n) { i, j in (0..<rank).reduce(0) { $0 + g[i * rank + $1] * g[j * rank + $1] } }
  }

  /// H D H with the reflection H = 1 − 2 u uᵀ: a full matrix with the eigenvalues `diagonal`.
  static func reflected(_ diagonal: [Double]) -> SquareMatrix {
    let n = diagonal.count, length = (0..<n).reduce(0.0) { $0 + Double(($1 + 1) * ($1 + 1)) }.squareRoot()
    let u = (0..<n).map { Double($0 + 1) / length }
    func h(_ i: Int, _ j: Int) -> Double { (i == j ? 1 : 0) - 2 * u[i] * u[j] }
    return symmetric(n) { i, j in (0..<n).reduce(0) { $0 + h(i, $1) * diagonal[$1] * h($1, j) } }
  }

  /// Cyclic Jacobi (Golub & Van Loan, *Matrix Computations*, §8.5): ascending eigenvalues.
  static func jacobi(_ matrix: SquareMatrix) -> [Double] {
    let n = matrix.size, small = matrix.values.reduce(0) { max($0, abs($1)) } * 1e-20
    var a = matrix, turned = true
    while turned {
      turned = false
      for q in 1..<max(1, n) {
        for p in 0..<q where abs(a[p, q]) > small {
          turned = true
          let tau = (a[q, q] - a[p, p]) / (2 * a[p, q]),
            t = (tau < 0 ? -1 : 1) / (abs(tau) + (1 + tau * tau).squareRoot())
          let c = 1 / (1 + t * t).squareRoot(), s = t * c
          for k in 0..<n { (a[k, p], a[k, q]) = (c * a[k, p] - s * a[k, q], s * a[k, p] + c * a[k, q]) }
          for k in 0..<n { (a[p, k], a[q, k]) = (c * a[p, k] - s * a[q, k], s * a[p, k] + c * a[q, k]) }
          (a[p, q], a[q, p]) = (0, 0)
        }
      }
    }
    return (0..<n).map { a[$0, $0] }.sorted()
  }

  static let cases: [(name: String, matrix: SquareMatrix)] = [
    ("one row", symmetric(1) { _, _ in -3.5 }), ("two rows", symmetric(2) { i, j in i == j ? 2 : 1 }),
    ("random, 3", random(3, seed: 1)), ("random, 17", random(17, seed: 2)), ("random, 70", random(70, seed: 3)),
    ("nothing but zeros", symmetric(6) { _, _ in 0 }), ("the identity", symmetric(9) { i, j in i == j ? 1 : 0 }),
    ("three values, each many times", reflected([1, 1, 1, 1, -2, -2, -2, 5, 5, 5, 5, 5])),
    ("all ones", symmetric(31) { _, _ in 1 }),
    ("rank 5 of 40", gram(40, rank: 5, seed: 4)),
    ("a diagonal out of order", symmetric(8) { i, j in i == j ? Double((5 * i) % 8) : 0 }),
    ("tiny", symmetric(12) { i, j in 1e-200 / Double(i + j + 1) }),
    ("large", symmetric(12) { i, j in 1e200 / Double(i + j + 1) }),
    // Above 25 rows divide and conquer divides.
    ("Hilbert's, 60", symmetric(60) { i, j in 1 / Double(i + j + 1) }),
    ("graded", reflected((0..<40).map { pow(10, -Double($0) / 3) })),
  ]

  @Test(arguments: cases.indices) func valuesAreJacobis(_ index: Int) throws {
    let (name, matrix) = Self.cases[index], n = matrix.size
    let values = try SymmetricEigen(matrix, vectors: false, of: name).values, expected = Self.jacobi(matrix)
    let top = expected.reduce(0) { max($0, abs($1)) }
    try #require(values.count == n)
    for (ours, theirs) in zip(values, expected) {
      #expect(abs(ours - theirs) <= 1e-14 * Double(n).squareRoot() * top, "\(name): \(ours), Jacobi \(theirs)")
    }
    #expect(values == values.sorted())
  }

  @Test(arguments: cases.indices) func vectorsAreOrthonormalAndSolve(_ index: Int) throws {
    let (name, a) = Self.cases[index], n = a.size
    let eigen = try SymmetricEigen(a, vectors: true, of: name), v = eigen.vectors
    try #require(eigen.values.count == n && v.count == n * n)
    let top = eigen.values.reduce(0) { max($0, abs($1)) }, slack = 1e-14 * Double(n).squareRoot()
    for k in 0..<n {
      for l in 0...k {
        let product = (0..<n).reduce(0.0) { $0 + v[k * n + $1] * v[l * n + $1] }
        #expect(abs(product - (k == l ? 1 : 0)) <= slack, "\(name): vectors \(k) and \(l)")
      }
      // Divided first: squares of 1e200 do not fit.
      let residual = (0..<n).map { i in
        (0..<n).reduce(0.0) { $0 + a[i, $1] / max(top, 1e-300) * v[k * n + $1] } - eigen.values[k] / max(top, 1e-300)
          * v[k * n + i]
      }
      #expect(residual.reduce(0) { $0 + $1 * $1 }.squareRoot() <= slack, "\(name): ‖A v − λ v‖ of \(k)")
    }
    // With vectors divide and conquer runs, without them QL: the same values.
    let alone = try SymmetricEigen(a, vectors: false, of: name)
    #expect(alone.vectors.isEmpty)
    for (with, without) in zip(eigen.values, alone.values) { #expect(abs(with - without) <= slack * top, "\(name)") }
  }

  @Test func knownValues() throws {
    let path = try SymmetricEigen(
      Self.symmetric(100) { i, j in i == j ? 2 : i - j == 1 ? -1 : 0 }, vectors: false, of: "a path"
    ).values
    for (k, value) in path.enumerated() { #expect(abs(value - (2 - 2 * cos(Double(k + 1) * .pi / 101))) < 1e-13) }
    let repeated = try SymmetricEigen(
      Self.cases.first { $0.name.hasPrefix("three values") }!.matrix, vectors: true, of: "degenerate"
    ).values
    for (value, expected) in zip(repeated, [-2, -2, -2, 1, 1, 1, 1, 5, 5, 5, 5, 5]) {
      #expect(abs(value - Double(expected)) < 1e-14)
    }
    #expect(repeated.count == 12)
    let thin = try SymmetricEigen(Self.gram(40, rank: 5, seed: 4), vectors: false, of: "rank 5").values
    #expect(thin.prefix(35).allSatisfy { abs($0) < 1e-13 * thin[39] } && thin[35] > 0.1 * thin[39])
    #expect(
      try SymmetricEigen(SquareMatrix(0), vectors: true, of: "nothing")
        == SymmetricEigen(SquareMatrix(0), vectors: false, of: "nothing"))
  }

  /// Only the lower triangle counts.
  @Test func lowerTriangleIsRead() throws {
    let whole = Self.random(9, seed: 5)
    var half = whole
    for i in 0..<9 { for j in i + 1..<9 { half[i, j] = 1e3 } }
    #expect(try SymmetricEigen(half, vectors: true, of: "half") == SymmetricEigen(whole, vectors: true, of: "whole"))
  }

  /// The same bits again: wherever memory lies, and from several threads at once.
  @Test func sameBitsAlways() async throws {
    let matrix = Self.gram(150, rank: 150, seed: 6)
    for vectors in [true, false] {
      let first = try SymmetricEigen(matrix, vectors: vectors, of: "first")
      for odd in [1, 3, 5, 7] {
        let shift = [Double](repeating: 0, count: odd)
        #expect(try SymmetricEigen(matrix, vectors: vectors, of: "again") == first)
        #expect(shift.count == odd)
      }
      try await withThrowingTaskGroup(of: SymmetricEigen.self) { group in
        for _ in 0..<8 { group.addTask { try SymmetricEigen(matrix, vectors: vectors, of: "beside others") } }
        for try await other in group { #expect(other == first) }
      }
    }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity]) func notFinite(_ value: Double) throws {
    var matrix = Self.random(4, seed: 7)
    matrix[2, 1] = value
    let problem = #expect(throws: Problem.self) { try SymmetricEigen(matrix, vectors: true, of: "the covariance") }
    #expect(problem?.what == "the covariance has \(value) in row 2, column 1")
    // Also where it would not be read.
    matrix[2, 1] = 0
    matrix[1, 2] = value
    #expect(throws: Problem.self) { try SymmetricEigen(matrix, vectors: false, of: "the covariance") }
  }
}
