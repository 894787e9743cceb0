import Foundation

/// Squared maximum mean discrepancy of two sets of features under a kernel, E k(x, x') + E k(y, y') − 2 E k(x, y) ↓
/// (Gretton et al., JMLR 13, 2012). Three are in use:
/// - `kid` (KVD on video features): k = (x·y/d + 1)³, unbiased, mean over random subsets (Bińkowski et al., ICLR 2018).
///   May fall below 0.
/// - `jedi_mmd`: k = (x·y/d)², biased (x is paired with itself), × 100 (JEDi, Luo et al. 2024, there on V-JEPA
///   features). Sees only second moments.
/// - `cmmd`: k = exp(−‖x − y‖²/2σ²), σ = 10, biased, × 1000 (Jayasumana et al., CVPR 2024, there on unit-length CLIP
///   features).
/// Cannot see: what the features leave out; values from different features or different n of the biased ones do not
/// compare.
public struct KernelDistance: Sendable, Equatable {
  public enum Kernel: Sendable, Equatable {
    /// (x·y/d + constant)^power
    case polynomial(power: Int, constant: Double)
    /// exp(−‖x − y‖²/2σ²)
    case gaussian(sigma: Double)
  }

  public let name: String
  public let kernel: Kernel
  /// Whether a clip is paired with itself in E k(x, x').
  public let isBiased: Bool
  public let scale: Double

  public static let kid = KernelDistance("kid", .polynomial(power: 3, constant: 1), biased: false)
  public static let jedi = KernelDistance("jedi_mmd", .polynomial(power: 2, constant: 0), biased: true, scale: 100)
  public static let cmmd = KernelDistance("cmmd", .gaussian(sigma: 10), biased: true, scale: 1000)

  public init(_ name: String, _ kernel: Kernel, biased: Bool, scale: Double = 1) {
    (self.name, self.kernel, isBiased, self.scale) = (name, kernel, biased, scale)
  }

  /// Over all rows; the same number of columns in both.
  public func value(_ a: FeatureMatrix, _ b: FeatureMatrix, threads: Int = 1) -> Double {
    value(GramRows(a, Array(0..<a.rows)), GramRows(b, Array(0..<b.rows)), threads)
  }

  /// Mean and sample standard deviation over `subsets` random subsets of `size` rows of each, drawn without
  /// replacement.
  /// - Parameter size: at most the rows of the smaller set; KID's custom is 100 subsets of 1000.
  public func overSubsets(
    _ a: FeatureMatrix, _ b: FeatureMatrix, subsets: Int = 100, size: Int, seed: UInt64 = 0, threads: Int = 1
  ) -> (mean: Double, deviation: Double) {
    precondition(
      size >= 2 && size <= min(a.rows, b.rows) && subsets >= 1,
      "\(subsets) subsets of \(size) from \(a.rows) and \(b.rows) rows")
    // A pair is in many subsets: its product is made once where there is room for all of them. The same bits.
    let rows = [a, b].map { $0.rows }
    let fits = rows[0] <= Self.mostProducts / rows[0] && rows[1] <= Self.mostProducts / rows[1]
    let products = fits && subsets > 1 ? PairProducts(a, b, threads) : nil
    let values = (0..<subsets).map { k in
      // Keyed by subset, so the first ten of a hundred are the ten of ten.
      var random = ResamplingRandom(seed: seed &+ UInt64(k) &* 0x9E37_79B9_7F4A_7C15)
      let left = Self.draw(size, of: a.rows, &random), right = Self.draw(size, of: b.rows, &random)
      guard let products else { return value(GramRows(a, left), GramRows(b, right), threads) }
      return products.value(self, left, right, threads)
    }
    let mean = values.reduce(0, +) / Double(subsets)
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, subsets > 1 ? (square / Double(subsets - 1)).squareRoot() : 0)
  }

  /// Products of pairs kept for subsets, in numbers: 128 MB a set, at most 4,096 rows of each.
  private static let mostProducts = 1 << 24

  /// The first `count` of a random order (Fisher & Yates).
  private static func draw(_ count: Int, of total: Int, _ random: inout ResamplingRandom) -> [Int] {
    var order = Array(0..<total)
    for i in 0..<min(count, total - 1) { order.swapAt(i, i + random.index(total - i)) }
    return Array(order.prefix(count))
  }

  private func value(_ a: GramRows, _ b: GramRows, _ threads: Int) -> Double {
    scale
      * (within(a, threads) + within(b, threads) - 2 * a.sum(b, threads, kernel.callAsFunction)
        / (Double(a.count) * Double(b.count)))
  }

  private func within(_ a: GramRows, _ threads: Int) -> Double {
    let n = Double(a.count), all = a.sum(a, threads, kernel.callAsFunction)
    if isBiased { return all / (n * n) }
    return (all - a.diagonal(kernel.callAsFunction)) / (n * (n - 1))
  }
}

