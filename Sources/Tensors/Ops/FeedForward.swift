import CKernels

/// y = gelu(x·W₁ᵀ + b₁)·W₂ᵀ + b₂      x [R…,D]  W₁ [F,D]  b₁ [F]  W₂ [N,F]  b₂ [N]  → y [R…,N]
///
/// The transformer's feed-forward (Vaswani et al. 2017, §3.3). Its hidden activations exist a stretch of rows at a time.
/// Kept: what stood before the GELU, in the type of x; the backward
/// pass turns it into the activations in place, with the slope, so that GELU's tanh is evaluated once.
public struct FeedForward: Op {
  /// Of W₁ and W₂; A and B of each that is adapted follow the five inputs.
  public let up: Adapter?, down: Adapter?
  public init(up: Adapter? = nil, down: Adapter? = nil) { (self.up, self.down) = (up, down) }

  public static let name = "FeedForward"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { Linear().flops(x) }

  private func upTerms(_ x: [Tensor]) -> AdapterTerms { AdapterTerms([up], x[5..<(up == nil ? 5 : 7)]) }
  private func downTerms(_ x: [Tensor]) -> AdapterTerms { AdapterTerms([down], x[(up == nil ? 5 : 7)...]) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(
      x.count == 5 + (up == nil ? 0 : 2) + (down == nil ? 0 : 2) && x[1].rank == 2 && x[3].rank == 2
        && x[1][1] == x[0].width && x[2].count == x[1][0] && x[3][1] == x[1][0] && x[4].count == x[3][0],
      "feed-forward: \(x)")
    let lead = x[0].sizes.dropLast(), ranks = stride(from: 5, to: x.count, by: 2).map { Shape(lead + [x[$0][0]]) }
    return (Shape(lead + [x[3][0]]), [Shape(lead + [x[1][0]])] + ranks)
  }

  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (x[0], x[0]) }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let products = Products(y.compute, x[0].type), rows = y.shape.rows, d = x[0].shape.width, f = x[1].shape[0],
      n = y.shape.width, type = x[0].type, pre = kept[0], first = upTerms(x), second = downTerms(x)
    let hidden = Tensor(undefined: [min(rows, Self.stretch), f], type, on: y.compute)
    var inner = ok_out(hidden, bias: x[2].pointer)
    inner.act = Linear.Activation.gelu.rawValue
    let result = ok_out(y, bias: x[4].pointer)
    for start in stride(from: 0, to: rows, by: Self.stretch) {
      let count = min(Self.stretch, rows - start)
      inner.pre = pre.raw + start * f * type.size
      let input = products.left(Products.Source(x[0], ld: d).from(row: start, k: 0), rows: count, k: d)
      if !first.isEmpty { first.down(products, input, kept[1], row: start) }
      let raise = first.terms[0]?.up(products, kept[1], row: start, rows: count)
      products.multiply(rows: count, [.init(f, [.init(input, .init(x[1], ld: d))] + (raise.map { [$0] } ?? []), inner)])
      let activations = products.left(.init(hidden, ld: f), rows: count, k: f), low = kept[kept.count - 1]
      if !second.isEmpty { second.down(products, activations, low, row: start) }
      let lower = second.terms[0]?.up(products, low, row: start, rows: count)
      products.multiply(
        rows: count,
        [
          .init(
            n, [.init(activations, .init(x[3], ld: f))] + (lower.map { [$0] } ?? []),
            products.shifted(result, rows: start))
        ])
    }
    withExtendedLifetime(hidden) {}
  }

  /// Rows that pass at a time: what a stretch needs beside its results is bounded, and its hidden activations stay near.
  static let stretch = 1024

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let c = y.compute, products = Products(c, x[0].type), rows = y.shape.rows, d = x[0].shape.width, f = x[1].shape[0],
      n = y.shape.width, pre = kept[0], size = pre.type.size, lower = upTerms(x), upper = downTerms(x)
    let slopes = Tensor(undefined: [min(rows, Self.stretch), f], pre.type, on: c)  // ∂loss/∂(x·W₁ᵀ + b₁)
    let second = WeightSlots(dx[3], dx[4], outputs: n, on: c), first = WeightSlots(dx[1], dx[2], outputs: f, on: c)
    let slots = AdapterSlot.pairs(dx[5...]), inputSlots = up == nil ? [] : [slots[0]],
      outputSlots = down == nil ? [] : [slots[slots.count - 1]]
    let result = (dx[0]?.open()).map { ok_out($0.tensor, accumulate: $0.accumulate) }
    var inner = ok_out(slopes)
    (inner.act, inner.slope) = (Linear.Activation.gelu.rawValue, 1)
    for start in stride(from: 0, to: rows, by: Self.stretch) {
      let count = min(Self.stretch, rows - start), activations = pre.raw + start * f * size, resumes = start > 0
      inner.pre = activations
      let slope = Products.Source(dy, ld: n).from(row: start, k: 0),
        input = Products.Source(x[0], ld: d).from(row: start, k: 0)
      // The slopes first: the product turns what stood before the GELU into the activations, which the adapter of W₂
      // and W₂ itself need for their gradients. An adapter's part of the slopes needs no activations.
      let reach = upper.isEmpty ? nil : upper.slopes(products, rows: count, dy: [slope])
      products.multiply(
        rows: count,
        [
          .init(
            f,
            [.init(products.left(slope, rows: count, k: n), .init(x[3], ld: f, columns: true))] + (reach?.terms ?? []),
            inner)
        ])
      if let reach {
        upper.gradients(
          products, rows: count, x: .init(activations, pre.type, ld: f), inputs: f, dy: [slope], reach,
          low: kept[kept.count - 1], row: start, outputSlots, resumes: resumes)
      }
      let own = lower.isEmpty ? nil : lower.slopes(products, rows: count, dy: [.init(slopes, ld: f)])
      if let own {
        lower.gradients(
          products, rows: count, x: input, inputs: d, dy: [.init(slopes, ld: f)], own, low: kept[1], row: start,
          inputSlots, resumes: resumes)
      }
      if let result {
        let left = products.left(.init(slopes, ld: f), rows: count, k: f)
        products.multiply(
          rows: count,
          [
            .init(
              d, [.init(left, .init(x[1], ld: d, columns: true))] + (own?.terms ?? []),
              products.shifted(result, rows: start))
          ])
      }
      if let second {
        let right = products.right(rows: f, .init(activations, pre.type, ld: f, columns: true), k: count)
        products.gradient(
          of: .init(dy.raw + start * n * dy.type.size, dy.type, ld: n, columns: true), rows: count, right, into: second,
          resumes: resumes)
      }
      if let first {
        let right = products.right(
          rows: d, .init(x[0].raw + start * d * x[0].type.size, x[0].type, ld: d, columns: true), k: count)
        products.gradient(of: .init(slopes, ld: f, columns: true), rows: count, right, into: first, resumes: resumes)
      }
      withExtendedLifetime((reach, own)) {}
    }
    withExtendedLifetime(slopes) {}
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let first = up == nil ? [] : Array(x[5..<7]), second = down == nil ? [] : Array(x[(up == nil ? 5 : 7)...])
    return Linear(adapters: [down]).reference(
      [Linear(.gelu, adapters: [up]).reference([x[0], x[1], x[2]] + first), x[3], x[4]] + second)
  }

  public static var cases: [OpCase] {
    [
      OpCase("plain", FeedForward(), [[2, 3, 5], [9, 5], [9], [7, 9], [7]]),
      OpCase("several tasks", FeedForward(), [[130, 6], [40, 6], [40], [6, 40], [6]]),
      OpCase(
        "adapted", FeedForward(up: Adapter(scale: 0.5), down: Adapter(scale: 2)),
        [[2, 3, 5], [9, 5], [9], [7, 9], [7], [2, 5], [9, 2], [3, 9], [7, 3]]),
      OpCase(
        "adapted down", FeedForward(down: Adapter(scale: 1)),
        [[2, 13, 5], [9, 5], [9], [7, 9], [7], [3, 9], [7, 3]]),
      OpCase(
        "adapted, several stretches", FeedForward(up: Adapter(scale: 1), down: Adapter(scale: 1)),
        [[1030, 3], [4, 3], [4], [3, 4], [3], [2, 3], [4, 2], [1, 4], [3, 1]]),
      OpCase("several stretches", FeedForward(), [[1100, 4], [9, 4], [9], [5, 9], [5]]),
    ]
  }
}
