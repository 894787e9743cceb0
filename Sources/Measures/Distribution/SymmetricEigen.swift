import Foundation

/// Eigenvalues and, where wanted, eigenvectors of a real symmetric matrix: Householder's reduction to tridiagonal form,
/// then implicit QL with Wilkinson's shift (Golub & Van Loan, *Matrix Computations*, §8.3). O(n³), about 10⁻¹⁵ of the
/// largest eigenvalue.
struct SymmetricEigen {
  /// Ascending.
  private(set) var values: [Double]
  /// Row k is the eigenvector of `values[k]`; empty when not wanted.
  private(set) var vectors: [[Double]] = []

  init(_ matrix: SquareMatrix, vectors wanted: Bool) {
    let n = matrix.size
    var tridiagonal = Tridiagonal(matrix, vectors: wanted)
    tridiagonal.diagonalise()
    let order = (0..<n).sorted { tridiagonal.diagonal[$0] < tridiagonal.diagonal[$1] }
    values = order.map { tridiagonal.diagonal[$0] }
    if wanted { vectors = order.map { Array(tridiagonal.basis[$0 * n..<($0 + 1) * n]) } }
  }

  /// The symmetric matrix with the same eigenvectors and eigenvalues `f(λ)`.
  func mapped(_ f: (Double) -> Double, threads: Int) -> SquareMatrix {
    let n = values.count, scale = values.map(f)
    // Row i of `left` is component i of every eigenvector; the product of two such rows, weighted, is one entry.
    var plain = [Double](repeating: 0, count: n * n), weighted = plain
    for k in 0..<n {
      for i in 0..<n {
        plain[i * n + k] = vectors[k][i]
        weighted[i * n + k] = vectors[k][i] * scale[k]
      }
    }
    return SquareMatrix(symmetric: n, threads: threads) { [plain, weighted] i, j in
      plain.withUnsafeBufferPointer { a in
        weighted.withUnsafeBufferPointer { b in Dot.product(a.baseAddress! + i * n, b.baseAddress! + j * n, n) }
      }
    }
  }
}

/// A = Qᵀ T Q with T tridiagonal; `diagonalise` turns T into the eigenvalues and the rows of Q into the eigenvectors.
private struct Tridiagonal {
  var diagonal: [Double]
  private var below: [Double]
  /// Rows of Q; empty when eigenvectors are not wanted. Rows, because a rotation mixes two of them, and rows lie
  /// together in memory.
  var basis: [Double] = []

  init(_ matrix: SquareMatrix, vectors: Bool) {
    let n = matrix.size
    var a = matrix.values
    diagonal = [Double](repeating: 0, count: n)
    below = [Double](repeating: 0, count: n)
    var reflections: [(from: Int, v: [Double], beta: Double)] = []
    for k in 0..<max(0, n - 2) {
      // The reflection that clears column k below its subdiagonal: H = 1 − β v vᵀ.
      var v = (k + 1..<n).map { a[$0 * n + k] }
      let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard norm > 0 else { continue }
      let alpha = v[0] > 0 ? -norm : norm
      v[0] -= alpha
      let square = v.reduce(0) { $0 + $1 * $1 }
      guard square > 0 else { continue }
      let beta = 2 / square
      Self.reflect(&a, n, from: k + 1, v, beta)
      a[(k + 1) * n + k] = alpha
      for i in k + 2..<n { a[i * n + k] = 0 }
      if vectors { reflections.append((k + 1, v, beta)) }
    }
    for i in 0..<n {
      diagonal[i] = a[i * n + i]
      if i > 0 { below[i - 1] = a[i * n + i - 1] }
    }
    guard vectors else { return }
    basis = Self.product(reflections, n)
  }

  /// H₁ H₂ …, transposed: applied to the identity from the left, last first.
  private static func product(_ reflections: [(from: Int, v: [Double], beta: Double)], _ n: Int) -> [Double] {
    var q = [Double](repeating: 0, count: n * n)
    for i in 0..<n { q[i * n + i] = 1 }
    for (from, v, beta) in reflections.reversed() {
      var product = [Double](repeating: 0, count: n)
      for (i, w) in v.enumerated() { for j in from..<n { product[j] += w * q[(from + i) * n + j] } }
      for (i, w) in v.enumerated() { for j in from..<n { q[(from + i) * n + j] -= beta * w * product[j] } }
    }
    for i in 0..<n { for j in 0..<i { q.swapAt(i * n + j, j * n + i) } }
    return q
  }

  /// B ← H B H on the trailing block: with p = β B v and w = p − (β/2)(pᵀv) v, B ← B − v wᵀ − w vᵀ.
  private static func reflect(_ a: inout [Double], _ n: Int, from: Int, _ v: [Double], _ beta: Double) {
    let m = n - from
    a.withUnsafeMutableBufferPointer { a in
      v.withUnsafeBufferPointer { v in
        let block = a.baseAddress! + from * n + from
        var w = (0..<m).map { beta * Dot.product(block + $0 * n, v.baseAddress!, m) }
        let half = 0.5 * beta * w.withUnsafeBufferPointer { Dot.product($0.baseAddress!, v.baseAddress!, m) }
        for i in 0..<m { w[i] -= half * v[i] }
        w.withUnsafeBufferPointer { w in
          for i in 0..<m {
            let row = block + i * n, vi = v[i], wi = w[i]
            for j in 0..<m { row[j] -= vi * w[j] + wi * v[j] }
          }
        }
      }
    }
  }

  mutating func diagonalise() {
    let n = diagonal.count
    for l in 0..<n {
      // Thirty rounds are ample: convergence is cubic.
      for _ in 0..<200 {
        var m = l
        while m < n - 1, abs(below[m]) > Double.ulpOfOne * (abs(diagonal[m]) + abs(diagonal[m + 1])) { m += 1 }
        if m == l { break }
        chase(from: l, to: m)
      }
    }
  }

  /// One implicit QL sweep over l…m.
  private mutating func chase(from l: Int, to m: Int) {
    var g = (diagonal[l + 1] - diagonal[l]) / (2 * below[l])
    g = diagonal[m] - diagonal[l] + below[l] / (g + (g < 0 ? -1 : 1) * hypot(g, 1))
    var s = 1.0, c = 1.0, p = 0.0
    for i in stride(from: m - 1, through: l, by: -1) {
      let f = s * below[i], b = c * below[i], r = hypot(f, g)
      below[i + 1] = r
      if r == 0 {
        diagonal[i + 1] -= p
        below[m] = 0
        return
      }
      s = f / r
      c = g / r
      g = diagonal[i + 1] - p
      let t = (diagonal[i] - g) * s + 2 * c * b
      p = s * t
      diagonal[i + 1] = g + p
      g = c * t - b
      if !basis.isEmpty { rotate(i, c, s) }
    }
    diagonal[l] -= p
    below[l] = g
    below[m] = 0
  }

  private mutating func rotate(_ i: Int, _ c: Double, _ s: Double) {
    let n = diagonal.count
    basis.withUnsafeMutableBufferPointer { basis in
      let low = basis.baseAddress! + i * n, high = low + n
      for k in 0..<n {
        let f = high[k], g = low[k]
        high[k] = s * g + c * f
        low[k] = c * g - s * f
      }
    }
  }
}
