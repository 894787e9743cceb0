import Tensors

/// y = act(x·Wᵀ + b), with its parameters.
public struct LinearLayer {
  public let weight: Tensor
  public let bias: Tensor

  /// - Parameter initial: of the weight; Glorot's uniform by default. The bias starts at zero.
  public init(_ scope: Scope, _ inputs: Int, _ outputs: Int, initial: Initial? = nil) {
    weight = scope.parameter("weight", [outputs, inputs], initial ?? .xavier(inputs, outputs))
    bias = scope.parameter("bias", [outputs], .zeros)
  }

  /// - Parameter result: the type of y; nil: that of x.
  public func callAsFunction(
    _ x: Tensor, _ activation: Linear.Activation = .none, as result: ElementType? = nil
  ) -> Tensor {
    Linear(activation, as: result)(x, weight, bias)
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
