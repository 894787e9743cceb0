import CKernels

/// Every pixel of a picture attends to all of it, one head: softmax(q·kᵀ/√C)·v
///
/// qkv [N,T,3C], the projections side by side → o [N,T,C]. As in the middle of the autoencoders of the Wan family and
/// of those before it (Esser et al. 2021, §A). Online softmax in blocks of keys (Dao 2023).
public struct PixelAttention: Op {
  public init() {}

  public static let name = "PixelAttention"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  /// Two products of T×T with C.
  public func flops(_ x: [Shape]) -> Double { 4 * Double(x[0].count / 3) * Double(x[0][1]) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x.count == 1 && x[0].rank == 3 && x[0][2] % 3 == 0, "attention of pixels: \(x)")
    return ([x[0][0], x[0][1], x[0][2] / 3], [[x[0][0], x[0][1]]])
  }

  public var reads: BackwardReads { [.inputs, .output] }
  /// Queries a task.
  private static let queriesPerTask = 256

  /// One picture's head, its queries from one on.
  private func head(_ qkv: UnsafePointer<Float>, _ t: Int, _ c: Int, from: Int, count: Int) -> ok_head {
    ok_head(
      queries: count, keys: t, head: c, scale: 1 / Float(c).squareRoot(), q: qkv + from * 3 * c, k: qkv + c,
      v: qkv + 2 * c, ldq: 3 * c, ldk: 3 * c, ldv: 3 * c, limits: nil, bias: nil)
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let (n, t, c) = (y.shape[0], y.shape[1], y.shape[2]), compute = y.compute, kernels = compute.f32
    guard y.count > 0 else { return }
    let run = min(t, Self.queriesPerTask), per = (t + run - 1) / run,
      size = (Int(kernels.attend_room(t, c)) + 15) / 16 * 16, room = compute.scratch(compute.threads * size),
      rooms = room.base, from = x[0].pointer, to = y.pointer, sums = kept[0].pointer
    compute.parallel(n * per) { i, worker in
      let first = i % per * run, picture = i / per
      var part = head(from + picture * t * 3 * c, t, c, from: first, count: min(run, t - first))
      kernels.attend(&part, to + (picture * t + first) * c, c, sums + picture * t + first, rooms + worker * size)
    }
    withExtendedLifetime(room) {}
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let slot = dx[0], y.count > 0 else { return }
    let (n, t, c) = (y.shape[0], y.shape[1], y.shape[2]), compute = y.compute, kernels = compute.f32
    let size = (Int(kernels.attend_backward_room(t, t, c)) + 15) / 16 * 16,
      room = compute.scratch(compute.threads * size), slopes = Tensor(undefined: x[0].shape, on: compute)
    let rooms = room.base, from = x[0].pointer, out = y.pointer, down = dy.pointer, sums = kept[0].pointer,
      to = slopes.pointer
    compute.parallel(n) { i, worker in
      var whole = head(from + i * t * 3 * c, t, c, from: 0, count: t)
      let at = to + i * t * 3 * c
      kernels.attend_backward(
        &whole, out + i * t * c, down + i * t * c, c, sums + i * t, at, at + c, 3 * c, at + 2 * c, 3 * c, 0,
        rooms + worker * size)
    }
    slot.adopt(slopes)
    withExtendedLifetime(room) {}
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let (n, t, c) = (x[0].shape[0], x[0].shape[1], x[0].shape[2] / 3)
    func part(_ column: Int) -> Oracle {
      var y = Oracle(zeros: [n, t, c])
      for i in 0..<n { for j in 0..<t { for e in 0..<c { y[i, j, e] = x[0][i, j, column + e] } } }
      return y
    }
    return AttentionHeads.reference(part(0), part(c), x[0], column: 2 * c, heads: 1, mask: .none)
  }

  public static var cases: [OpCase] {
    [
      OpCase("small", PixelAttention(), [[2, 6, 9]]),
      OpCase("wide head", PixelAttention(), [[1, 20, 120]]),
      OpCase("many pixels", PixelAttention(), [[1, 300, 12]]),
    ]
  }
}
