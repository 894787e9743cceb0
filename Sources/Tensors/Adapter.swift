import CKernels

/// How a weight is adapted: y gains s·(x·Aᵀ)·Bᵀ with A [r,K] and B [N,r] (Hu et al. 2022, LoRA, eq. 3). In products it
/// is one more term of the sum, so what follows (bias, activation, rounding) sees the whole.
public struct Adapter: Sendable, Equatable {
  /// s: α/r, or α/√r (Kalajdzievski 2023).
  public let scale: Float
  public init(scale: Float) { self.scale = scale }
}

/// What ops do with the adapter of one weight.
struct AdapterTerm {
  let a: Tensor, b: Tensor, scale: Float
  /// Columns before this one's in the tensor that holds x·Aᵀ of all adapters of an op.
  let column: Int
  var rank: Int { a.shape[0] }

  /// x·(s·A)ᵀ, kept as `type`: what B is multiplied by.
  func down(_ left: Products.Left, _ to: Tensor) -> (output: Products.Output, scaled: Tensor) {
    let scaled = Self.times(scale, a)
    return (
      Products.Output(rank, [.init(left, .init(scaled, ld: a.shape[1]))], ok_out(to, column: column)), scaled
    )
  }

  /// The term of y: (s·x·Aᵀ)·Bᵀ.
  func up(_ products: Products, _ low: Tensor, row: Int = 0, rows: Int) -> Products.Term {
    .init(products.left(source(low).from(row: row, k: 0), rows: rows, k: rank), .init(b, ld: rank))
  }

  /// Its columns of a tensor of all adapters.
  func source(_ low: Tensor) -> Products.Source {
    Products.Source(low.raw + column * low.type.size, low.type, ld: low.shape.width)
  }

  static func times(_ s: Float, _ x: Tensor) -> Tensor {
    let y = Tensor(undefined: x.shape, on: x.compute)
    x.compute.mix(x.count, s, x.pointer, 0, x.pointer, y.pointer)
    return y
  }
}

/// The adapters of an op's weights, the ranks side by side.
struct AdapterTerms {
  /// One a weight; nil where it is not adapted.
  let terms: [AdapterTerm?]
  var isEmpty: Bool { terms.allSatisfy { $0 == nil } }
  var width: Int { terms.reduce(0) { $0 + ($1?.rank ?? 0) } }

  /// - Parameter tensors: A and B of each that is there, in order.
  init(_ adapters: [Adapter?], _ tensors: ArraySlice<Tensor>) {
    var rest = tensors, column = 0
    terms = adapters.map { adapter in
      guard let adapter, let a = rest.popFirst(), let b = rest.popFirst() else { return nil }
      defer { column += a.shape[0] }
      return AdapterTerm(a: a, b: b, scale: adapter.scale, column: column)
    }
  }

  /// The width of the ranks side by side, of shapes.
  static func width(_ adapters: [Adapter?], _ shapes: ArraySlice<Shape>) -> Int {
    stride(from: shapes.startIndex, to: shapes.endIndex, by: 2).reduce(0) { $0 + shapes[$1][0] }
  }

  /// Writes x·(s·A)ᵀ of all into `low` [rows, width].
  func down(_ products: Products, _ left: Products.Left, _ low: Tensor, row: Int = 0) {
    let parts = terms.compactMap { $0?.down(left, low) }
    products.multiply(
      rows: left.rows,
      parts.map { .init($0.output.columns, $0.output.terms, products.shifted($0.output.out, rows: row)) })
    withExtendedLifetime(parts) {}
  }

  /// ∂loss/∂(x·Aᵀ) = s·dy·B of all, side by side, and the terms they add to ∂loss/∂x.
  struct Slopes {
    let values: Tensor
    let terms: [Products.Term]
    /// s·B: what the terms were made with.
    fileprivate let kept: [Tensor]
  }

  /// - Parameter dy: the gradients of each weight's outputs, `rows` rows of them.
  func slopes(_ products: Products, rows: Int, dy: [Products.Source]) -> Slopes {
    let values = Tensor(undefined: [rows, width], products.type, on: products.compute)
    var kept: [Tensor] = []
    let outputs = terms.enumerated().compactMap { i, term -> Products.Output? in
      guard let term else { return nil }
      let scaled = AdapterTerm.times(term.scale, term.b)
      kept.append(scaled)
      let left = products.left(dy[i], rows: rows, k: term.b.shape[0])
      return .init(
        term.rank, [.init(left, .init(scaled, ld: term.rank, columns: true))], ok_out(values, column: term.column))
    }
    products.multiply(rows: rows, outputs)
    let added = terms.compactMap { $0 }.map { term in
      let left = products.left(term.source(values), rows: rows, k: term.rank)
      return Products.Term(left, .init(term.a, ld: term.a.shape[1], columns: true))
    }
    return Slopes(values: values, terms: added, kept: kept)
  }

  /// Adds ∂loss/∂A and ∂loss/∂B.
  /// - Parameters:
  ///   - x: what was adapted, and its width.
  ///   - low: s·x·Aᵀ from the forward pass, from its row `row` on.
  ///   - slots: of A and B of each that is there, in order.
  ///   - resumes: earlier rows have been added already.
  func gradients(
    _ products: Products, rows: Int, x: Products.Source, inputs: Int, dy: [Products.Source], _ slopes: Slopes,
    low: Tensor, row: Int = 0, _ slots: [(a: AdapterSlot?, b: AdapterSlot?)], resumes: Bool = false
  ) {
    var next = 0, packed: Products.Packed?
    for (i, term) in terms.enumerated() {
      guard let term else { continue }
      defer { next += 1 }
      if let slot = slots[next].b {
        let right = products.right(rows: term.rank, term.source(low).from(row: row, k: 0).turned, k: rows)
        products.gradient(
          of: dy[i].turned, outputs: term.b.shape[0], k: rows, right, into: slot.tensor.pointer,
          accumulate: resumes || slot.accumulate, sums: nil)
      }
      if let slot = slots[next].a {
        let right = packed ?? products.right(rows: inputs, x.turned, k: rows)
        packed = right
        products.gradient(
          of: term.source(slopes.values).turned, outputs: term.rank, k: rows, right, into: slot.tensor.pointer,
          accumulate: resumes || slot.accumulate, sums: nil)
      }
    }
  }
}

/// Where a gradient goes that may be added to more than once.
struct AdapterSlot {
  let tensor: Tensor, accumulate: Bool
  init?(_ gradient: Gradient?) {
    guard let gradient else { return nil }
    (tensor, accumulate) = gradient.open()
  }

  /// A's and B's of every adapter, from the gradients of an op's last inputs.
  static func pairs(_ gradients: ArraySlice<Gradient?>) -> [(a: AdapterSlot?, b: AdapterSlot?)] {
    stride(from: gradients.startIndex, to: gradients.endIndex, by: 2).map {
      (AdapterSlot(gradients[$0]), AdapterSlot(gradients[$0 + 1]))
    }
  }
}
