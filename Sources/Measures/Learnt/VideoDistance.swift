import Files
import Foundation

/// How far the clips of one set are from those of another, by the logits of I3D: `fvd` and `kvd`, a number a set.
///
/// - `fvd` ≥ 0 ↓ : the Fréchet distance of the logits, covariances over n − 1 (Unterthiner et al. 2018).
/// - `kvd` ↓ : the squared maximum mean discrepancy under (x·y/d + 1)³, over all clips but those of one
///   pair, which are no two draws: unbiased for pairs too (Gretton et al., JMLR 13, 2012, eq. 4). May fall below 0.
///
/// Clips come in pairs, one made from the beginning of the other. The interval is the value ± 1.96 standard deviations of
/// 100 resamples of pairs (Efron & Tibshirani 1993, §13.3): how it would vary with other clips. It knows nothing of
/// `fvd`'s bias, which is upward and large while there are fewer than ten clips a feature: only equal n compare.
/// Cannot see: what 400 classes of actions do not depend on; I3D looks at the frames' content far more than at motion.
public enum VideoDistance: String, Sendable, CaseIterable {
  case fvd, kvd

  public static let version = 1
  /// Fewer clips than this many a side are refused.
  public static let leastClips = 32
  /// More clips than this are too many for `kvd`, which holds every pair of them in memory.
  public static let mostPaired = 5000
  static let draws = 100

  public var unit: String { self == .fvd ? "logits²" : "k" }
  public var better: PairedComparison.Direction { .lower }

  /// One of both.
  public struct Found: Sendable, Equatable {
    public let value: Double, low: Double, high: Double
    public let note: String
  }

  /// - Parameters:
  ///   - clips, truth: a row a clip, pairs in the same order.
  ///   - seed: of the resamples.
  /// - Throws: `Problem` when there are too few clips, or numbers so large that covariances overflow.
  public func measure(
    _ clips: FeatureMatrix, against truth: FeatureMatrix, seed: UInt64 = 0, threads: Int = 1
  ) throws -> Found {
    precondition(clips.columns == truth.columns && clips.rows == truth.rows, "the clips are no pairs")
    let n = clips.rows
    guard n >= Self.leastClips else {
      throw Problem("\(Text.counted(n, "clip")): \(rawValue) takes at least \(Self.leastClips)")
    }
    let value: Double, draw: ([Int]) throws -> Double
    switch self {
    case .fvd:
      value = try FrechetDistance.value(clips, truth, threads: threads)
      if n <= clips.columns {
        let products = PairedProducts(clips, truth)
        draw = { try products.frechet($0) }
      } else {
        draw = { try FrechetDistance.value(clips.resampled($0), truth.resampled($0), threads: threads) }
      }
    case .kvd:
      guard n <= Self.mostPaired else {
        throw Problem("\(n) clips: \(rawValue) takes \(Self.mostPaired) at most", fix: "measure fewer with --count")
      }
      let products = PairedProducts(clips, truth)
      value = products.discrepancy(Array(0..<n), features: clips.columns)
      draw = { products.discrepancy($0, features: clips.columns) }
    }
    let values = try (0..<Self.draws).map { k -> Double in
      var random = ResamplingRandom(seed: seed, draw: k)
      return try draw((0..<n).map { _ in random.index(n) })
    }
    let mean = values.reduce(0, +) / Double(values.count),
      spread = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot(),
      enough = DistributionDistances.clipsPerFeature * clips.columns
    let bias =
      self == .fvd && n < enough
      ? "biased upward: \(n) clips for \(clips.columns) logits, where \(enough) would do; compares only at equal n; "
      : ""
    return Found(
      value: value, low: self == .fvd ? max(0, value - 1.96 * spread) : value - 1.96 * spread,
      high: value + 1.96 * spread,
      note: bias + "n = \(n); interval: ± 1.96 SD of \(Self.draws) resamples of pairs")
  }
}

extension FeatureMatrix {
  /// The rows of `places`, in their order.
  fileprivate func resampled(_ places: [Int]) throws -> FeatureMatrix {
    try FeatureMatrix(
      rows: places.count, columns: columns, values: places.flatMap { values[$0 * columns..<($0 + 1) * columns] },
      at: "resampled features")
  }
}

/// Inner products of all clips of two paired sets, from which distances of resamples follow without their features.
struct PairedProducts {
  private let n: Int
  /// x·x′, x·y and y·y′, [n, n].
  private let xx: SquareMatrix, xy: SquareMatrix, yy: SquareMatrix

  init(_ x: FeatureMatrix, _ y: FeatureMatrix) {
    n = x.rows
    func products(_ a: FeatureMatrix, _ b: FeatureMatrix) -> SquareMatrix {
      var out = SquareMatrix(a.rows)
      for i in 0..<a.rows {
        for j in 0..<a.rows {
          out[i, j] = a.values.withUnsafeBufferPointer { u in
            b.values.withUnsafeBufferPointer { v in
              Dot.product(u.baseAddress! + i * a.columns, v.baseAddress! + j * a.columns, a.columns)
            }
          }
        }
      }
      return out
    }
    (xx, xy, yy) = (products(x, x), products(x, y), products(y, y))
  }

  /// The Fréchet distance of the pairs `places`. tr(Σ₁Σ₂)^½ is the sum of the singular values of the n × n products of
  /// both sets' centred rows, over n − 1: as exact, and small where n < d.
  func frechet(_ places: [Int]) throws -> Double {
    let n = places.count, count = Double(n)
    func means(_ m: SquareMatrix) -> (rows: [Double], columns: [Double], all: Double) {
      var rows = [Double](repeating: 0, count: n), columns = rows
      for i in 0..<n {
        for j in 0..<n {
          rows[i] += m[places[i], places[j]] / count
          columns[j] += m[places[i], places[j]] / count
        }
      }
      return (rows, columns, rows.reduce(0, +) / count)
    }
    let a = means(xx), b = means(yy), cross = means(xy)
    func trace(_ m: SquareMatrix, _ mean: Double) -> Double {
      (places.reduce(0) { $0 + m[$1, $1] } - count * mean) / (count - 1)
    }
    var centred = SquareMatrix(n)
    for i in 0..<n {
      for j in 0..<n {
        centred[i, j] = (xy[places[i], places[j]] - cross.rows[i] - cross.columns[j] + cross.all) / (count - 1)
      }
    }
    let squares = try SymmetricEigen(
      centred.symmetricProduct(transposed: centred, threads: 1), vectors: false, of: "the product of the features")
    let roots = squares.values.reduce(0) { $0 + max($1, 0).squareRoot() }
    return max(0, a.all + b.all - 2 * cross.all + trace(xx, a.all) + trace(yy, b.all) - 2 * roots)
  }

  /// The squared discrepancy of the pairs `places`. Clips of one pair, or of one drawn twice, do not meet.
  func discrepancy(_ places: [Int], features: Int) -> Double {
    func k(_ product: Double) -> Double {
      let base = product / Double(features) + 1
      return base * base * base
    }
    var own = 0.0, count = 0.0, cross = 0.0
    for i in places {
      for j in places {
        guard i != j else { continue }
        cross += k(xy[i, j])
        own += k(xx[i, j]) + k(yy[i, j])
        count += 1
      }
    }
    return (own - 2 * cross) / max(1, count)
  }
}
