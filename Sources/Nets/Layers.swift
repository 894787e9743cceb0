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
    adapter = scope.adapter(inputs, outputs)
  }

  /// - Parameter result: the type of y; nil: that of x.
  public func callAsFunction(
    _ x: Tensor, _ activation: Linear.Activation = .none, as result: ElementType? = nil
  ) -> Tensor {
    Linear(activation, as: result, adapters: [adapter?.op]).apply([x, weight, bias] + low)
  }

  /// A and B, where there are.
  private var low: [Tensor] { adapter.map { [$0.a, $0.b] } ?? [] }

  /// Several projections of one x, side by side. - Parameters as `Linear`'s.
  public static func beside(
    _ layers: [LinearLayer], _ x: Tensor, as result: ElementType? = nil, operands: ElementType? = nil
  ) -> Tensor {
    Linear(as: result, operands: operands, adapters: layers.map { $0.adapter?.op }).apply(
      [x] + layers.flatMap { [$0.weight, $0.bias] } + layers.flatMap(\.low))
  }

  /// gelu(x·W₁ᵀ + b₁)·W₂ᵀ + b₂.
  public static func feedForward(_ x: Tensor, up: LinearLayer, down: LinearLayer) -> Tensor {
    FeedForward(up: up.adapter?.op, down: down.adapter?.op).apply(
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
