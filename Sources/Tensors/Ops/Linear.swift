import CKernels

/// y = act(x·Wᵀ + b), or several projections of one x side by side      x [R…,K]  W₁ [N₁,K]  b₁ [N₁]  W₂ …  → y
/// [R…,N₁+N₂+…]
///
/// bf16 operands when x or y is bf16, or when asked for; sums are f32. The activation is applied while a tile is in
/// registers; what stood before it is kept for the backward pass. A weight may be adapted (`Adapter`): then A [r,K] and
/// B [N,r] of each that is follow the weights and biases, and where adapters see another x (with dropout), that one
/// last.
public struct Linear: Op {
  public enum Activation: Int32, Sendable, CaseIterable { case none = 0, gelu = 1, silu = 2 }

  public let activation: Activation
  /// The result's type; nil: that of x.
  public let result: ElementType?
  /// What is multiplied; nil: bf16 where x or y is.
  public let operands: ElementType?
  /// One a weight, or none at all.
  public let adapters: [Adapter?]
  /// Whether adapters read an x of their own, the last input.
  public let isDropped: Bool
  public init(
    _ activation: Activation = .none, as result: ElementType? = nil, operands: ElementType? = nil,
    adapters: [Adapter?] = [], isDropped: Bool = false
  ) {
    self.isDropped = isDropped && adapters.contains { $0 != nil }
    (self.activation, self.result, self.operands) = (activation, result, operands)
    self.adapters = adapters.contains { $0 != nil } ? adapters : []
  }

  public static let name = "Linear"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  /// Each row meets every weight once, in a multiplication and an addition.
  public func flops(_ x: [Shape]) -> Double {
    2 * Double(x[0].rows) * x.dropFirst().filter { $0.rank == 2 }.reduce(0) { $0 + Double($1.count) }
  }

