import CKernels

/// y = a + b      a, b of one shape: the residual connection. y has the type of a; where that is bf16 the sum is f32,
/// rounded once.
public struct Add: Op {
  public init() {}

  public static let name = "Add"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { Double(x[0].count) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x[0] == x[1], "add: \(x[0]) and \(x[1])")
    return (x[0], [])
  }

  public func types(_ x: [ElementType]) -> (y: ElementType, kept: ElementType) { (x[0], .f32) }

  public var reads: BackwardReads { [] }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    guard y.type == .f32 else { return addRounded(x[0], x[1], y) }
    let kernels = x[1].kernels, size = x[1].type.size, a = x[0].pointer, b = x[1].raw, to = y.pointer
    y.compute.parallel(over: y.count, grain: 1 << 15) { r in
      kernels.add(r.count, a + r.lowerBound, b + r.lowerBound * size, to + r.lowerBound)
    }
  }

  private func addRounded(_ a: Tensor, _ b: Tensor, _ y: Tensor) {
    let c = y.compute, grain = 1 << 13, n = y.count, room = c.scratch(c.threads * grain), rooms = room.base
    let (first, second, rounded) = (a.kernels, b.kernels, y.kernels), (p, q, to) = (a.raw, b.raw, y.raw),
      (sizeA, sizeB, sizeY) = (a.type.size, b.type.size, y.type.size)
    c.parallel((n + grain - 1) / grain) { task, worker in
      let i = task * grain, count = min(grain, n - i), sum = rooms + worker * grain
      first.widen_rows(1, count, p + i * sizeA, count, sum, count)
      second.add(count, sum, q + i * sizeB, sum)
      rounded.round_rows(1, count, sum, count, to + i * sizeY, count, 0)
    }
    withExtendedLifetime(room) {}
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    dx[1]?.add(dy)
    dx[0]?.adopt(dy)
  }

  public func reference(_ x: [Oracle]) -> Oracle { Oracle(x[0].shape, zip(x[0].values, x[1].values).map { $0 + $1 }) }

  public static var cases: [OpCase] { [OpCase("plain", Add(), [[3, 5], [3, 5]])] }
}
