/// Dense optical flow by inverse search (DIS; Kroeger, Timofte, Dai & Van Gool, ECCV 2016), coarse to fine: patch search, then variational
/// refinement at each scale. Pure arithmetic in a fixed order: the same bits wherever it runs.
///
/// Holds the working memory of one frame size; belongs to one thread.
/// Cannot see: motion of flat areas (they get their surroundings' flow), what is hidden in the other frame, or objects that are smaller
/// than a patch and move further than their own size.
final class DenseFlow {
  struct Settings: Sendable, Equatable {
    /// Scale of the last search; its result is enlarged 2^finest times.
    var finest = 1
    /// Pixels between patches.
    var spacing = 3
    /// Gauss–Newton steps of a patch in each pass.
    var steps = 8
    var refinement: FlowRefinement.Settings? = FlowRefinement.Settings()

    /// What every metric here uses. Small pictures are searched at full size, and get by with fewer patches and iterations.
    static func standard(width: Int, height: Int) -> Settings {
      var settings = Settings()
      if min(width, height) <= 256 {
        (settings.finest, settings.spacing) = (0, 4)
        settings.refinement?.reweightings = 2
      }
      return settings
    }
  }

  /// Shortest side there can be.
  static let leastSide = 2 * InverseSearch.patch

  let shape: FlowShape
  private struct Scale {
    let search: InverseSearch
    let refinement: FlowRefinement?
    let u, v, weight: BorderedPlane
  }
  private let scales: [Scale?]

  /// - Parameters:
  ///   - width, height: at least `leastSide`.
  init(width: Int, height: Int, settings: Settings? = nil) {
    precondition(min(width, height) >= Self.leastSide, "flow between frames of \(width)x\(height)")
    let settings = settings ?? .standard(width: width, height: height)
    let shape = FlowShape(width: width, height: height, finest: settings.finest)
    self.shape = shape
    scales = (0...shape.coarsest).map { scale in
      guard scale >= shape.finest else { return nil }
      let w = shape.paddedWidth >> scale, h = shape.paddedHeight >> scale
      func plane() -> BorderedPlane { BorderedPlane(width: w, height: h) }
      return Scale(
        search: InverseSearch(width: w, height: h, spacing: settings.spacing, steps: settings.steps),
        refinement: settings.refinement.map { FlowRefinement(width: w, height: h, $0) }, u: plane(), v: plane(), weight: plane())
    }
  }

  func pyramid() -> FlowPyramid { FlowPyramid(shape) }

  func pyramid(_ luma: LumaPlane) -> FlowPyramid {
    let pyramid = FlowPyramid(shape)
    pyramid.fill(luma)
    return pyramid
  }

  func callAsFunction(_ first: FlowPyramid, _ second: FlowPyramid) -> FlowField {
    for scale in (shape.finest...shape.coarsest).reversed() {
      let here = scales[scale]!
      if scale == shape.coarsest {
        for plane in [here.u, here.v] { for y in 0..<plane.height { plane.row(y).update(repeating: 0, count: plane.width) } }
      } else {
        for (fine, coarse) in [(here.u, scales[scale + 1]!.u), (here.v, scales[scale + 1]!.v)] { Self.double(coarse, fine) }
      }
      here.search.run(first[scale], second[scale], here.u, here.v, weight: here.weight)
      here.refinement?.run(first[scale].luma, second[scale].luma, here.u, here.v)
    }
    return enlarged(scales[shape.finest]!)
  }

  /// Starting points at the next finer scale: the vector below, twice as long.
  private static func double(_ coarse: BorderedPlane, _ fine: BorderedPlane) {
    for y in 0..<fine.height {
      let out = fine.row(y), from = coarse.row(y / 2)
      for x in 0..<coarse.width { (out[2 &* x], out[2 &* x &+ 1]) = (2 * from[x], 2 * from[x]) }
    }
  }

  /// The finest flow at the frame's own size, bilinear between the centres of its pixels.
  private func enlarged(_ scale: Scale) -> FlowField {
    let w = shape.width, h = shape.height
    func whole(_ plane: BorderedPlane) -> [Float] {
      [Float](unsafeUninitializedCapacity: w * h) { out, written in
        if shape.finest == 0 {
          for y in 0..<h { (out.baseAddress! + y * w).update(from: plane.row(y), count: w) }
        } else {
          enlarge(plane, out.baseAddress!)
        }
        written = w * h
      }
    }
    return FlowField(width: w, height: h, u: whole(scale.u), v: whole(scale.v))
  }

  private func enlarge(_ plane: BorderedPlane, _ out: UnsafeMutablePointer<Float>) {
    let factor = Float(1 << shape.finest), mixed = FloatRoom(plane.stride)
    for y in 0..<shape.height {
      let py = (Float(y) + 0.5) / factor - 0.5, fy = py.rounded(.down), b = py - fy
      let above = plane.row(max(0, Int(fy))), below = plane.row(min(plane.height - 1, Int(fy) + 1)), line = mixed.base
      for x in 0..<plane.width { line[x] = (above[x] + (below[x] - above[x]) * b) * factor }
      let row = out + y * shape.width
      for x in 0..<shape.width {
        let px = (Float(x) + 0.5) / factor - 0.5, fx = px.rounded(.down), left = max(0, Int(fx)), right = min(plane.width - 1, Int(fx) + 1)
        row[x] = line[left] + (line[right] - line[left]) * (px - fx)
      }
    }
  }
}