  /// Inputs that are adapters'.
  private var low: Int { 2 * adapters.count { $0 != nil } + (isDropped ? 1 : 0) }
  /// A and B of each adapter, of all inputs.
  private func pairs<T>(_ x: [T]) -> ArraySlice<T> { x[end(x.count)..<(isDropped ? x.count - 1 : x.count)] }
  /// Where the adapters of `count` inputs begin.
  private func end(_ count: Int) -> Int { count - low }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    let end = end(x.count)
    precondition(end >= 3 && end % 2 == 1, "linear: x, then weights and biases in pairs, not \(x)")
    precondition(
      adapters.isEmpty || adapters.count == end / 2, "linear: \(adapters.count) adapters for \(end / 2) weights")
    var width = 0, at = end
    for i in stride(from: 1, to: end, by: 2) {
      precondition(
        x[i].rank == 2 && x[0].width == x[i][1] && x[i + 1].count == x[i][0],
        "linear: x \(x[0]), weight \(x[i]), bias \(x[i + 1])")
      width += x[i][0]
      guard !adapters.isEmpty, adapters[i / 2] != nil else { continue }
      precondition(
        x[at].rank == 2 && x[at][1] == x[0].width && x[at + 1] == Shape([x[i][0], x[at][0]]),
        "linear: weight \(x[i]), its adapter \(x[at]) and \(x[at + 1])")
      at += 2
    }
    precondition(activation == .none || end == 3, "an activation stands after a single projection")
    precondition(!isDropped || x[x.count - 1] == x[0], "linear: adapters of \(x[0]) read \(x[x.count - 1])")
    let lead = x[0].sizes.dropLast(), y = Shape(lead + [width])
    return (
      y,
      (activation == .none ? [] : [y])
        + (low == 0 ? [] : [Shape(lead + [AdapterTerms.width(adapters, pairs(x))])])
    )
  }

  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (result ?? x[0], operand(x[0])) }

  private func operand(_ x: ElementType) -> ElementType { operands ?? (x == .bf16 || result == .bf16 ? .bf16 : .f32) }

  /// The column at which each weight's part of y begins.
  private func columns(_ x: [Tensor]) -> [Int] {
    stride(from: 1, to: end(x.count) - 2, by: 2).reduce(into: [0]) { $0.append($0.last! + x[$1].shape[0]) }
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let products = Products(y.compute, operand(x[0].type)), k = x[0].shape.width, columns = columns(x),
      rows = y.shape.rows
    let left = products.left(.init(x[0], ld: k), rows: rows, k: k), terms = AdapterTerms(adapters, pairs(x))
    if let low = kept.last, !terms.isEmpty {
      let own = isDropped ? products.left(.init(x[x.count - 1], ld: k), rows: rows, k: k) : left
      terms.down(products, own, low)
    }
    let outputs = columns.indices.map { i in
      var out = ok_out(y, column: columns[i], bias: x[2 + 2 * i].pointer)
      if activation != .none { (out.act, out.pre) = (activation.rawValue, kept[0].raw) }
      let own = Products.Term(left, .init(x[1 + 2 * i], ld: k)),
        more = terms.isEmpty ? nil : terms.terms[i]?.up(products, kept[kept.count - 1], rows: rows)
      return Products.Output(x[1 + 2 * i].shape[0], [own] + (more.map { [$0] } ?? []), out)
    }
    products.multiply(rows: rows, outputs)
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let c = y.compute, rows = y.shape.rows, n = y.shape.width, k = x[0].shape.width, columns = columns(x),
      end = end(x.count)
    if activation != .none {
      let pre = kept[0]
      precondition(
        pre.type == .f32 && dy.type == .f32,
        "activations inside Linear are differentiated in f32; FeedForward does bf16")
      let slope = dy.pointer, before = pre.pointer
      c.parallel(over: y.count, grain: 1 << 15) { r in
        let d = slope + r.lowerBound
        c.kernels.act_backward(r.count, before + r.lowerBound, d, d, activation.rawValue, 0)
      }
    }
    let products = Products(c, operand(x[0].type))
    if dx[1..<end].contains(where: { $0 != nil }) {
      let right = products.right(rows: k, .init(x[0], ld: k, columns: true), k: rows)
      for (i, column) in columns.enumerated() {
        guard let slots = WeightSlots(dx[1 + 2 * i], dx[2 + 2 * i], outputs: x[1 + 2 * i].shape[0], on: c) else {
          continue
        }
        products.gradient(
          of: .init(dy.raw + column * dy.type.size, dy.type, ld: n, columns: true), rows: rows, right, into: slots)
      }
    }
    let parts = columns.map { Products.Source(dy.raw + $0 * dy.type.size, dy.type, ld: n) },
      adapted = AdapterTerms(adapters, pairs(x)), seen = isDropped ? x[x.count - 1] : x[0]
    let low = adapted.isEmpty ? nil : adapted.slopes(products, rows: rows, dy: parts)
    if let low {
      adapted.gradients(
        products, rows: rows, x: .init(seen, ld: k), inputs: k, dy: parts, low, low: kept[kept.count - 1],
        AdapterSlot.pairs(pairs(dx)))
    }
    if let (t, accumulate) = dx[0]?.open() {
      let terms = columns.indices.map { i in
        Products.Term(
          products.left(parts[i], rows: rows, k: x[1 + 2 * i].shape[0]), .init(x[1 + 2 * i], ld: k, columns: true))
      }
      products.multiply(
        rows: rows, [.init(k, terms + (isDropped ? [] : low?.terms ?? []), ok_out(t, accumulate: accumulate))])
    }
    if isDropped, let low, let (t, accumulate) = dx[x.count - 1]?.open() {
      products.multiply(rows: rows, [.init(k, low.terms, ok_out(t, accumulate: accumulate))])
    }
    withExtendedLifetime(low) {}
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let rows = x[0].shape.rows, k = x[0].shape.width, width = infer(x.map(\.shape)).y.width, end = end(x.count)
    guard !isDropped else { return droppedReference(x, end) }
    var y = Oracle(zeros: Shape(x[0].shape.sizes.dropLast() + [width])), column = 0, at = end
    for w in stride(from: 1, to: end, by: 2) {
      let n = x[w].shape[0]
      var weight = x[w].values
      if !adapters.isEmpty, let adapter = adapters[w / 2] {
        let (a, b) = (x[at], x[at + 1]), rank = a.shape[0]
        at += 2
        for j in 0..<n {
          for i in 0..<k {
            for e in 0..<rank {
              weight[j * k + i] += Double(adapter.scale) * b.values[j * rank + e] * a.values[e * k + i]
            }
          }
        }
      }
      for r in 0..<rows {
        for j in 0..<n {
          var s = x[w + 1].values[j]
          for i in 0..<k { s += x[0].values[r * k + i] * weight[j * k + i] }
          y.values[r * width + column + j] = activation.reference(s)
        }
      }
      column += n
    }
    return y
  }

  /// What the weights make of x, and the adapters, beside weights of zero, of theirs.
  private func droppedReference(_ x: [Oracle], _ end: Int) -> Oracle {
    var zeros = Array(x[..<end])
    zeros[0] = x[x.count - 1]
    for i in 1..<end { zeros[i] = Oracle(zeros: x[i].shape) }
    let own = Linear().reference(Array(x[..<end])), low = Linear(adapters: adapters).reference(zeros + pairs(x))
    return Oracle(own.shape, zip(own.values, low.values).map { activation.reference($0 + $1) })
  }

  public static var cases: [OpCase] {
    [
      OpCase(
        "dropped", Linear(adapters: [Adapter(scale: 0.5), nil, Adapter(scale: 2)], isDropped: true),
        [[2, 9, 6], [4, 6], [4], [3, 6], [3], [2, 6], [2], [3, 6], [4, 3], [1, 6], [2, 1], [2, 9, 6]]),
      OpCase(
        "dropped, gelu", Linear(.gelu, adapters: [Adapter(scale: 2)], isDropped: true),
        [[20, 6], [5, 6], [5], [3, 6], [5, 3], [20, 6]]),
      OpCase("plain", Linear(), [[2, 3, 5], [7, 5], [7]]),
      OpCase("gelu", Linear(.gelu), [[4, 6], [5, 6], [5]]),
      OpCase("silu", Linear(.silu), [[3, 4], [2, 4], [2]]),
      OpCase("many rows", Linear(.gelu), [[1100, 9], [17, 9], [17]]),
      OpCase("one row", Linear(), [[1, 33], [65, 33], [65]]),
      OpCase("wide weight", Linear(), [[3, 520], [516, 520], [516]]),
      OpCase("long sum", Linear(), [[2100, 3], [5, 3], [5]]),
      OpCase("three projections", Linear(), [[2, 5, 6], [4, 6], [4], [8, 6], [8], [2, 6], [2]]),
      OpCase("adapted", Linear(adapters: [Adapter(scale: 0.5)]), [[3, 7], [5, 7], [5], [2, 7], [5, 2]]),
      OpCase(
        "adapted, gelu", Linear(.gelu, adapters: [Adapter(scale: 2)]), [[20, 6], [5, 6], [5], [3, 6], [5, 3]]),
      OpCase(
        "two of three adapted", Linear(adapters: [Adapter(scale: 2), nil, Adapter(scale: 1)]),
        [[2, 9, 6], [4, 6], [4], [8, 6], [8], [2, 6], [2], [3, 6], [4, 3], [1, 6], [2, 1]]),
    ]
  }
}