extension KernelDistance.Kernel {
  /// - Parameters:
  ///   - product: x·y; `x`, `y`: the squared lengths.
  func callAsFunction(_ product: Double, _ x: Double, _ y: Double, _ columns: Int) -> Double {
    switch self {
    case .polynomial(let power, let constant):
      let base = product / Double(columns) + constant
      return (0..<power).reduce(1.0) { value, _ in value * base }
    case .gaussian(let sigma): return exp(-max(0, x + y - 2 * product) / (2 * sigma * sigma))
    }
  }
}

/// Rows of a feature matrix whose inner products with another set's are summed.
struct GramRows: Sendable {
  /// k(x·y, ‖x‖², ‖y‖², d)
  typealias Pair = @Sendable (_ product: Double, _ x: Double, _ y: Double, _ columns: Int) -> Double
  let count: Int
  private let columns: Int
  private let values: [Double]
  private let squares: [Double]

  init(_ matrix: FeatureMatrix, _ rows: [Int]) {
    (count, columns) = (rows.count, matrix.columns)
    let d = matrix.columns
    let values = rows.flatMap { matrix.values[$0 * d..<($0 + 1) * d] }
    self.values = values
    squares = values.withUnsafeBufferPointer { v in
      rows.indices.map { Dot.product(v.baseAddress! + $0 * d, v.baseAddress! + $0 * d, d) }
    }
  }

  /// Σ over every pair; a row's sum is one task and rows are added in order, so threads do not change a bit.
  func sum(_ other: GramRows, _ threads: Int, _ pair: Pair) -> Double {
    precondition(columns == other.columns, "\(columns) and \(other.columns) features")
    let rows = concurrent(count, threads: threads) { i in
      values.withUnsafeBufferPointer { a in
        other.values.withUnsafeBufferPointer { b in
          (0..<other.count).reduce(0.0) {
            $0
              + pair(
                Dot.product(a.baseAddress! + i * columns, b.baseAddress! + $1 * columns, columns), squares[i],
                other.squares[$1], columns)
          }
        }
      }
    }
    return rows.reduce(0, +)
  }

  /// Σ k(x, x).
  func diagonal(_ pair: Pair) -> Double { squares.reduce(0) { $0 + pair($1, $1, $1, columns) } }
}

/// The inner products of every pair of rows of two feature matrices, within and across: what the random subsets of a
/// `KernelDistance` share.
private struct PairProducts: Sendable {
  /// One matrix of products, row-major, with the squared lengths of both sides.
  private struct Table: Sendable {
    let columns: Int, values: [Double]

    init(_ a: FeatureMatrix, _ b: FeatureMatrix, _ threads: Int) {
      let d = a.columns
      columns = b.rows
      values = concurrent(a.rows, threads: threads) { i in
        a.values.withUnsafeBufferPointer { x in
          b.values.withUnsafeBufferPointer { y in
            (0..<b.rows).map { Dot.product(x.baseAddress! + i * d, y.baseAddress! + $0 * d, d) }
          }
        }
      }.flatMap { $0 }
    }

    subscript(row: Int, column: Int) -> Double { values[row * columns + column] }
  }

  private let aa: Table, bb: Table, ab: Table
  private let features: Int

  init(_ a: FeatureMatrix, _ b: FeatureMatrix, _ threads: Int) {
    precondition(a.columns == b.columns, "\(a.columns) and \(b.columns) features")
    (aa, bb, ab) = (Table(a, a, threads), Table(b, b, threads), Table(a, b, threads))
    features = a.columns
  }

  /// The distance of `distance` over the rows `left` of the first set and `right` of the second, in that order.
  func value(_ distance: KernelDistance, _ left: [Int], _ right: [Int], _ threads: Int) -> Double {
    func sum(_ table: Table, _ rows: [Int], _ columns: [Int], _ x: Table, _ y: Table) -> Double {
      let (kernel, features) = (distance.kernel, features)
      return concurrent(rows.count, threads: threads) { i in
        columns.reduce(0.0) {
          $0 + kernel(table[rows[i], $1], x[rows[i], rows[i]], y[$1, $1], features)
        }
      }.reduce(0, +)
    }
    func within(_ table: Table, _ rows: [Int]) -> Double {
      let n = Double(rows.count), all = sum(table, rows, rows, table, table)
      if distance.isBiased { return all / (n * n) }
      let same = rows.reduce(0.0) {
        let square = table[$1, $1]
        return $0 + distance.kernel(square, square, square, features)
      }
      return (all - same) / (n * (n - 1))
    }
    return distance.scale
      * (within(aa, left) + within(bb, right) - 2 * sum(ab, left, right, aa, bb)
        / (Double(left.count) * Double(right.count)))
  }
}
