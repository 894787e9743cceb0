#if canImport(Glibc)
  import Glibc
#endif

/// y = act(x), element by element, for activations that other people's encoders were trained with. Run frozen only.
public struct ExactActivation: Op {
  public enum Function: Sendable, CaseIterable {
    /// max(x, 0)
    case relu
    /// x·Φ(x), Φ by the error function (Hendrycks & Gimpel 2016), not by their tanh.
    case gelu
    /// x·σ(1.702·x), their other approximation.
    case quickGELU
  }

  public let function: Function
  public init(_ function: Function) { self.function = function }

  public static let name = "ExactActivation"
  public func isDifferentiable(_ input: Int) -> Bool { false }
  public func flops(_ x: [Shape]) -> Double { 12 * Double(x[0].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) { (x[0], []) }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let from = x[0].pointer, to = y.pointer, function = function
    y.compute.parallel(over: y.count, grain: 1 << 14) { r in
      switch function {
      // A comparison that fails keeps what is not a number.
      case .relu: for i in r { to[i] = from[i] < 0 ? 0 : from[i] }
      case .gelu: for i in r { to[i] = 0.5 * from[i] * (1 + erff(from[i] * 0.70710678)) }
      case .quickGELU: for i in r { to[i] = from[i] / (1 + expf(-1.702 * from[i])) }
      }
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {}

  public func reference(_ x: [Oracle]) -> Oracle {
    Oracle(
      x[0].shape,
      x[0].values.map { v in
        switch function {
        case .relu: max(v, 0)
        case .gelu: 0.5 * v * (1 + erf(v / 2.0.squareRoot()))
        case .quickGELU: v / (1 + exp(-1.702 * v))
        }
      })
  }

  public static var cases: [OpCase] {
    Function.allCases.map { OpCase("\($0)", ExactActivation($0), [[3, 37]]) }
  }
}
