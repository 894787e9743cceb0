import Frames

/// The impossible twin of an instance: the same scene up to a moment, then something that cannot happen. For tests of
/// surprise (violation of expectation): a model of the world should find the instance likelier than its twin.
public struct Twin: Sendable {
  public let instance: Instance
  let impossible: Impossible

  /// "vanish", "pass-through".
  public var name: String { impossible.name }
  /// "occlusion/id-val/000003/vanish".
  public var id: String { instance.id + "/" + name }
  /// The first frame at which the scenes differ to the eye; beyond the clip's end when it is too short to show it.
  public var firstFrame: Int { Int(impossible.time / World.timeStep + 1e-9) + 1 }
  /// Whether the clip is long enough to show the violation.
  public var isShown: Bool { firstFrame < instance.setting.frames }

  /// The clip, [T, H, W, 3]; before `firstFrame` it equals the instance's.
  public func render() -> Frames {
    instance.film((0..<instance.setting.frames).map { impossible.bodies(instance.setting.time($0)) })
  }
}