/// Where the gradients of a weight and of its bias go.
struct WeightSlots {
  let outputs: Int
  let weight: (tensor: Tensor, accumulate: Bool)?
  let bias: (tensor: Tensor, accumulate: Bool)?
  let sums: Buffer?

  /// Nil when neither is asked for.
  init?(_ weight: Gradient?, _ bias: Gradient?, outputs: Int, on compute: Compute) {
    guard weight != nil || bias != nil else { return nil }
    (self.outputs, self.weight, self.bias) = (outputs, weight?.open(), bias?.open())
    sums = bias.map { _ in compute.scratch(outputs) }
  }
}

extension Products {
  /// dW [outputs, K] += dyᵀ·x and db += Σ rows of dy, where dy is given as columns and x is already packed.
  /// - Parameter resumes: earlier rows have been added already.
  func gradient(of dy: Source, rows: Int, _ x: Packed, into slots: WeightSlots, resumes: Bool = false) {
    gradient(
      of: dy, outputs: slots.outputs, k: rows, x, into: slots.weight?.tensor.pointer,
      accumulate: resumes || slots.weight?.accumulate == true, sums: slots.sums?.base)
    if let sums = slots.sums, let (t, accumulate) = slots.bias {
      compute.sumPartials(1, slots.outputs, sums.base, accumulate: resumes || accumulate, t.pointer)
    }
  }
}
