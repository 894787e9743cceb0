/// A frame's luma at every scale the flow looks at, with its gradients; made once a frame and used for the flow to and
/// from it.
final class FlowPyramid {
  struct Level {
    let luma: BorderedPlane
    /// Central differences, levels a pixel.
    let gradientX, gradientY: BorderedPlane
    var width: Int { luma.width }
    var height: Int { luma.height }
  }

  /// By scale, the frame's own size first.
  let levels: [Level]
  let shape: FlowShape

  init(_ shape: FlowShape) {
    self.shape = shape
    levels = (0...shape.coarsest).map { scale in
      func plane() -> BorderedPlane {
        BorderedPlane(width: shape.paddedWidth >> scale, height: shape.paddedHeight >> scale)
      }
      return Level(luma: plane(), gradientX: plane(), gradientY: plane())
    }
  }

  /// Takes another frame of the same size. The picture is continued to the padded size by its last row and column.
  func fill(_ luma: LumaPlane) {
    precondition(luma.width == shape.width && luma.height == shape.height)
    let finest = levels[0].luma
    luma.values.withUnsafeBufferPointer { values in
      for y in 0..<finest.height {
        let row = finest.row(y), line = values.baseAddress! + min(y, luma.height - 1) * luma.width
        row.update(from: line, count: luma.width)
        for x in luma.width..<finest.width { row[x] = line[luma.width - 1] }
      }
    }
    for (scale, level) in levels.enumerated() {
      if scale > 0 { Self.halve(levels[scale - 1].luma, level.luma) }
      level.luma.extendEdges()
      Self.gradients(level)
    }
  }

  private static func halve(_ fine: BorderedPlane, _ coarse: BorderedPlane) {
    for y in 0..<coarse.height {
      let out = coarse.row(y), a = fine.row(2 * y), b = fine.row(2 * y + 1)
      for x in 0..<coarse.width { out[x] = ((a[2 &* x] + a[2 &* x &+ 1]) + (b[2 &* x] + b[2 &* x &+ 1])) * 0.25 }
    }
  }

  private static func gradients(_ level: Level) {
    for y in 0..<level.height {
      let here = level.luma.row(y), above = level.luma.row(y - 1), below = level.luma.row(y + 1)
      let gx = level.gradientX.row(y), gy = level.gradientY.row(y)
      for x in 0..<level.width {
        gx[x] = (here[x &+ 1] - here[x &- 1]) * 0.5
        gy[x] = (below[x] - above[x]) * 0.5
      }
    }
  }
}
