import Media

/// How a clip shows each object of a rendered scene, frame by frame: found by its colour, never taken from the truth.
///
/// The truth says only in which frames an object stands whole in the picture, so that its size, colour and shape mean something there.
struct ObjectViews {
  struct View {
    /// Centroid, px, y down; area, px²; mean sRGB of its core.
    let x, y, area: Double
    let colour: SIMD3<Double>
    /// Coverage of this object alone, `[H·W]`.
    let coverage: [Float]
    /// First and last pixel it covers by half.
    let low, high: SIMD2<Int>
  }

  /// One object: the frames in which its truth is whole, in order, and what the clip shows there; nil where it is lost.
  struct Track {
    let object: Int
    let frames: [Int]
    let views: [View?]
    var found: [View] { views.compactMap { $0 } }
    var lost: Int { views.count - found.count }
  }

  let tracks: [Track]

  /// - Returns: the tracks of every object that stands whole in two frames, or why there are none.
  static func make(_ frames: Frames, _ scene: SceneTruth) -> Result<ObjectViews, Evidence.Unfit> {
    guard scene.masks.allSatisfy({ $0.count == scene.colours.count }), !scene.colours.isEmpty else { return .failure(.init("the scene has no coloured objects")) }
    let views = ObjectViews(frames, scene)
    return views.tracks.isEmpty ? .failure(.init("no object stands whole in the picture in two frames")) : .success(views)
  }

  private init(_ frames: Frames, _ scene: SceneTruth) {
    // A plate from the clip's own median holds only while the camera rests.
    let rests = scene.camera.allSatisfy { $0 == scene.camera[0] }
    let plate: Plate = rests ? .median : .flat(Self.grey(frames))
    tracks = scene.colours.indices.compactMap { k in
      let whole = scene.framesWhole(k, width: frames.width, height: frames.height)
      guard whole.count >= 2, let start = Self.start(scene.masks.map { $0[k] }, width: frames.width) else { return nil }
      let others = scene.colours.enumerated().filter { $0.offset != k }.map(\.element)
      let states = SoftCoverageTracker(colour: scene.colours[k], others: others, plate: plate).track(frames, from: start)
      let lens = CoverageLens(colour: SIMD3<Float>(scene.colours[k]), others: others, plate: plate.resolved(for: frames)[0])
      return Track(object: k, frames: whole, views: whole.map { Self.view(frames, $0, states[$0], lens) })
    }
  }

  /// The component that the tracker chose, with its pixels.
  private static func view(_ frames: Frames, _ t: Int, _ state: TrackedState, _ lens: CoverageLens) -> View? {
    guard state.found else { return nil }
    let count = frames.width * frames.height
    var coverage = [Float](repeating: 0, count: count)
    return frames.pixels.withUnsafeBufferPointer { bytes in
      let frame = UnsafeBufferPointer(rebasing: bytes[t * frames.frameBytes..<(t + 1) * frames.frameBytes])
      coverage.withUnsafeMutableBufferPointer { lens.measure(frame, into: $0) }
      var components = Components(height: frames.height, width: frames.width)
      coverage.withUnsafeBufferPointer { components.label($0, least: 4) }
      func distance(_ k: Int) -> Double {
        let blob = coverage.withUnsafeBufferPointer { Blob(components, k, $0) }
        return (blob.x - state.x) * (blob.x - state.x) + (blob.y - state.y) * (blob.y - state.y)
      }
      guard let chosen = components.sizes.indices.min(by: { distance($0) < distance($1) }) else { return nil }
      let colour = coverage.withUnsafeBufferPointer { Blob.meanColour(components, chosen, $0, frame) }
      let members = components.members[components.starts[chosen]..<components.starts[chosen] + components.sizes[chosen]].map(Int.init)
      let rows = members.map { $0 / frames.width }, columns = members.map { $0 % frames.width }
      let low = SIMD2(columns.min()!, rows.min()!), high = SIMD2(columns.max()!, rows.max()!)
      // The edge's partly covered pixels lie one beyond the half-covered ones.
      for p in 0..<count where coverage[p] > 0 {
        let x = p % frames.width, y = p / frames.width
        if x < low.x - 1 || x > high.x + 1 || y < low.y - 1 || y > high.y + 1 || (components.labels[p] >= 0 && components.labels[p] != Int32(chosen)) { coverage[p] = 0 }
      }
      return View(x: state.x, y: state.y, area: state.area, colour: colour, coverage: coverage, low: low, high: high)
    }
  }

  /// Where the truth first shows the object.
  private static func start(_ masks: [[Float]], width: Int) -> SoftCoverageTracker.Start? {
    for mask in masks {
      let spot = Spot(mask, width: width)
      if spot.area >= 4 { return SoftCoverageTracker.Start(x: spot.x, y: spot.y, radius: (spot.area / .pi).squareRoot()) }
    }
    return nil
  }

  /// The median of the first frame's luma, which moving cameras look at.
  private static func grey(_ frames: Frames) -> UInt8 {
    let sorted = LumaPlane(frames, 0).values.sorted()
    return UInt8(min(max(sorted[sorted.count / 2].rounded(), 0), 255))
  }
}

/// Centroid, px, and area, px², of a plane of coverage.
struct Spot {
  let x, y, area: Double

  init(_ mask: [Float], width: Int) {
    var sum = 0.0, sx = 0.0, sy = 0.0
    for (p, a) in mask.enumerated() where a > 0 {
      let w = Double(a)
      sum += w
      sx += w * (Double(p % width) + 0.5)
      sy += w * (Double(p / width) + 0.5)
    }
    (x, y, area) = (sx / sum, sy / sum, sum)
  }
}

extension SceneTruth {
  /// Frames in which object `k` is wholly in the picture and behind nothing: as large as it ever is, and off the border.
  func framesWhole(_ k: Int, width: Int, height: Int) -> [Int] {
    let areas = masks.map { $0[k].reduce(0.0) { $0 + Double($1) } }
    guard let most = areas.max(), most >= 4 else { return [] }
    return masks.indices.filter { t in areas[t] >= 0.98 * most && !Self.touchesBorder(masks[t][k], width, height) }
  }

  private static func touchesBorder(_ mask: [Float], _ width: Int, _ height: Int) -> Bool {
    for x in 0..<width where mask[x] > 0 || mask[(height - 1) * width + x] > 0 { return true }
    for y in 0..<height where mask[y * width] > 0 || mask[y * width + width - 1] > 0 { return true }
    return false
  }
}
