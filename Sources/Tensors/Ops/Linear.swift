import CKernels

/// y = act(x·Wᵀ + b)      x [R…,K]  W [N,K]  b [N]  → y [R…,N]
///
/// The activation is applied while a tile is in cache; what stood before it is kept for the backward pass.
public struct Linear: Op {
  public enum Activation: Int32, Sendable, CaseIterable { case none = 0, gelu = 1, silu = 2 }

  public let activation: Activation
  public init(_ activation: Activation = .none) { self.activation = activation }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x.count == 3 && x[1].rank == 2 && x[0].width == x[1][1] && x[2].count == x[1][0], "linear: x \(x[0]), weight \(x[1]), bias \(x[2])")
    let y = Shape(x[0].sizes.dropLast() + [x[1][0]])
    return (y, activation == .none ? [] : [y])
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = y.compute, n = y.shape.width, k = x[0].shape.width
    let bias = x[2].pointer, out = y.pointer, pre = kept.first?.pointer
    c.product(y.shape.rows, n, k, x[0].pointer, x[1].pointer, transposed: true, 0, out) { r in
      c.kernels.bias_act(r.count, n, out + r.lowerBound * n, n, pre.map { $0 + r.lowerBound * n }, bias, activation.rawValue)
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let c = y.compute, rows = y.shape.rows, n = y.shape.width, k = x[0].shape.width
    if let pre = kept.first {
      c.parallel(over: y.count, grain: 1 << 15) { r in
        let d = dy.pointer + r.lowerBound
        c.kernels.act_backward(r.count, pre.pointer + r.lowerBound, d, d, activation.rawValue, 0)
      }
    }
    if let weight = dx[1] {
      let (t, accumulate) = weight.open()
      c.outer(n, k, rows, dy.pointer, x[0].pointer, accumulate: accumulate, t.pointer)
    }
    if let bias = dx[2] {
      let (t, accumulate) = bias.open()
      c.columnSum(rows, n, dy.pointer, accumulate: accumulate, t.pointer)
    }
    if let input = dx[0] {
      let (t, accumulate) = input.open()
      c.product(rows, k, n, dy.pointer, x[1].pointer, transposed: false, accumulate ? 1 : 0, t.pointer)
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let rows = x[0].shape.rows, k = x[0].shape.width, n = x[1].shape[0]
    var y = Oracle(zeros: Shape(x[0].shape.sizes.dropLast() + [n]))
    for r in 0..<rows {
      for j in 0..<n {
        var s = x[2].values[j]
        for i in 0..<k { s += x[0].values[r * k + i] * x[1].values[j * k + i] }
        y.values[r * n + j] = activation.reference(s)
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("plain", Linear(), [[2, 3, 5], [7, 5], [7]]),
      OpCase("gelu", Linear(.gelu), [[4, 6], [5, 6], [5]]),
      OpCase("silu", Linear(.silu), [[3, 4], [2, 4], [2]]),
      OpCase("many rows", Linear(.gelu), [[1100, 9], [17, 9], [17]]),
      OpCase("one row", Linear(), [[1, 33], [65, 33], [65]]),
      OpCase("wide weight", Linear(), [[3, 520], [516, 520], [516]]),
    ]
  }
}
