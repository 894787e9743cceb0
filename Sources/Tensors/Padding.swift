/// What stands around frames under a window that moves over them, a number of places before and after each axis.
public struct Padding: Sendable, Equatable {
  public struct Side: Sendable, Equatable {
    public let before: Int, after: Int
    public init(_ before: Int, _ after: Int) { (self.before, self.after) = (before, after) }
  }
  /// How far a window moves from one output to the next.
  public struct Steps: Sendable, Equatable {
    public let time: Int, space: Int
    public init(time: Int = 1, space: Int = 1) { (self.time, self.space) = (time, space) }
  }

  public let frames: Side, rows: Side, columns: Side

  public init(frames: Side, rows: Side, columns: Side) {
    (self.frames, self.rows, self.columns) = (frames, rows, columns)
  }

  /// The same in rows and columns.
  public init(frames before: Int = 0, _ after: Int = 0, space top: Int = 0, _ bottom: Int = 0) {
    self.init(frames: .init(before, after), rows: .init(top, bottom), columns: .init(top, bottom))
  }

  /// As many outputs as there are steps, ⌈n/stride⌉, the odd place behind: TensorFlow's "SAME".
  public static func same(_ x: Shape, window: (time: Int, space: Int), _ stride: Steps) -> Padding {
    func side(_ n: Int, _ window: Int, _ step: Int) -> Side {
      let all = max(0, ((n + step - 1) / step - 1) * step + window - n)
      return Side(all / 2, all - all / 2)
    }
    return Padding(
      frames: side(x[1], window.time, stride.time), rows: side(x[2], window.space, stride.space),
      columns: side(x[3], window.space, stride.space))
  }

  /// The shape of one output a window, with the channels of x [B,F,H,W,C].
  func outputs(_ x: Shape, window: (time: Int, space: Int), _ stride: Steps) -> Shape {
    func count(_ n: Int, _ side: Side, _ window: Int, _ step: Int) -> Int {
      let whole = n + side.before + side.after
      precondition(whole >= window, "a window of \(window) does not fit \(n) places and \(side)")
      return (whole - window) / step + 1
    }
    return [
      x[0], count(x[1], frames, window.time, stride.time), count(x[2], rows, window.space, stride.space),
      count(x[3], columns, window.space, stride.space), x[4],
    ]
  }

  struct Place { let frame: Int, row: Int, column: Int }

  /// Every place of x [B,F,H,W,C] under the window of one output, and where in the window it is.
  func each(
    _ x: Shape, window: (time: Int, space: Int), _ stride: Steps, _ output: (frame: Int, row: Int, column: Int),
    _ body: (_ at: Place, _ tap: Place) -> Void
  ) {
    for t in 0..<window.time {
      let frame = output.frame * stride.time + t - frames.before
      guard frame >= 0, frame < x[1] else { continue }
      for i in 0..<window.space {
        let row = output.row * stride.space + i - rows.before
        guard row >= 0, row < x[2] else { continue }
        for j in 0..<window.space {
          let column = output.column * stride.space + j - columns.before
          guard column >= 0, column < x[3] else { continue }
          body(Place(frame: frame, row: row, column: column), Place(frame: t, row: i, column: j))
        }
      }
    }
  }
}
