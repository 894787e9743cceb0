/// Dense optical flow by inverse search (DIS; Kroeger, Timofte, Dai & Van Gool, ECCV 2016), coarse to fine: patch
/// search, then variational refinement at each scale. Pure arithmetic in a fixed order: the same bits wherever it runs.
///
/// Holds the working memory of one frame size; belongs to one thread.
/// Cannot see: motion of flat areas (they get their surroundings' flow), what is hidden in the other frame, or objects
/// that are smaller than a patch and move further than their own size.
final class DenseFlow {
  struct Settings: Sendable, Equatable {
    /// Pixels between patches.
    var spacing = 5
    /// Gauss–Newton steps of a patch in each pass.
    var steps = 8
    var refinement = FlowRefinement.Settings()
  }

  /// Shortest side there can be.
  static let leastSide = 2 * InverseSearch.patch

  let shape: FlowShape
  private struct Scale {
    let search: InverseSearch
    let refinement: FlowRefinement
    let u, v, weight: BorderedPlane
  }
  private let scales: [Scale]

  /// - Parameters:
  ///   - width, height: at least `leastSide`.
  init(width: Int, height: Int, settings: Settings = Settings()) {
    precondition(min(width, height) >= Self.leastSide, "flow between frames of \(width)x\(height)")
    let shape = FlowShape(width: width, height: height)
    self.shape = shape
    scales = (0...shape.coarsest).map { scale in
      let w = shape.paddedWidth >> scale, h = shape.paddedHeight >> scale
      func plane() -> BorderedPlane { BorderedPlane(width: w, height: h) }
      return Scale(
        search: InverseSearch(width: w, height: h, spacing: settings.spacing, steps: settings.steps),
        refinement: FlowRefinement(width: w, height: h, settings.refinement), u: plane(), v: plane(), weight: plane())
    }
  }

  func pyramid() -> FlowPyramid { FlowPyramid(shape) }

  func pyramid(_ luma: LumaPlane) -> FlowPyramid {
    let pyramid = FlowPyramid(shape)
    pyramid.fill(luma)
    return pyramid
  }

  func callAsFunction(_ first: FlowPyramid, _ second: FlowPyramid) -> FlowField {
    for scale in (0...shape.coarsest).reversed() {
      let here = scales[scale]
      if scale == shape.coarsest {
        for plane in [here.u, here.v] {
          for y in 0..<plane.height { plane.row(y).update(repeating: 0, count: plane.width) }
        }
      } else {
        for (fine, coarse) in [(here.u, scales[scale + 1].u), (here.v, scales[scale + 1].v)] {
          Self.double(coarse, fine)
        }
      }
      here.search.run(first.levels[scale], second.levels[scale], here.u, here.v, weight: here.weight)
      here.refinement.run(first.levels[scale].luma, second.levels[scale].luma, here.u, here.v)
    }
    return FlowField(width: shape.width, height: shape.height, u: cropped(scales[0].u), v: cropped(scales[0].v))
  }

  private func cropped(_ plane: BorderedPlane) -> [Float] {
    [Float](unsafeUninitializedCapacity: shape.width * shape.height) { out, written in
      for y in 0..<shape.height { (out.baseAddress! + y * shape.width).update(from: plane.row(y), count: shape.width) }
      written = shape.width * shape.height
    }
  }

  /// The flow at the next finer scale, bilinear: vectors twice as long, pixel centres at ¼ and ¾ between the coarse
  /// ones.
  private static func double(_ coarse: BorderedPlane, _ fine: BorderedPlane) {
    let mixed = FloatRoom(coarse.width + 2), line = mixed.base + 1
    for y in 0..<fine.height {
      let near = coarse.row(y / 2), far = coarse.row(min(max(y / 2 + (y % 2 == 0 ? -1 : 1), 0), coarse.height - 1)),
        out = fine.row(y)
      for x in 0..<coarse.width { line[x] = 1.5 * near[x] + 0.5 * far[x] }
      (line[-1], line[coarse.width]) = (line[0], line[coarse.width - 1])
      for x in 0..<coarse.width {
        let here = 0.75 * line[x]
        (out[2 &* x], out[2 &* x &+ 1]) = (here + 0.25 * line[x &- 1], here + 0.25 * line[x &+ 1])
      }
    }
  }
}
