import CKernels

/// One clip after another      a [B,F,…]  b [B,G,…] → y [B,F+G,…]
public struct JoinFrames: Op {
  public init() {}

  public static let name = "JoinFrames"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  /// It only moves.
  public func flops(_ x: [Shape]) -> Double { 0 }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    var sizes = x[0].sizes
    precondition(
      x.count == 2 && sizes.count >= 2 && x[1].sizes.count == sizes.count && x[1][0] == sizes[0]
        && x[1].sizes.dropFirst(2) == sizes.dropFirst(2), "joined frames: \(x)")
    sizes[1] += x[1][1]
    return (Shape(sizes), [])
  }
  public var reads: BackwardReads { [] }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let (f, g, frame) = (x[0].shape[1], x[1].shape[1], FrameRuns.size(y.shape)), a = x[0].pointer, b = x[1].pointer,
      to = y.pointer
    y.compute.parallel(y.shape[0] * (f + g)) { i, _ in
      let sample = i / (f + g), at = i % (f + g)
      (to + i * frame).update(
        from: at < f ? a + (sample * f + at) * frame : b + (sample * g + at - f) * frame, count: frame)
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    let total = y.shape[1], frame = FrameRuns.size(y.shape), from = dy.pointer, kernels = y.compute.f32
    for (slot, first) in zip(dx, [0, x[0].shape[1]]) {
      guard let (t, accumulate) = slot?.open() else { continue }
      let frames = t.shape[1], to = t.pointer
      y.compute.parallel(t.shape[0] * frames) { i, _ in
        let part = from + (i / frames * total + first + i % frames) * frame
        kernels.round_rows(1, frame, part, frame, to + i * frame, frame, accumulate ? 1 : 0)
      }
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let sizes = x.map { $0.values.count / max(1, $0.shape[0]) }
    var values: [Double] = []
    for b in 0..<x[0].shape[0] {
      for (clip, size) in zip(x, sizes) { values += clip.values[b * size..<(b + 1) * size] }
    }
    return Oracle(infer(x.map(\.shape)).y, values)
  }

  public static var cases: [OpCase] {
    [
      OpCase("plain", JoinFrames(), [[2, 1, 3], [2, 2, 3]]),
      OpCase("pictures", JoinFrames(), [[1, 2, 2, 2], [1, 3, 2, 2]]),
    ]
  }
}
