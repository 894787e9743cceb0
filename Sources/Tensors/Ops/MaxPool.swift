/// y = the largest under a window      x [B,F,H,W,C] → y [B,F′,H′,W′,C], f32
///
/// What stands around x is less than anything in it. A gradient goes to the first of the largest, in the order of frames,
/// rows and columns.
public struct MaxPool: Op {
  public let time: Int, space: Int
  public let stride: Padding.Steps, around: Padding
  public init(time: Int = 1, space: Int, stride: Padding.Steps, around: Padding = .init()) {
    (self.time, self.space, self.stride, self.around) = (time, space, stride, around)
  }

  public static let name = "MaxPool"
  public func isDifferentiable(_ input: Int) -> Bool { true }
  public func flops(_ x: [Shape]) -> Double { Double(infer(x).y.count * time * space * space) }

  public func infer(_ x: [Shape]) -> (y: Shape, kept: [Shape]) {
    precondition(
      x[0].rank == 5 && around.frames.before < time && around.rows.before < space && around.columns.before < space,
      "max pool: \(x)")
    return (around.outputs(x[0], window: (time, space), stride), [])
  }

  public func forward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor]) {
    let (s, o) = (x[0].shape, y.shape), c = s[4], from = x[0].pointer, to = y.pointer
    y.compute.parallel(o[0] * o[1] * o[2]) { i, _ in
      let row = i % o[2], frame = i / o[2] % o[1], sample = i / o[2] / o[1]
      for column in 0..<o[3] {
        let out = to + (i * o[3] + column) * c
        var isFirst = true
        around.each(s, window: (time, space), stride, (frame, row, column)) { at, _ in
          let line = from + (((sample * s[1] + at.frame) * s[2] + at.row) * s[3] + at.column) * c
          if isFirst {
            out.update(from: line, count: c)
          } else {
            for e in 0..<c { out[e] = out[e] < line[e] ? line[e] : out[e] }
          }
          isFirst = false
        }
      }
    }
  }

  /// Channels of a task: windows may overlap, so that one task takes all of them.
  private static let some = 16

  public func backward(_ x: [Tensor], _ y: Tensor, _ kept: [Tensor], _ dy: Tensor, _ dx: [Gradient?]) {
    guard let t = dx[0]?.openZeroed() else { return }
    let (s, o) = (t.shape, y.shape), c = s[4], from = x[0].pointer, slope = dy.pointer, to = t.pointer,
      groups = (c + Self.some - 1) / Self.some
    y.compute.parallel(o[0] * groups) { i, _ in
      let sample = i / groups, first = i % groups * Self.some, count = min(Self.some, c - first)
      withUnsafeTemporaryAllocation(of: Int.self, capacity: count) { best in
        for place in 0..<o[1] * o[2] * o[3] {
          let output = (frame: place / o[3] / o[2], row: place / o[3] % o[2], column: place % o[3])
          best.update(repeating: -1)
          around.each(s, window: (time, space), stride, output) { at, _ in
            let line = (((sample * s[1] + at.frame) * s[2] + at.row) * s[3] + at.column) * c + first
            for e in 0..<count where best[e] < 0 || from[best[e]] < from[line + e] { best[e] = line + e }
          }
          let own = slope + (sample * o[1] * o[2] * o[3] + place) * c + first
          for e in 0..<count where best[e] >= 0 { to[best[e]] += own[e] }
        }
      }
    }
  }

  public func reference(_ x: [Oracle]) -> Oracle {
    let s = x[0].shape
    var y = Oracle(zeros: infer([s]).y)
    for b in 0..<y.shape[0] {
      for f in 0..<y.shape[1] {
        for v in 0..<y.shape[2] {
          for h in 0..<y.shape[3] {
            for c in 0..<s[4] {
              var most = -Double.infinity
              around.each(s, window: (time, space), stride, (f, v, h)) { at, _ in
                most = max(most, x[0][b, at.frame, at.row, at.column, c])
              }
              y[b, f, v, h, c] = most
            }
          }
        }
      }
    }
    return y
  }

  public static var cases: [OpCase] {
    // Numbers far apart: no central difference reaches over a kink.
    func apart(_ count: Int) -> [Float] { (0..<count).map { Float(($0 * 7919) % count) } }
    return [
      OpCase("halved", MaxPool(space: 2, stride: .init(space: 2)), [[2, 1, 4, 6, 3]], fixed: [0: apart(144)]),
      OpCase("overlapping", MaxPool(space: 3, stride: .init(space: 2)), [[1, 2, 5, 7, 18]], fixed: [0: apart(1260)]),
      OpCase(
        "in time too, past the edges",
        MaxPool(time: 3, space: 3, stride: .init(), around: .init(frames: 1, 1, space: 1, 1)), [[1, 3, 4, 3, 2]],
        fixed: [0: apart(72)]),
      OpCase(
        "an odd place behind",
        MaxPool(time: 2, space: 3, stride: .init(time: 2, space: 2), around: .init(frames: 0, 1, space: 0, 1)),
        [[1, 3, 4, 4, 2]], fixed: [0: apart(96)]),
    ]
  }
}
