import Tensors

/// y = act(x·Wᵀ + b), with its parameters, and what adapts it.
public struct LinearLayer {
  public let weight: Tensor
  public let bias: Tensor
  let adapter: LayerAdapter?

  /// - Parameter initial: of the weight; Glorot's uniform by default. The bias starts at zero.
  public init(_ scope: Scope, _ inputs: Int, _ outputs: Int, initial: Initial? = nil) {
    weight = scope.matrix("weight", [outputs, inputs], initial ?? .xavier(inputs, outputs))
    bias = scope.parameter("bias", [outputs], .zeros)
    adapter = scope.adapter(inputs, outputs, of: weight)
  }

  /// - Parameter result: the type of y; nil: that of x.
  public func callAsFunction(
    _ x: Tensor, _ activation: Linear.Activation = .none, as result: ElementType? = nil
  ) -> Tensor {
    guard adapter?.magnitude != nil else {
      let seen = Self.dropped([self], x)
      return Linear(activation, as: result, adapters: [adapter?.op], isDropped: !seen.isEmpty).apply(
        [x, weight, bias] + low + seen)
    }
    let y = Self.scaled([self], x, as: activation == .none ? result ?? x.type : .f32, operands: Self.type(x, result))
    return activation == .none ? y : Activate(activation)(y)
  }

  /// What the layers' adapters read of x, where that is not all: projections of one x leave out the same, as the first
  /// of them draws it.
  private static func dropped(_ layers: [LinearLayer], _ x: Tensor) -> [Tensor] {
    layers.lazy.compactMap { $0.adapter?.dropout }.first.map { [$0(x)] } ?? []
  }

  /// What is multiplied, as `Linear` decides it.
  private static func type(_ x: Tensor, _ result: ElementType?) -> ElementType {
    x.type == .bf16 || result == .bf16 ? .bf16 : .f32
  }

  /// Projections of which one at least has lengths of its own: products without biases, then lengths and biases by
  /// columns.
  private static func scaled(
    _ layers: [LinearLayer], _ x: Tensor, as result: ElementType, operands: ElementType
  ) -> Tensor {
    let compute = x.compute
    let z = Linear(as: .f32, operands: operands, adapters: layers.map { $0.adapter?.op }).apply(
      [x] + layers.flatMap { [$0.weight, Tensor(zeros: $0.bias.shape, on: compute)] } + layers.flatMap(\.low))
    return Magnitude(as: result).apply(
      [z]
        + layers.flatMap { layer -> [Tensor] in
          let width = layer.bias.count
          guard let (m, norms) = layer.adapter?.magnitude else {
            let one = Tensor([Float](repeating: 1, count: width), [width], on: compute)
            return [one, one, layer.bias]
          }
          return [m, norms, layer.bias]
        })
  }

  /// A and B, where there are.
  private var low: [Tensor] { adapter.map { [$0.a, $0.b] } ?? [] }

  /// Several projections of one x, side by side. - Parameters as `Linear`'s.
  public static func beside(
    _ layers: [LinearLayer], _ x: Tensor, as result: ElementType? = nil, operands: ElementType? = nil
  ) -> Tensor {
    guard layers.allSatisfy({ $0.adapter?.magnitude == nil }) else {
      return scaled(layers, x, as: result ?? x.type, operands: operands ?? type(x, result))
    }
    let seen = dropped(layers, x)
    return Linear(
      as: result, operands: operands, adapters: layers.map { $0.adapter?.op }, isDropped: !seen.isEmpty
    ).apply([x] + layers.flatMap { [$0.weight, $0.bias] } + layers.flatMap(\.low) + seen)
  }

  /// gelu(x·W₁ᵀ + b₁)·W₂ᵀ + b₂.
  public static func feedForward(_ x: Tensor, up: LinearLayer, down: LinearLayer) -> Tensor {
    guard up.adapter?.magnitude == nil, down.adapter?.magnitude == nil, up.adapter?.dropout == nil,
      down.adapter?.dropout == nil
    else {
      guard up.adapter?.magnitude != nil || down.adapter?.magnitude != nil else {
        return down(Activate(.gelu)(up(x, as: .f32)), as: x.type)
      }
      return down(Activate(.gelu)(scaled([up], x, as: .f32, operands: type(x, nil))), as: x.type)
    }
    return FeedForward(up: up.adapter?.op, down: down.adapter?.op).apply(
      [x, up.weight, up.bias, down.weight, down.bias] + up.low + down.low)
  }
}

/// Layer norm with a weight and a bias.
public struct NormLayer {
  let weight: Tensor
  let bias: Tensor
  let eps: Float

  public init(_ scope: Scope, _ features: Int, eps: Float) {
    weight = scope.parameter("weight", [features], .ones)
    bias = scope.parameter("bias", [features], .zeros)
    self.eps = eps
  }

  /// - Parameter result: the type of y; x is f32.
  public func callAsFunction(_ x: Tensor, as result: ElementType = .f32) -> Tensor {
    AffineNorm(eps: eps, as: result)(x, weight, bias)
  }
}
