import CKernels

/// Some frames of a clip      x [B,F,…] → y [B,n,…]
public struct TakeFrames: Op {
  public let range: Range<Int>
  public init(_ range: Range<Int>) { self.range = range }

  public static let name = "TakeFrames"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  /// It only moves.
  public func flops(_ x: [Shape]) -> Double { 0 }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x[0].rank >= 2 && range.lowerBound >= 0 && range.upperBound <= x[0][1], "frames \(range) of \(x[0])")
    var sizes = x[0].sizes
    sizes[1] = range.count
    return (Shape(sizes), [])
  }
  public var reads: BackwardReads { [] }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let (frames, frame) = (x[0].shape[1], FrameRuns.size(x[0].shape)), from = x[0].pointer, to = y.pointer
    y.compute.parallel(y.shape[0] * range.count) { i, _ in
      let sample = i / range.count, at = range.lowerBound + i % range.count
      (to + i * frame).update(from: from + (sample * frames + at) * frame, count: frame)
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let slot = dx[0] else { return }
    let (t, accumulate) = slot.open(), frames = t.shape[1], frame = FrameRuns.size(t.shape), from = dy.pointer,
      to = t.pointer, kernels = y.compute.f32
    y.compute.parallel(t.shape[0] * frames) { i, _ in
      let sample = i / frames, at = i % frames
      if range.contains(at) {
        let part = from + (sample * range.count + at - range.lowerBound) * frame
        kernels.round_rows(1, frame, part, frame, to + i * frame, frame, accumulate ? 1 : 0)
      } else if !accumulate {
        (to + i * frame).update(repeating: 0, count: frame)
      }
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let frames = x[0].shape[1], frame = FrameRuns.size(x[0].shape)
    var values: [Double] = []
    for b in 0..<x[0].shape[0] {
      for f in range { values += x[0].values[(b * frames + f) * frame..<(b * frames + f + 1) * frame] }
    }
    return Oracle(infer(x.map(\.shape)).y, values)
  }

  public static var cases: [OpCase] {
    [OpCase("first", TakeFrames(0..<1), [[2, 3, 2, 2]]), OpCase("later", TakeFrames(1..<4), [[1, 5, 3]])]
  }
}

/// Frames as runs of numbers.
enum FrameRuns {
  /// Elements of one frame of [B,F,…].
  static func size(_ shape: Shape) -> Int { shape.sizes.dropFirst(2).reduce(1, *) }
}
