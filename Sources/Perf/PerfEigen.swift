import Files
import Foundation
import Measures

/// `orrery perf eigen`: how long the symmetric eigen-solver takes, on which Fréchet distances and principal components
/// of learnt features stand, with what its answer lacks: matrices of known spectrum, so that speed without accuracy
/// shows.
public struct PerfEigen: Sendable {
  /// Rows of the matrices.
  public var sizes: [Int]
  /// Timed repeats of each.
  public var repeats: Int

  /// - Throws: `Problem` for sizes outside 2 to 8192 or repeats outside 1 to 100.
  public init(sizes: [Int], repeats: Int) throws {
    guard !sizes.isEmpty, sizes.allSatisfy((2...8192).contains), (1...100).contains(repeats) else {
      throw Problem.usage("an option is out of range", expected: "--size 2 to 8192, --iters 1 to 100")
    }
    (self.sizes, self.repeats) = (sizes, repeats)
  }

  public func run(_ console: Console) throws -> (value: Value, text: String) {
    var rows: [Value] = [], table = [["n", "values, ms", "with vectors, ms", "error / max|λ|"]]
    let progress = console.progress("eigenvalues", total: sizes.count * repeats)
    for (place, n) in sizes.enumerated() {
      // (i + 1)/n on the diagonal, reflected at a vector without zeros: the spectrum is known and no entry is zero.
      let matrix = Self.reflected(n)
      var values: [Double] = [], both: [Double] = [], error = 0.0
      for i in 0..<repeats {
        var solved: SymmetricEigen?
        values.append(try milliseconds { _ = try SymmetricEigen(matrix, vectors: false, of: "the matrix") })
        both.append(try milliseconds { solved = try SymmetricEigen(matrix, vectors: true, of: "the matrix") })
        let found = solved?.values ?? []
        error = found.enumerated().reduce(error) { max($0, abs($1.element - Double($1.offset + 1) / Double(n))) }
        progress.update(place * repeats + i + 1)
      }
      let (alone, whole) = (Self.median(values), Self.median(both))
      rows.append(
        ["n": Value(n), "values_ms": .number(alone), "vectors_ms": .number(whole), "error": .number(error)])
      table.append([String(n), Text.short(alone), Text.short(whole), String(format: "%.1e", error)])
    }
    return (
      ["core": .string(OpenBLAS.name), "repeats": Value(repeats), "sizes": .array(rows)],
      "LAPACK dsyevd on one thread, OpenBLAS \(OpenBLAS.name), medians of \(repeats)\n" + TextTable.text(table)
    )
  }

  private static func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }

  private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock.now
    try body()
    return 1000 * ProgressLine.seconds(ContinuousClock.now - clock)
  }

  /// H D H for D = diag(1/n, 2/n, …, 1) and the reflection H = 1 − 2 v vᵀ / vᵀv.
  private static func reflected(_ n: Int) -> SquareMatrix {
    let v = (0..<n).map { 1 + Double($0 % 7) / 8 }, d = (0..<n).map { Double($0 + 1) / Double(n) }
    let length = v.reduce(0) { $0 + $1 * $1 }, inner = zip(v, d).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }
    var out = SquareMatrix(n)
    for i in 0..<n {
      for j in 0..<n {
        // D − 2/l (v (Dv)ᵀ + (Dv) vᵀ) + 4/l² (vᵀDv) v vᵀ
        let cross = -2 / length * v[i] * v[j] * (d[i] + d[j]), square = 4 / (length * length) * inner * v[i] * v[j]
        out[i, j] = (i == j ? d[i] : 0) + cross + square
      }
    }
    return out
  }
}
