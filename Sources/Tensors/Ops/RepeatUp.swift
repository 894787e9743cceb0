/// A clip repeated and unfolded, the shortcut of a residual autoencoder's doubling (Wan 2.2; DCAE: Chen et al. 2025, §3.2)
///
/// x [B,F,H,W,C] → y [B,F·t − skipped,H·s,W·s,O]: every channel O·t·s²/C times, then channels (output, frame, row,
/// column) become neighbours. Of a clip's first chunk, t − 1 frames are skipped.
public struct RepeatUp: Op {
  public let outputs: Int, time: Int, space: Int
  /// Whether a clip begins here: its first frame then stays one.
  public let isFirst: Bool
  public init(outputs: Int, time: Int, space: Int, isFirst: Bool) {
    (self.outputs, self.time, self.space, self.isFirst) = (outputs, time, space, isFirst)
  }

  public static let name = "RepeatUp"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { 0 }

  private var folded: Int { time * space * space }
  private var skipped: Int { isFirst ? time - 1 : 0 }
  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(x[0].rank == 5 && outputs * folded % x[0][4] == 0, "repeat up: \(x) to \(outputs) channels")
    return ([x[0][0], x[0][1] * time - skipped, x[0][2] * space, x[0][3] * space, outputs], [])
  }
  public var reads: BackwardReads { [] }

  /// The channel of x that output o of the neighbour `number` repeats.
  private func channel(_ o: Int, _ number: Int, _ channels: Int) -> Int {
    (o * folded + number) / (outputs * folded / channels)
  }

  /// The first element of the pixel of x, and the neighbour's number, for a pixel of y.
  private func origin(_ x: Shape, _ y: Shape, _ line: Int, _ column: Int) -> (from: Int, number: Int) {
    let row = line % y[2], frame = line / y[2] % y[1] + skipped, sample = line / y[2] / y[1]
    return (
      (((sample * x[1] + frame / time) * x[2] + row / space) * x[3] + column / space) * x[4],
      (frame % time * space + row % space) * space + column % space
    )
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let (s, o) = (x[0].shape, y.shape), from = x[0].pointer, to = y.pointer
    let table = (0..<folded).map { number in (0..<outputs).map { channel($0, number, s[4]) } }
    y.compute.parallel(o[0] * o[1] * o[2]) { i, _ in
      for column in 0..<o[3] {
        let (at, number) = origin(s, o, i, column), line = to + (i * o[3] + column) * outputs
        table[number].withUnsafeBufferPointer { for e in 0..<outputs { line[e] = from[at + $0[e]] } }
      }
    }
  }

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let slot = dx[0] else { return }
    let t = slot.openZeroed(), (s, o) = (t.shape, y.shape), from = dy.pointer, to = t.pointer
    // All neighbours of a pixel belong to one task: rows of x.
    y.compute.parallel(s[0] * s[1] * s[2]) { i, _ in
      let row = i % s[2], frame = i / s[2] % s[1], sample = i / s[2] / s[1]
      for step in 0..<time {
        let at = frame * time + step - skipped
        guard at >= 0 else { continue }
        for v in 0..<space {
          let line = (sample * o[1] + at) * o[2] + row * space + v
          for column in 0..<o[3] {
            let (pixel, number) = origin(s, o, line, column)
            for e in 0..<outputs {
              to[pixel + channel(e, number, s[4])] += from[(line * o[3] + column) * outputs + e]
            }
          }
        }
      }
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    var y = Oracle(zeros: infer(x.map(\.shape)).y)
    for line in 0..<y.shape[0] * y.shape[1] * y.shape[2] {
      for column in 0..<y.shape[3] {
        let (at, number) = origin(x[0].shape, y.shape, line, column)
        for e in 0..<outputs {
          y.values[(line * y.shape[3] + column) * outputs + e] = x[0].values[at + channel(e, number, x[0].shape[4])]
        }
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    [
      OpCase("in space", RepeatUp(outputs: 3, time: 1, space: 2, isFirst: true), [[1, 2, 2, 3, 6]]),
      OpCase("first in time", RepeatUp(outputs: 2, time: 2, space: 2, isFirst: true), [[1, 2, 1, 2, 4]]),
      OpCase("later in time", RepeatUp(outputs: 2, time: 2, space: 2, isFirst: false), [[2, 1, 2, 1, 4]]),
    ]
  }
}
