import COpenBLAS
import Files

/// Eigenvalues and, where wanted, eigenvectors of a real symmetric matrix, by LAPACK's `dsyevd`: reduction to
/// tridiagonal form, then divide and conquer, or QL without square roots where only values are wanted (LAPACK Users'
/// Guide, 3rd ed., §2.4.4; Gu & Eisenstat, SIAM J. Matrix Anal. Appl. 16, 1995). O(n³). Errors of the values,
/// ‖A v − λ v‖ and what the vectors lack of orthonormal are about 10⁻¹⁵, the first two times max|λ|.
///
/// The same OpenBLAS on the same core gives the same bits, however many processors there are; another core gives
/// others, so `OpenBLAS.name` belongs in the protocol of a number that stands on this.
package struct SymmetricEigen: Sendable, Equatable {
  /// Ascending, n of them.
  package let values: [Double]
  /// Row k is the eigenvector of `values[k]`, of length 1 and either sign: [n, n], row-major; empty when not wanted.
  package let vectors: [Double]

  /// The most rows for which LAPACK's 32-bit integers can say how much room vectors take, 1 + 6 n + 2 n².
  package static let mostRows = 32_766

  /// - Parameters:
  ///   - matrix: symmetric; its lower triangle is read.
  ///   - vectors: whether eigenvectors are wanted: two to three times the time, 3 n² numbers of memory instead of n².
  ///   - name: what the matrix is, for problems: "the covariance of the first set".
  /// - Throws: `Problem` when an entry is not finite, when there are more than `mostRows` rows, or when LAPACK does not
  ///   converge.
  package init(_ matrix: SquareMatrix, vectors wanted: Bool, of name: String) throws {
    let n = matrix.size
    guard n <= Self.mostRows else {
      throw Problem(
        "\(name) has \(n) rows and columns", expected: "at most \(Self.mostRows), for LAPACK counts in 32 bits",
        fix: "use fewer features")
    }
    if let bad = matrix.values.firstIndex(where: { !$0.isFinite }) {
      throw Problem(
        "\(name) has \(matrix.values[bad]) in row \(bad / n), column \(bad % n)", expected: "finite numbers",
        fix: "scale the features down: squares of numbers over 1e150 do not fit a double")
    }
    (values, vectors) = try Self.solve(matrix, wanted, name)
  }

  private static func solve(
    _ matrix: SquareMatrix, _ wanted: Bool, _ name: String
  ) throws -> (values: [Double], vectors: [Double]) {
    _ = OpenBLAS.onOneThread
    let n = matrix.size, job = wanted ? "V" : "N"
    var size = Int32(n), stride = Int32(max(1, n)), info: Int32 = 0
    // Asked first how much room it wants.
    var room = 0.0, integers: Int32 = 0, ask: Int32 = -1
    dsyevd_(job, "U", &size, nil, &stride, nil, &room, &ask, &integers, &ask, &info, 1, 1)
    var length = Int32(room), count = integers, places = [Int32](repeating: 0, count: Int(count))
    // Some kernels sum apart what stands before an aligned address: always the same alignment, always the same bits.
    let capacity = n * n + n + Int(length)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 8 * capacity, alignment: 64)
    defer { memory.deallocate() }
    let a = memory.bindMemory(to: Double.self, capacity: capacity), w = a + n * n
    a.update(from: matrix.values, count: n * n)
    // LAPACK reads by columns: our lower triangle is its upper one, and the eigenvectors it leaves in columns are rows.
    dsyevd_(job, "U", &size, a, &stride, w, w + n, &length, &places, &count, &info, 1, 1)
    guard info == 0 else {
      throw Problem(
        "LAPACK's dsyevd cannot diagonalise \(name) of \(n) rows: info = \(info)",
        expected: "info = 0; above it, it did not converge, below it, an argument is wrong (OpenBLAS \(OpenBLAS.name))")
    }
    return (
      Array(UnsafeBufferPointer(start: w, count: n)), wanted ? Array(UnsafeBufferPointer(start: a, count: n * n)) : []
    )
  }
}
