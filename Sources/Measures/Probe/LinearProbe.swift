import COpenBLAS
import Files

/// Reads numbers out of pictures by ridge regression (Hoerl & Kennard 1970; as a probe: Alain & Bengio 2016,
/// arXiv 1610.01644): the centre of what moves on a fixed ground is linear in its pixels. How well it reads is known from
/// rows it was not fitted on, and a number that stands on it says so.
///
/// Solved by OpenBLAS on one thread: the same bits for any number of processors of one kind.
package struct LinearProbe: Sendable {
  /// The share of each target's variance that is explained on rows that were left out of fitting; ≤ 1.
  package let explained: [Double]
  /// Standard deviation of each target over the fitted rows.
  package let deviations: [Double]
  private let mean: [Double], offset: [Double]
  /// [features][targets].
  private let weights: [Double]

  /// The ridge, as a share of the features' mean variance.
  private static let ridge = 1e-3
  /// Rows summed at a time.
  private static let stretch = 512

  /// - Parameters:
  ///   - features: one row a picture, all of one length.
  ///   - targets: what is to be read of each.
  ///   - leftOut: rows at the end that are not fitted, at least one.
  /// - Throws: `Problem` when there are too few rows, or the equations cannot be solved.
  package init(features: [[Float]], targets: [[Float]], leftOut: Int, of name: String) throws {
    let n = features.count - leftOut, p = features.first?.count ?? 0, k = targets.first?.count ?? 0
    guard n >= 8, leftOut > 0, p > 0, k > 0, targets.count == features.count else {
      throw Problem(
        "\(max(0, n)) rows are too few to read \(name) from pictures", expected: "at least 8, and some left out")
    }
    _ = OpenBLAS.onOneThread
    var mean = [Double](repeating: 0, count: p), offset = [Double](repeating: 0, count: k)
    for i in 0..<n {
      for j in 0..<p { mean[j] += Double(features[i][j]) }
      for j in 0..<k { offset[j] += Double(targets[i][j]) }
    }
    for j in 0..<p { mean[j] /= Double(n) }
    for j in 0..<k { offset[j] /= Double(n) }
    // Some kernels sum apart what stands before an aligned address.
    let room = Self.stretch * (p + k) + p * p + p * k,
      memory = UnsafeMutableRawPointer.allocate(byteCount: 8 * room, alignment: 64)
    defer { memory.deallocate() }
    let x = memory.bindMemory(to: Double.self, capacity: room), y = x + Self.stretch * p, a = y + Self.stretch * k,
      b = a + p * p
    (a).update(repeating: 0, count: p * p + p * k)
    for start in stride(from: 0, to: n, by: Self.stretch) {
      let rows = min(Self.stretch, n - start)
      for i in 0..<rows {
        for j in 0..<p { x[i * p + j] = Double(features[start + i][j]) - mean[j] }
        for j in 0..<k { y[i * k + j] = Double(targets[start + i][j]) - offset[j] }
      }
      cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, Int32(p), Int32(rows), 1, x, Int32(p), 1, a, Int32(p))
      cblas_dgemm(
        CblasRowMajor, CblasTrans, CblasNoTrans, Int32(p), Int32(k), Int32(rows), 1, x, Int32(p), y, Int32(k), 1, b,
        Int32(k))
    }
    let trace = (0..<p).reduce(0) { $0 + a[$1 * p + $1] }, ridge = max(Self.ridge * trace / Double(p), 1e-12)
    for j in 0..<p { a[j * p + j] += ridge }
    // LAPACK reads by columns: our lower triangle is its upper one; right sides as its columns.
    var size = Int32(p), count = Int32(k), info: Int32 = 0
    var sides = [Double](repeating: 0, count: p * k)
    for i in 0..<p { for j in 0..<k { sides[j * p + i] = b[i * k + j] } }
    dposv_("U", &size, &count, a, &size, &sides, &size, &info, 1)
    guard info == 0 else { throw Problem("what reads \(name) from pictures cannot be fitted: info = \(info)") }
    var weights = [Double](repeating: 0, count: p * k)
    for i in 0..<p { for j in 0..<k { weights[i * k + j] = sides[j * p + i] } }
    (self.mean, self.offset, self.weights) = (mean, offset, weights)
    deviations = (0..<k).map { j in
      (targets.prefix(n).reduce(0) { $0 + (Double($1[j]) - offset[j]) * (Double($1[j]) - offset[j]) } / Double(n))
        .squareRoot()
    }
    let rest = features.indices.suffix(leftOut), read = rest.map { Self.read(features[$0], mean, offset, weights) }
    explained = (0..<k).map { j in
      let truth = rest.map { Double(targets[$0][j]) }, middle = truth.reduce(0, +) / Double(truth.count)
      let all = truth.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
      let left = zip(truth, read).reduce(0) { $0 + ($1.0 - $1.1[j]) * ($1.0 - $1.1[j]) }
      return all > 0 ? 1 - left / all : 0
    }
  }

  /// What it reads of a picture.
  package func callAsFunction(_ features: [Float]) -> [Double] { Self.read(features, mean, offset, weights) }

  private static func read(
    _ features: [Float], _ mean: [Double], _ offset: [Double], _ weights: [Double]
  ) -> [Double] {
    var out = offset
    let k = offset.count
    for (i, x) in features.enumerated() {
      let d = Double(x) - mean[i]
      for j in 0..<k { out[j] += d * weights[i * k + j] }
    }
    return out
  }
}
