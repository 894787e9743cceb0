import Frames

/// Pixels of an instance: the truth, and what other laws or predictors would have shown.
extension Instance {
  /// The picture's ground: flat unless the setting or the law asks for texture.
  private var ground: Backdrop {
    var kind = setting.backdrop
    if type(of: law).needsTexture, case .flat = kind { kind = .noise(amplitude: 25) }
    let reach = (0..<setting.frames).map { abs(law.camera(at: setting.time($0)).x) }.max() ?? 0
    return Backdrop(
      setting, kind, seed: [World.suite, scenario.rawValue, cell.description, String(index)],
      reach: reach > 0 ? reach * 1.5 + 1 : 0)
  }

  /// Whether the camera is ever elsewhere than in frame 0.
  public var cameraMoves: Bool { (1..<setting.frames).contains { law.camera(at: setting.time($0)) != .zero } }

  /// Draws one list of bodies a frame, seen by the camera of `law` (the true one unless a wrong simulator is shown).
  func film(_ scenes: [[Body]], camera law: (any Law)? = nil) -> Frames {
    let ground = ground, law = law ?? self.law
    let renderer = Renderer(setting, backdrop: ground.pixels())
    return cameraMoves
      ? renderer.clip(scenes) { ground.pixels(camera: law.camera(at: setting.time($0)).x) } : renderer.clip(scenes)
  }

  /// For geometry alone: nothing is drawn upon.
  var stencil: Renderer {
    Renderer(setting, backdrop: [UInt8](repeating: 0, count: setting.height * setting.width * 3))
  }

  /// The ground truth clip, [T, H, W, 3].
  public func render() -> Frames { film((0..<setting.frames).map { law.bodies(at: setting.time($0)) }) }

  /// The scene without its objects, H·W·3 bytes: backdrop and scenery. Trackers use it as the known background; where
  /// the camera moves, every frame has its own.
  public func plate(frame: Int = 0) -> [UInt8] { plate(frame, on: ground) }

  /// Plates of all frames; one array for all where the camera rests.
  public func plates() -> [[UInt8]] {
    guard cameraMoves else { return [[UInt8]](repeating: plate(), count: setting.frames) }
    let ground = ground
    return (0..<setting.frames).map { plate($0, on: ground) }
  }

  private func plate(_ frame: Int, on ground: Backdrop) -> [UInt8] {
    let time = setting.time(frame)
    return Renderer(setting, backdrop: ground.pixels(camera: law.camera(at: time).x)).frame(
      law.bodies(at: time).filter { $0.role == .scenery })
  }

  /// Visible coverage of every object at `frame`, its marks included, `[objects][H·W]` in [0, 1].
  public func masks(frame: Int) -> [[Float]] { Self.masks(law.bodies(at: setting.time(frame)), stencil) }

  static func masks(_ bodies: [Body], _ renderer: Renderer) -> [[Float]] {
    var last = -1
    let groups = bodies.map { body -> Int in
      if body.isObject { last += 1 }
      return body.isObject || body.role == .mark ? last : -1
    }
    return renderer.masks(bodies, groups: groups)
  }

  /// A clip whose first frames are true and whose rest shows the scene under a simulator wrong by `scale`.
  public func renderPerturbed(scale: Double) -> Frames {
    let wrong = law.scaled(by: scale), first = World.conditioning
    let scenes = (0..<setting.frames).map { (t: Int) in (t < first ? law : wrong).bodies(at: setting.time(t)) }
    guard cameraMoves else { return film(scenes) }
    var clip = film(scenes, camera: wrong)
    let truth = film(Array(scenes[..<first]))
    clip.pixels.replaceSubrange(0..<truth.pixels.count, with: truth.pixels)
    return clip
  }

  /// A clip whose first frames are true and whose rest shows the objects at the places a predictor gives.
  /// - Parameters:
  ///   - positions: `[T][objects]`, world units; the conditioning frames' entries are not read.
  ///   - radii: one an object, world units; nil keeps the true ones.
  public func render(positions: [[SIMD2<Double>]], radii: [Double]? = nil) -> Frames {
    precondition(positions.count == setting.frames, "\(positions.count) positions for \(setting.frames) frames")
    return film(
      (0..<setting.frames).map { t in
        let time = setting.time(t)
        return t < World.conditioning ? law.bodies(at: time) : law.bodies(at: time, placing: positions[t], radii: radii)
      })
  }
}
