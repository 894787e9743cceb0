import CKernels

/// y = gelu(x·W₁ᵀ + b₁)·W₂ᵀ + b₂      x [R…,D]  W₁ [F,D]  b₁ [F]  W₂ [N,F]  b₂ [N]  → y [R…,N]
///
/// The transformer's feed-forward (Vaswani et al. 2017, §3.3). A run of rows passes through both products while its
/// hidden activations are in the second-level cache. Kept: what stood before the GELU, in the type of x; the backward
/// pass turns it into the activations in place, with the slope, so that GELU's tanh is evaluated once.
public struct FeedForward: Op {
  public init() {}

  public static let name = "FeedForward"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { Linear().flops(x) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(
      x.count == 5 && x[1].rank == 2 && x[3].rank == 2 && x[1][1] == x[0].width && x[2].count == x[1][0]
        && x[3][1] == x[1][0] && x[4].count == x[3][0],
      "feed-forward: \(x)")
    let lead = x[0].sizes.dropLast()
    return (Shape(lead + [x[3][0]]), [Shape(lead + [x[1][0]])])
  }

  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (x[0], x[0]) }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let products = Products(y.compute, x[0].type), d = x[0].shape.width, f = x[1].shape[0], pre = kept[0],
      size = pre.type.size
    let up = products.right(rows: f, [(.init(x[1], ld: d), d)]),
      down = products.right(rows: y.shape.width, [(.init(x[3], ld: f), f)])
    let source = Products.Source(x[0], ld: d), result = ok_out(y, bias: x[4].pointer), width = y.shape.width,
      type = pre.type
    var inner = ok_out(pre, bias: x[2].pointer)
    (inner.act, inner.pre) = (Linear.Activation.gelu.rawValue, pre.raw)
    let rows = products.rowsPerTask, input = rows * products.words(d), hidden = rows * products.words(f)
    // Room: the task's rows of x packed, its activations, and those packed.
    products.tasks(rows: y.shape.rows, room: input + 2 * hidden + rows) { r, room in
      let activations = room + input, packed = activations + (rows * f * size + 3) / 4
      let rows = products.left(source, from: r.lowerBound, count: r.count, k: d, into: room)
      var out = products.shifted(inner, rows: r.lowerBound)
      out.y = UnsafeMutableRawPointer(activations)
      products.tile(rows, f, up.base, out)
      let hidden = products.left(.init(activations, type, ld: f), from: 0, count: r.count, k: f, into: packed)
      products.tile(hidden, width, down.base, products.shifted(result, rows: r.lowerBound))
    }
  }

  /// Rows differentiated at a time: what a stretch needs beside its gradients is bounded, and its slopes stay near.
  static let stretch = 1024

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let c = y.compute, products = Products(c, x[0].type), rows = y.shape.rows, d = x[0].shape.width, f = x[1].shape[0],
      n = y.shape.width, pre = kept[0], size = pre.type.size
    let slopes = Tensor(undefined: [min(rows, Self.stretch), f], pre.type, on: c)  // ∂loss/∂(x·W₁ᵀ + b₁)
    let down = products.right(rows: f, [(.init(x[3], ld: f, columns: true), n)]), input = dx[0]?.open()
    let up = input.map { _ in products.right(rows: d, [(.init(x[1], ld: d, columns: true), f)]) }
    let second = WeightSlots(dx[3], dx[4], outputs: n, on: c), first = WeightSlots(dx[1], dx[2], outputs: f, on: c)
    let kept = pre.raw, type = pre.type, slope = Products.Source(dy, ld: n), hidden = Products.Source(slopes, ld: f),
      result = input.map { ok_out($0.tensor, accumulate: $0.accumulate) }
    var inner = ok_out(slopes)
    (inner.act, inner.slope) = (Linear.Activation.gelu.rawValue, 1)
    let most = products.rowsPerTask * (products.words(n) + products.words(f))
    for start in stride(from: 0, to: rows, by: Self.stretch) {
      let count = min(Self.stretch, rows - start), activations = kept + start * f * size
      inner.pre = activations
      let inner = inner
      products.tasks(rows: count, room: most) { r, room in
        let rows = products.left(slope, from: start + r.lowerBound, count: r.count, k: n, into: room)
        products.tile(rows, f, down.base, products.shifted(inner, rows: r.lowerBound))
        guard let up, let result else { return }
        let packed = room + products.rowsPerTask * products.words(n)
        let rowsOfSlopes = products.left(hidden, from: r.lowerBound, count: r.count, k: f, into: packed)
        products.tile(rowsOfSlopes, d, up.base, products.shifted(result, rows: start + r.lowerBound))
      }
      if let second {
        let right = products.right(rows: f, [(.init(activations, type, ld: f, columns: true), count)])
        products.gradient(
          of: .init(dy.raw + start * n * dy.type.size, dy.type, ld: n, columns: true), rows: count, right, into: second,
          resumes: start > 0)
      }
      if let first {
        let right = products.right(
          rows: d, [(.init(x[0].raw + start * d * x[0].type.size, x[0].type, ld: d, columns: true), count)])
        products.gradient(of: .init(slopes, ld: f, columns: true), rows: count, right, into: first, resumes: start > 0)
      }
    }
    withExtendedLifetime(slopes) {}
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    Linear().reference([Linear(.gelu).reference([x[0], x[1], x[2]]), x[3], x[4]])
  }

  public static var cases: [OpCase] {
    [
      OpCase("plain", FeedForward(), [[2, 3, 5], [9, 5], [9], [7, 9], [7]]),
      OpCase("several tasks", FeedForward(), [[130, 6], [40, 6], [40], [6, 40], [6]]),
      OpCase("several stretches", FeedForward(), [[1100, 4], [9, 4], [9], [5, 9], [5]]),
    ]
  }
}
