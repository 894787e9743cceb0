import Files

/// Features of n clips, one row of d numbers each.
public struct FeatureMatrix: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  /// Row-major.
  public let values: [Double]

  /// - Parameter place: names the matrix in problems, a path say.
  /// - Throws: `Problem` when there are fewer than two rows, no columns, or numbers that are not finite.
  public init(rows: Int, columns: Int, values: [Double], at place: String) throws {
    precondition(values.count == rows * columns, "\(values.count) values for [\(rows), \(columns)]")
    guard rows >= 2, columns >= 1 else {
      throw Problem(
        "the features are \(rows) rows of \(columns)", at: place,
        expected: "at least 2 rows (one a clip) of at least 1 number")
    }
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw Problem(
        "the feature in row \(bad / columns), column \(bad % columns) is \(values[bad])", at: place,
        expected: "finite numbers", fix: "compute the features again; nothing is left out or filled in")
    }
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  /// Mean of each column.
  var mean: [Double] {
    var sum = [Double](repeating: 0, count: columns)
    for row in 0..<rows { for j in 0..<columns { sum[j] += values[row * columns + j] } }
    return sum.map { $0 / Double(rows) }
  }

  /// Standard deviation of each column, over n − 1.
  var deviations: [Double] {
    let mean = mean
    var sum = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      for j in 0..<columns { sum[j] += (values[row * columns + j] - mean[j]) * (values[row * columns + j] - mean[j]) }
    }
    return sum.map { ($0 / Double(rows - 1)).squareRoot() }
  }

  /// Each column times its factor.
  func scaled(by factors: [Double]) throws -> FeatureMatrix {
    try FeatureMatrix(
      rows: rows, columns: columns, values: values.indices.map { values[$0] * factors[$0 % columns] },
      at: "scaled features")
  }

  /// Covariance, d × d, divided by n − 1.
  func covariance(threads: Int) -> SquareMatrix {
    let mean = mean
    // One column of the centred features at a time stands beside the others: d rows of n.
    var centred = [Double](repeating: 0, count: values.count)
    for row in 0..<rows { for j in 0..<columns { centred[j * rows + row] = values[row * columns + j] - mean[j] } }
    let n = Double(rows - 1)
    return SquareMatrix(symmetric: columns, threads: threads) { [centred] i, j in
      centred.withUnsafeBufferPointer { Dot.product($0.baseAddress! + i * rows, $0.baseAddress! + j * rows, rows) } / n
    }
  }
}

/// Inner products in a fixed order, eight sums side by side.
enum Dot {
  static func product(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
    var sums = SIMD8<Double>.zero, i = 0
    while i + 8 <= count {
      let u = UnsafeRawPointer(a + i).loadUnaligned(as: SIMD8<Double>.self),
        v = UnsafeRawPointer(b + i).loadUnaligned(as: SIMD8<Double>.self)
      sums += u * v
      i += 8
    }
    var total = sums.sum()
    while i < count { total += a[i] * b[i]; i += 1 }
    return total
  }
}
