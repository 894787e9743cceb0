import CKernels

/// Tokens attend to a context      q [B,T,D]  kv [B,L,2D]  norms of queries and keys [D], [D]  → o [B,T,D]
///
/// kv is the two projections of the context side by side, in q's type or in f32: a context is short, and sums over it
/// cancel (a bias of the keys would do nothing but for their norm), so rounding its gradients would show. No positions.
/// See `AttentionHeads` for the formula.
public struct CrossAttention: Op {
  public let heads: Int, eps: Float, mask: AttentionMask
  public init(heads: Int, eps: Float, mask: AttentionMask = .none) {
    (self.heads, self.eps, self.mask) = (heads, eps, mask)
  }

  public static let name = "CrossAttention"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  /// Two products of T×L with H a head, whatever the mask leaves out.
  public func flops(_ x: [Shape]) -> Double { 4 * Double(x[0].count) * Double(x[1][1]) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    let (b, t, d) = (x[0][0], x[0][1], x[0][2])
    precondition(
      x.count == 4 && x[1].rank == 3 && x[1][0] == b && x[1][2] == 2 * d && x[2].count == d && x[3].count == d
        && d % heads == 0, "cross attention: \(x), \(heads) heads")
    return (x[0], [[b * t], [b * x[1][1]], [b, heads, t]])
  }

  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (x[0], .f32) }

  private func parts(_ x: [Tensor]) -> AttentionHeads {
    .init(
      heads: heads, head: x[0].shape[2] / heads, eps: eps, mask: mask, samples: x[0].shape[0], queries: x[0].shape[1],
      keys: x[1].shape[1])
  }
  private func norm(_ weight: Tensor) -> AttentionHeads.Norm { .init(weight: weight.pointer, cos: nil, sin: nil) }

  public var reads: BackwardReads { [.inputs, .output] }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    parts(x).forward(
      q: .init(x[0]), k: .init(x[1]), v: .init(x[1], column: y.shape[2]), norm(x[2]), norm(x[3]), y, kept)
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let d = y.shape[2], q = dx[0]?.open(), kv = dx[1]?.open()
    parts(x).backward(
      q: .init(x[0]), k: .init(x[1]), v: .init(x[1], column: d), norm(x[2]), norm(x[3]), y, kept, dy,
      dq: q.map { (.init($0.tensor), $0.accumulate) },
      dk: kv.map { (.init($0.tensor), $0.accumulate) }, dv: kv.map { (.init($0.tensor, column: d), $0.accumulate) },
      weightQ: dx[2], weightK: dx[3])
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let d = x[0].shape[2], head = d / heads
    let q = AttentionHeads.reference(norm: x[0], column: 0, x[2], nil, nil, head: head, eps: eps),
      k = AttentionHeads.reference(norm: x[1], column: 0, x[3], nil, nil, head: head, eps: eps)
    return AttentionHeads.reference(q, k, x[1], column: d, heads: heads, mask: mask)
  }

  public static var cases: [OpCase] {
    [
      OpCase("three heads", CrossAttention(heads: 3, eps: 1e-6), [[1, 7, 9], [1, 4, 18], [9], [9]]),
      OpCase(
        "key lengths", CrossAttention(heads: 1, eps: 1e-6, mask: .keyLengths([1, 3])),
        [[2, 4, 6], [2, 5, 12], [6], [6]]),
      OpCase("many keys", CrossAttention(heads: 1, eps: 1e-6), [[1, 70, 2], [1, 1030, 4], [2], [2]]),
    ]
  }
}
