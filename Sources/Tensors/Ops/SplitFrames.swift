import CKernels

/// Frames whose channels hold two become two, one after the other      x [B,F,H,W,2C] → y [B,2F,H,W,C]
public struct SplitFrames: Op {
  public init() {}

  public static let name = "SplitFrames"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  /// It only moves.
  public func flops(_ x: [Shape]) -> Double { 0 }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x[0].rank == 5 && x[0][4] % 2 == 0, "frames in channels: \(x)")
    return ([x[0][0], 2 * x[0][1], x[0][2], x[0][3], x[0][4] / 2], [])
  }
  public var reads: BackwardReads { [] }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let c = y.shape[4], pixels = y.shape[2] * y.shape[3], from = x[0].pointer, to = y.pointer
    y.compute.parallel(y.shape[0] * y.shape[1]) { i, _ in
      let part = from + i / 2 * pixels * 2 * c + i % 2 * c, frame = to + i * pixels * c
      for p in 0..<pixels { (frame + p * c).update(from: part + p * 2 * c, count: c) }
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let (t, accumulate) = dx[0]?.open() else { return }
    let c = y.shape[4], pixels = y.shape[2] * y.shape[3], from = dy.pointer, to = t.pointer, kernels = y.compute.f32
    y.compute.parallel(y.shape[0] * y.shape[1]) { i, _ in
      let part = to + i / 2 * pixels * 2 * c + i % 2 * c
      kernels.round_rows(pixels, c, from + i * pixels * c, c, part, 2 * c, accumulate ? 1 : 0)
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    var y = Oracle(zeros: infer(x.map(\.shape)).y)
    let c = y.shape[4]
    for b in 0..<y.shape[0] {
      for f in 0..<y.shape[1] {
        for h in 0..<y.shape[2] {
          for w in 0..<y.shape[3] {
            for e in 0..<c { y[b, f, h, w, e] = x[0][b, f / 2, h, w, f % 2 * c + e] }
          }
        }
      }
    }
    return y
  }

  public static var cases: [OpCase] { [OpCase("two", SplitFrames(), [[2, 2, 2, 1, 6]])] }
}
