/// A square matrix of doubles, row-major.
package struct SquareMatrix: Sendable {
  package let size: Int
  package var values: [Double]

  package init(_ size: Int) { (self.size, values) = (size, [Double](repeating: 0, count: size * size)) }

  /// Symmetric, from its lower triangle; rows are computed side by side, each entry once, so threads do not change a
  /// bit.
  init(symmetric size: Int, threads: Int, _ entry: @Sendable (_ row: Int, _ column: Int) -> Double) {
    self.init(size)
    let rows = concurrent(size, threads: threads) { i in (0...i).map { entry(i, $0) } }
    for (i, row) in rows.enumerated() {
      for (j, value) in row.enumerated() {
        self[i, j] = value
        self[j, i] = value
      }
    }
  }

  package subscript(row: Int, column: Int) -> Double {
    get { values[row * size + column] }
    set { values[row * size + column] = newValue }
  }

  var trace: Double { (0..<size).reduce(0) { $0 + self[$1, $1] } }

  /// self · other for a symmetric `other`: both are then read along rows.
  func times(symmetric other: SquareMatrix, threads: Int) -> SquareMatrix {
    var out = SquareMatrix(size)
    out.values = concurrent(size, threads: threads) { i in
      values.withUnsafeBufferPointer { a in
        other.values.withUnsafeBufferPointer { b in
          (0..<size).map { Dot.product(a.baseAddress! + i * size, b.baseAddress! + $0 * size, size) }
        }
      }
    }.flatMap { $0 }
    return out
  }

  /// self · otherᵀ where that is known to be symmetric: half of it is computed.
  func symmetricProduct(transposed other: SquareMatrix, threads: Int) -> SquareMatrix {
    SquareMatrix(symmetric: size, threads: threads) { i, j in
      values.withUnsafeBufferPointer { a in
        other.values.withUnsafeBufferPointer { b in
          Dot.product(a.baseAddress! + i * size, b.baseAddress! + j * size, size)
        }
      }
    }
  }
}
