/// A frame's luma at every scale the flow looks at, with its gradients; made once a frame and used for the flow to and from it.
final class FlowPyramid {
  struct Level {
    let luma: BorderedPlane
    /// Central differences, levels a pixel.
    let gradientX, gradientY: BorderedPlane
    var width: Int { luma.width }
    var height: Int { luma.height }
  }

  /// By scale; nil where it is finer than the finest.
  private(set) var levels: [Level?] = []
  let shape: FlowShape

  init(_ shape: FlowShape) {
    self.shape = shape
    for scale in 0...shape.coarsest {
      let w = shape.paddedWidth >> scale, h = shape.paddedHeight >> scale
      levels.append(scale < shape.finest ? nil : Level(
        luma: BorderedPlane(width: w, height: h), gradientX: BorderedPlane(width: w, height: h), gradientY: BorderedPlane(width: w, height: h)))
    }
  }

  subscript(scale: Int) -> Level { levels[scale]! }

  /// Takes another frame of the same size.
  func fill(_ luma: LumaPlane) {
    precondition(luma.width == shape.width && luma.height == shape.height)
    fillFinest(luma)
    for scale in shape.finest...shape.coarsest {
      if scale > shape.finest { Self.halve(self[scale - 1].luma, self[scale].luma) }
      let level = self[scale]
      level.luma.extendEdges()
      Self.gradients(level)
    }
  }

  /// Means over 2^finest × 2^finest pixels; the picture is continued to the padded size by its last row and column.
  private func fillFinest(_ luma: LumaPlane) {
    let plane = self[shape.finest].luma, block = 1 << shape.finest, share = 1 / Float(block * block)
    luma.values.withUnsafeBufferPointer { values in
      for y in 0..<plane.height {
        let row = plane.row(y)
        for x in 0..<plane.width { row[x] = 0 }
        for i in 0..<block {
          let line = values.baseAddress! + min(y * block + i, luma.height - 1) * luma.width
          let inside = luma.width / block
          if block == 1 { for x in 0..<inside { row[x] = line[x] } }
          else if block == 2 { for x in 0..<inside { row[x] += (line[2 &* x] + line[2 &* x &+ 1]) * share } }
          else { for x in 0..<inside { for j in 0..<block { row[x] += line[x * block + j] * share } } }
          for x in inside..<max(inside, plane.width) { for j in 0..<block { row[x] += line[min(x * block + j, luma.width - 1)] * share } }
        }
      }
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

/// Which scales a flow between frames of one size looks at.
struct FlowShape: Sendable, Equatable {
  let width, height: Int
  /// Scale s is 2^s times smaller than the frame. The result is enlarged from `finest`.
  let finest, coarsest: Int
  /// A multiple of 2^(coarsest + 1), so that every scale halves exactly and has an even width.
  let paddedWidth, paddedHeight: Int

  init(width: Int, height: Int, finest wanted: Int) {
    (self.width, self.height) = (width, height)
    var scales = 0
    while min(width, height) >> (scales + 1) >= 2 * InverseSearch.patch { scales += 1 }
    coarsest = scales
    finest = min(wanted, scales)
    let unit = 1 << (scales + 1)
    (paddedWidth, paddedHeight) = ((width + unit - 1) / unit * unit, (height + unit - 1) / unit * unit)
  }
}
