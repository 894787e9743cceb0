/// What the renderer knows exactly of a clip, in pixels: x to the right, y down, pixel i's centre at i + ½.
public struct WorldTruth: Sendable {
  /// Forward flow from frame t to t + 1 at every pixel's centre, `[T − 1][H·W]`: how far the surface seen there moves
  /// in the picture. Bodies move and turn rigidly; water stretches with its level; the backdrop moves against the
  /// camera.
  public let flow: [[SIMD2<Float>]]
  /// `[T − 1][H·W]`: the same point of that surface is inside the frame and in front in frame t + 1 too.
  public let known: [[Bool]]
  /// Visible coverage of each object, `[T][objects][H·W]`, [0, 1].
  public let masks: [[[Float]]]
  /// Where the world's origin has moved to in the picture since frame 0, px, `[T]`; all zero for a camera at rest.
  public let camera: [SIMD2<Double>]
  /// 8-bit sRGB, one an object.
  public let colours: [SIMD3<UInt8>]
  /// Leading frames given to the model.
  public let conditioning: Int
  /// The scene without its objects, a frame each where the camera moves, `[T][H·W·3]`; empty where it rests.
  public let plates: [[UInt8]]
}

extension Instance {
  /// Flow, masks, camera and plates of the true clip.
  public func sceneTruth() -> WorldTruth {
    let renderer = stencil, times = (0..<setting.frames).map(setting.time)
    let scenes = times.map { law.bodies(at: $0) }, owners = scenes.map { renderer.owners($0) }
    let camera = times.map { law.camera(at: $0) * SIMD2(-1, 1) * setting.pixelsPerUnit }
    var flow: [[SIMD2<Float>]] = [], known: [[Bool]] = []
    for t in 0..<setting.frames - 1 {
      let step = FlowStep(
        setting, (scenes[t], owners[t]), (scenes[t + 1], owners[t + 1]), drift: camera[t + 1] - camera[t])
      let field = step.field()
      flow.append(field.flow)
      known.append(field.known)
    }
    return WorldTruth(
      flow: flow, known: known, masks: scenes.map { Self.masks($0, renderer) }, camera: camera, colours: colours,
      conditioning: World.conditioning,
      plates: cameraMoves ? plates() : [])
  }
}

/// Flow between two neighbouring frames.
private struct FlowStep {
  private let setting: Setting
  private let now: (bodies: [Body], owners: [Int32]), next: (bodies: [Body], owners: [Int32])
  /// How the backdrop moves, px.
  private let drift: SIMD2<Double>

  init(_ setting: Setting, _ now: ([Body], [Int32]), _ next: ([Body], [Int32]), drift: SIMD2<Double>) {
    precondition(now.0.count == next.0.count, "a law must show the same bodies at all times")
    (self.setting, self.now, self.next, self.drift) = (setting, now, next, drift)
  }

  func field() -> (flow: [SIMD2<Float>], known: [Bool]) {
    let height = setting.height, width = setting.width
    var flow = [SIMD2<Float>](repeating: SIMD2(Float(drift.x), Float(drift.y)), count: height * width)
    var known = [Bool](repeating: false, count: height * width)
    for i in 0..<height {
      for j in 0..<width {
        let p = i * width + j, owner = Int(now.owners[p]), centre = SIMD2(Double(j) + 0.5, Double(i) + 0.5)
        var landing = centre + drift
        if owner >= 0 {
          landing = pixels(now.bodies[owner].carry(units(centre), to: next.bodies[owner]))
          flow[p] = SIMD2(Float(landing.x - centre.x), Float(landing.y - centre.y))
          if next.bodies[owner].isEmpty { continue }
        }
        known[p] = isSeen(landing, owner)
      }
    }
    return (flow, known)
  }

  /// Whether the point of body `owner` (−1 the backdrop) at `point` of the next frame is inside it and behind nothing.
  private func isSeen(_ point: SIMD2<Double>, _ owner: Int) -> Bool {
    let height = setting.height, width = setting.width
    guard point.x >= 0, point.y >= 0, point.x < Double(width), point.y < Double(height) else { return false }
    // Deep within one body's pixels there is nothing to work out.
    let row = Int(point.y), column = Int(point.x)
    if row > 0, row < height - 1, column > 0, column < width - 1 {
      var same = true
      for i in row - 1...row + 1 {
        for j in column - 1...column + 1 where next.owners[i * width + j] != Int32(owner) { same = false }
      }
      if same { return true }
    }
    let place = units(point)
    return !next.bodies[(owner + 1)...].contains { $0.contains(place) }
  }

  @inline(__always)
  private func units(_ p: SIMD2<Double>) -> SIMD2<Double> {
    SIMD2(p.x / setting.pixelsPerUnit, World.height - p.y / setting.pixelsPerUnit)
  }
  @inline(__always)
  private func pixels(_ p: SIMD2<Double>) -> SIMD2<Double> {
    SIMD2(p.x * setting.pixelsPerUnit, (World.height - p.y) * setting.pixelsPerUnit)
  }
}
