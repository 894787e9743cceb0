import CKernels

/// y = a + b      a, b of one shape: the residual connection. a is f32, b f32 or bf16.
public struct Add: Op {
  public init() {}

  public static let name = "Add"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { Double(x[0].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x[0] == x[1], "add: \(x[0]) and \(x[1])")
    return (x[0], [])
  }

  public var reads: BackwardReads { [] }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let kernels = x[1].kernels, size = x[1].type.size, a = x[0].pointer, b = x[1].raw, to = y.pointer
    y.compute.parallel(over: y.count, grain: 1 << 15) { r in
      kernels.add(r.count, a + r.lowerBound, b + r.lowerBound * size, to + r.lowerBound)
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    dx[1]?.add(dy)
    dx[0]?.adopt(dy)
  }

  public func reference(_ x: [Oracle]) -> Oracle { Oracle(x[0].shape, zip(x[0].values, x[1].values).map { $0 + $1 }) }

  public static var cases: [OpCase] { [OpCase("plain", Add(), [[3, 5], [3, 5]])] }
}
