import CKernels

/// y = rows `ids` of a table      table [V,D]  → y [n,D]
///
/// A stored table is read where it lies: of a large vocabulary only the rows that occur are touched. Run frozen only.
public struct EmbeddingRows: Op {
  /// 0 … V−1, in order of the result.
  public let ids: [Int]
  public init(_ ids: [Int]) { self.ids = ids }

  public static let name = "EmbeddingRows"
  public func isDifferentiable(_ input: Int) -> Bool { false }
  public func flops(_ x: [Shape]) -> Double { 0 }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x.count == 1 && x[0].rank == 2, "rows of a table: \(x)")
    precondition(ids.allSatisfy { $0 >= 0 && $0 < x[0][0] }, "rows of a table of \(x[0][0])")
    return ([ids.count, x[0][1]], [])
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let d = y.shape.width, to = y.pointer, kernels = y.compute.kernels
    if let stored = x[0].stored {
      y.compute.parallel(over: ids.count, grain: 16) { r in
        for i in r { stored.decode(row: ids[i], columns: 0..<d, kernels, into: to + i * d) }
      }
    } else {
      let from = x[0].pointer
      for (i, id) in ids.enumerated() { (to + i * d).update(from: from + id * d, count: d) }
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {}

  public func reference(_ x: [Oracle]) -> Oracle {
    let d = x[0].shape.width
    return Oracle([ids.count, d], ids.flatMap { x[0].values[$0 * d..<($0 + 1) * d] })
  }

  public static var cases: [OpCase] { [OpCase("some twice", EmbeddingRows([3, 0, 3, 4]), [[5, 7]])] }
}
