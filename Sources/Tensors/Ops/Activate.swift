import CKernels
import Foundation

/// y = act(x), element by element. GELU is the tanh form (Hendrycks & Gimpel 2016), SiLU is x·σ(x).
public struct Activate: Op {
  public let activation: Linear.Activation
  public init(_ activation: Linear.Activation) { self.activation = activation }

  public static let name = "Activate"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { 12 * Double(x[0].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) { (x[0], []) }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = y.compute, from = x[0].pointer, to = y.pointer
    c.parallel(over: y.count, grain: 1 << 15) { r in
      c.kernels.act_forward(r.count, from + r.lowerBound, to + r.lowerBound, activation.rawValue)
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let slot = dx[0] else { return }
    let (t, accumulate) = slot.open(), c = y.compute, from = x[0].pointer, slope = dy.pointer, to = t.pointer
    c.parallel(over: y.count, grain: 1 << 15) { r in
      c.kernels.act_backward(
        r.count, from + r.lowerBound, slope + r.lowerBound, to + r.lowerBound, activation.rawValue, accumulate ? 1 : 0)
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle { Oracle(x[0].shape, x[0].values.map(activation.reference)) }

  public static var cases: [OpCase] {
    [OpCase("silu", Activate(.silu), [[3, 37]]), OpCase("gelu", Activate(.gelu), [[5, 19]])]
  }
}

extension Linear.Activation {
  /// The activation in Double.
  func reference(_ v: Double) -> Double {
    switch self {
    case .none: v
    case .gelu: 0.5 * v * (1 + tanh((2 / Double.pi).squareRoot() * (v + 0.044715 * v * v * v)))
    case .silu: v / (1 + exp(-v))
    }
  }
}
