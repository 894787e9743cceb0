/// A clip folded and averaged, the shortcut of a residual autoencoder's halving (Wan 2.2; DCAE: Chen et al. 2025, §3.2)
///
/// x [B,F,H,W,C] → y [B,F/t,H/s,W/s,O]: t×s×s neighbours become channels (channel, frame, row, column), and output o is
/// the mean of the next C·t·s²/O of them. Frames are filled up with zeros in front.
public struct AverageDown: Op {
  public let outputs: Int, time: Int, space: Int
  public init(outputs: Int, time: Int, space: Int) {
    (self.outputs, self.time, self.space) = (outputs, time, space)
  }

  public static let name = "AverageDown"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { Double(x[0].count) }

  private var folded: Int { time * space * space }
  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(
      x[0].rank == 5 && x[0][4] * folded % outputs == 0 && x[0][2] % space == 0 && x[0][3] % space == 0,
      "average down: \(x) to \(outputs) channels")
    return ([x[0][0], (x[0][1] + time - 1) / time, x[0][2] / space, x[0][3] / space, outputs], [])
  }
  public var reads: BackwardReads { [] }

  /// Runs `body(output pixel, offset of the first channel of the neighbour, its number)` for the neighbours there are.
  private func neighbours(
    _ x: Shape, _ y: Shape, _ i: Int, _ body: (_ pixel: Int, _ from: Int, _ number: Int) -> Void
  ) {
    let row = i % y[2], frame = i / y[2] % y[1], sample = i / y[2] / y[1], missing = y[1] * time - x[1]
    for column in 0..<y[3] {
      for t in 0..<time {
        let at = frame * time + t - missing
        guard at >= 0 else { continue }
        for v in 0..<space {
          for h in 0..<space {
            body(
              i * y[3] + column,
              (((sample * x[1] + at) * x[2] + row * space + v) * x[3] + column * space + h) * x[4],
              (t * space + v) * space + h)
          }
        }
      }
    }
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let (s, o) = (x[0].shape, y.shape), from = x[0].pointer, to = y.pointer, group = s[4] * folded / outputs,
      scale = 1 / Float(group)
    y.compute.parallel(o[0] * o[1] * o[2]) { i, _ in
      (to + i * o[3] * outputs).update(repeating: 0, count: o[3] * outputs)
      neighbours(s, o, i) { pixel, at, number in
        for c in 0..<s[4] { to[pixel * outputs + (c * folded + number) / group] += from[at + c] * scale }
      }
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let (t, accumulate) = dx[0]?.open() else { return }
    let (s, o) = (t.shape, y.shape), from = dy.pointer, to = t.pointer, group = s[4] * folded / outputs,
      scale = 1 / Float(group)
    y.compute.parallel(o[0] * o[1] * o[2]) { i, _ in
      neighbours(s, o, i) { pixel, at, number in
        for c in 0..<s[4] {
          let slope = from[pixel * outputs + (c * folded + number) / group] * scale
          to[at + c] = accumulate ? to[at + c] + slope : slope
        }
      }
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let s = x[0].shape, group = s[4] * folded / outputs
    var y = Oracle(zeros: infer([s]).y)
    for i in 0..<y.shape[0] * y.shape[1] * y.shape[2] {
      neighbours(s, y.shape, i) { pixel, at, number in
        for c in 0..<s[4] {
          y.values[pixel * outputs + (c * folded + number) / group] += x[0].values[at + c] / Double(group)
        }
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("in space", AverageDown(outputs: 6, time: 1, space: 2), [[1, 2, 4, 2, 3]]),
      OpCase("in time too", AverageDown(outputs: 4, time: 2, space: 2), [[1, 3, 2, 4, 2]]),
      OpCase("channels only", AverageDown(outputs: 2, time: 1, space: 1), [[2, 1, 2, 2, 4]]),
    ]
  }
}
