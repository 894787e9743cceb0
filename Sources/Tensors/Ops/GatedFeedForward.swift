import CKernels

/// y = (act(x·W₁ᵀ) ∘ (x·W₂ᵀ))·W₃ᵀ      x [R…,D]  W₁ [F,D]  W₂ [F,D]  W₃ [N,F]  → y [R…,N]
///
/// Shazeer 2020 ("GLU variants"), without biases, as T5 v1.1 has it. Hidden activations exist a stretch of rows at a
/// time. y is f32 whatever is multiplied. Run frozen only.
public struct GatedFeedForward: Op {
  public let activation: Linear.Activation
  public init(_ activation: Linear.Activation) { self.activation = activation }

  public static let name = "GatedFeedForward"
  public func isDifferentiable(_ input: Int) -> Bool { false }
  public func flops(_ x: [Shape]) -> Double { Linear().flops(x) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(
      x.count == 4 && x[1].rank == 2 && x[3].rank == 2 && x[1] == x[2] && x[1][1] == x[0].width
        && x[3][1] == x[1][0], "gated feed-forward: \(x)")
    return (Shape(x[0].sizes.dropLast() + [x[3][0]]), [])
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = y.compute, type = x[0].type, products = Products(c, type), rows = y.shape.rows, d = x[0].shape.width,
      f = x[1].shape[0], n = y.shape.width, most = min(rows, FeedForward.stretch), kernels = c.operand(type)
    let gate = Tensor(undefined: [most, f], type, on: c), up = Tensor(undefined: [most, f], on: c)
    var inner = ok_out(gate)
    // What stands before the activation is nobody's: it is overwritten by what follows.
    if activation != .none { (inner.act, inner.pre) = (activation.rawValue, gate.raw) }
    let result = ok_out(y)
    for start in stride(from: 0, to: rows, by: FeedForward.stretch) {
      let count = min(FeedForward.stretch, rows - start)
      let input = products.left(Products.Source(x[0], ld: d).from(row: start, k: 0), rows: count, k: d)
      products.multiply(
        rows: count,
        [.init(f, [.init(input, .init(x[1], ld: d))], inner), .init(f, [.init(input, .init(x[2], ld: d))], ok_out(up))])
      let gates = gate.raw, ups = up.pointer
      c.parallel(over: count, grain: 8) { r in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: f) { wide in
          let line = wide.baseAddress!
          for row in r {
            kernels.widen_rows(1, f, gates + row * f * type.size, f, line, f)
            for i in 0..<f { ups[row * f + i] *= line[i] }
          }
        }
      }
      let hidden = products.left(.init(up, ld: f), rows: count, k: f)
      products.multiply(
        rows: count, [.init(n, [.init(hidden, .init(x[3], ld: f))], products.shifted(result, rows: start))])
      withExtendedLifetime(gate) {}
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {}

  public func reference(_ x: [Oracle]) -> Oracle {
    func times(_ a: Oracle, _ w: Oracle) -> Oracle {
      let n = w.shape[0], k = w.shape[1]
      var y = Oracle(zeros: Shape(a.shape.sizes.dropLast() + [n]))
      for r in 0..<a.shape.rows {
        for j in 0..<n {
          y.values[r * n + j] = (0..<k).reduce(0.0) { $0 + a.values[r * k + $1] * w.values[j * k + $1] }
        }
      }
      return y
    }
    var hidden = times(x[0], x[1])
    for (i, up) in times(x[0], x[2]).values.enumerated() {
      hidden.values[i] = activation.reference(hidden.values[i]) * up
    }
    return times(hidden, x[3])
  }

  public static var cases: [OpCase] {
    [
      OpCase("gelu", GatedFeedForward(.gelu), [[2, 3, 6], [9, 6], [9, 6], [5, 9]]),
      OpCase("silu, many rows", GatedFeedForward(.silu), [[1100, 4], [7, 4], [7, 4], [3, 7]]),
    ]
  }
}
