import Frames

/// How a clip shows each object of a rendered scene, frame by frame: found by its colour, never taken from the truth.
///
/// The truth says in which frames an object stands whole in the picture, so that its size, colour and shape mean
/// something there, and where to begin to look when it comes into sight. Behind the objects is the clip's own median
/// over time; a moving camera would smear that, so there it is the background that the true camera sees.
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
    /// Frames after the given ones in which its truth is wholly gone from sight, and in how many of them the clip shows
    /// it.
    let absent, shownAbsent: Int
    var found: [View] { views.compactMap { $0 } }
    var lost: Int { views.count - found.count }
  }

  let tracks: [Track]

  /// - Returns: the tracks of every object that stands whole in two frames, or why there are none.
  static func make(_ frames: Frames, _ scene: SceneTruth) -> Result<ObjectViews, Evidence.Unfit> {
    guard scene.masks.allSatisfy({ $0.count == scene.colours.count }), !scene.colours.isEmpty else {
      return .failure(.init("the scene has no coloured objects"))
    }
    guard !scene.plates.isEmpty || scene.camera.allSatisfy({ $0 == scene.camera[0] }) else {
      return .failure(.init("the camera moves, and what it sees behind the objects is not known"))
    }
    let views = ObjectViews(frames, scene)
    return views.tracks.isEmpty
      ? .failure(.init("no object stands whole in the picture in two frames")) : .success(views)
  }

  private init(_ frames: Frames, _ scene: SceneTruth) {
    let plates = scene.plates.isEmpty ? Plate.median.resolved(for: frames) : scene.plates
    let plate = scene.plates.isEmpty ? Plate.pixels(plates[0]) : .moving(plates)
    tracks = scene.colours.indices.compactMap { k in
      let whole = scene.framesWhole(k, width: frames.width, height: frames.height)
      let entrances = Self.entrances(scene.masks.map { $0[k] }, width: frames.width)
      guard whole.count >= 2, let first = entrances.keys.min(), let start = entrances[first] else { return nil }
      let colour = scene.colours[k], others = scene.colours.enumerated().filter { $0.offset != k }.map(\.element)
      let states = SoftCoverageTracker(colour: colour, others: others, plate: plate).track(
        frames, from: start, returns: entrances)
      let lens = CoverageLens.byFrame(colour: colour, others: others, plates: plates)
      let absent = scene.framesGone(k).filter { $0 >= scene.conditioning },
        least = PhysicsTol5.extraTolerance * (scene.areas(k).max() ?? 0)
      return Track(
        object: k, frames: whole, views: whole.map { Self.view(frames, $0, states[$0], lens($0)) },
        absent: absent.count,
        shownAbsent: absent.count { Double(states[$0].largest) > least })
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
      let members = components.members[components.starts[chosen]..<components.starts[chosen] + components.sizes[chosen]]
        .map(Int.init)
      let rows = members.map { $0 / frames.width }, columns = members.map { $0 % frames.width }
      let low = SIMD2(columns.min()!, rows.min()!), high = SIMD2(columns.max()!, rows.max()!)
      // The edge's partly covered pixels lie one beyond the half-covered ones.
      for p in 0..<count where coverage[p] > 0 {
        let x = p % frames.width, y = p / frames.width
        if x < low.x - 1 || x > high.x + 1 || y < low.y - 1 || y > high.y + 1
          || (components.labels[p] >= 0 && components.labels[p] != Int32(chosen))
        {
          coverage[p] = 0
        }
      }
      return View(x: state.x, y: state.y, area: state.area, colour: colour, coverage: coverage, low: low, high: high)
    }
  }

  /// Where the truth shows the object at each frame in which it comes into sight.
  private static func entrances(_ masks: [[Float]], width: Int) -> [Int: SoftCoverageTracker.Start] {
    var entrances: [Int: SoftCoverageTracker.Start] = [:], isSeen = false
    for (t, mask) in masks.enumerated() {
      let spot = Spot(mask, width: width)
      if spot.area >= 4, !isSeen { entrances[t] = SoftCoverageTracker.Start(x: spot.x, y: spot.y, radius: spot.radius) }
      isSeen = spot.area >= 4
    }
    return entrances
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

  /// Of the disc of this area.
  var radius: Double { (area / .pi).squareRoot() }
}

extension SceneTruth {
  /// Frames in which object `k` is wholly in the picture and behind nothing: as large as it ever is, and off the
  /// border.
  func framesWhole(_ k: Int, width: Int, height: Int) -> [Int] {
    let areas = areas(k)
    guard let most = areas.max(), most >= 4 else { return [] }
    return masks.indices.filter { t in areas[t] >= 0.98 * most && !Self.touchesBorder(masks[t][k], width, height) }
  }

  /// Frames in which nothing of object `k` is in sight.
  func framesGone(_ k: Int) -> [Int] { areas(k).enumerated().filter { $0.element < 0.5 }.map(\.offset) }

  /// Visible area of object `k` by frame, px².
  func areas(_ k: Int) -> [Double] { masks.map { $0[k].reduce(0.0) { $0 + Double($1) } } }

  private static func touchesBorder(_ mask: [Float], _ width: Int, _ height: Int) -> Bool {
    for x in 0..<width where mask[x] > 0 || mask[(height - 1) * width + x] > 0 { return true }
    for y in 0..<height where mask[y * width] > 0 || mask[y * width + width - 1] > 0 { return true }
    return false
  }
}
