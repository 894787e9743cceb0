import Media

/// Pixels of an instance: the truth, and what other laws or predictors would have shown.
extension Instance {
  private var renderer: Renderer {
    Renderer(setting, backdrop: setting.drawBackdrop(seed: [World.suite, scenario.rawValue, cell.description, String(index)]))
  }

  /// The ground truth clip, [T, H, W, 3].
  public func render() -> Frames { renderer.clip((0..<setting.frames).map { law.bodies(at: setting.time($0)) }) }

  /// The scene without its objects, H·W·3 bytes: backdrop and scenery. Trackers use it as the known background.
  public func plate() -> [UInt8] { renderer.frame(law.bodies(at: 0).filter { !$0.isObject }) }

  /// Visible coverage of every object at `frame`, `[objects][H·W]` in [0, 1].
  public func masks(frame: Int) -> [[Float]] {
    let bodies = law.bodies(at: setting.time(frame))
    return zip(bodies, renderer.masks(bodies)).filter { $0.0.isObject }.map { $0.1 }
  }

  /// A clip whose first frames are true and whose rest shows the scene under a simulator wrong by `scale`.
  public func renderPerturbed(scale: Double) -> Frames {
    let wrong = law.scaled(by: scale)
    return renderer.clip((0..<setting.frames).map { (t: Int) in (t < World.conditioning ? law : wrong).bodies(at: setting.time(t)) })
  }

  /// A clip whose first frames are true and whose rest shows the objects at the places a predictor gives.
  /// - Parameters:
  ///   - positions: `[T][objects]`, world units; the conditioning frames' entries are not read.
  ///   - radii: one an object, world units; nil keeps the true ones.
  public func render(positions: [[SIMD2<Double>]], radii: [Double]? = nil) -> Frames {
    precondition(positions.count == setting.frames, "\(positions.count) positions for \(setting.frames) frames")
    return renderer.clip(
      (0..<setting.frames).map { t in
        var bodies = law.bodies(at: setting.time(t))
        guard t >= World.conditioning else { return bodies }
        var object = 0
        for i in bodies.indices where bodies[i].isObject {
          bodies[i].centre = positions[t][object]
          if let radii, case .disc = bodies[i].shape { bodies[i].shape = .disc(radius: radii[object]) }
          object += 1
        }
        return bodies
      })
  }
}
