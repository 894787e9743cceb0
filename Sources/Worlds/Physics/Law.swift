/// One drawn scene: a physical law with its constants filled in, and the exact state at any time.
///
/// A scenario is one type in one file. Adding one means writing its type and its line in `Scenario`.
/// Every parameter must show in the conditioning frames (as a position, a size, a colour): what cannot be seen is not
/// varied.
public protocol Law: Sendable {
  /// The clip length the suite uses.
  static var suiteFrames: Int { get }
  /// What is drawn, with its ranges.
  static var parameters: [Parameter] { get }
  /// How many objects are tracked in the ordinary cells.
  static var objects: Int { get }
  /// Structural out-of-distribution cells beyond the ranges, such as a second ball.
  static var variants: [String] { get }
  /// How many colours an instance is given, at least 90° of hue apart.
  static var palette: Int { get }
  /// Whether an object shows how far it has turned.
  static var turns: Bool { get }
  /// Whether a flat backdrop would hide what the law is about, so that value noise takes its place.
  static var needsTexture: Bool { get }
  /// Whether the eight clear frames that acceptance asks for are summed over the objects instead of asked of all at
  /// once.
  static var sumsClearFrames: Bool { get }

  init(_ draw: Draw, setting: Setting)

  /// Everything in the scene at `time` seconds, farthest from the eye first, where the camera sees it. The list has the
  /// same bodies in the same order at all times.
  func bodies(at time: Double) -> [Body]

  /// The scene at `time` with its objects' centres put elsewhere: what a predictor of positions would have shown.
  /// Whatever hangs on an object (marks, a rod, a level) follows it.
  /// - Parameter radii: one an object, for discs; nil keeps the true ones.
  func bodies(at time: Double, placing centres: [SIMD2<Double>], radii: [Double]?) -> [Body]

  /// The objects' states at `time`, in their fixed order.
  func truth(at time: Double, _ setting: Setting) -> [ObjectState]

  /// How far the camera has moved from where it was in frame 0, world units.
  func camera(at time: Double) -> SIMD2<Double>

  /// The same scene under a wrong simulator: initial velocities and constants of the domain times `factor`, or 2 −
  /// `factor` where the law's docstring says so (the suite's sign pattern).
  func scaled(by factor: Double) -> Self

  /// What happens when, in seconds; clips may end before.
  var events: [Event] { get }

  /// Scenes that begin like this one and then break its law.
  var impossible: [Impossible] { get }

  /// Colour, size word and law, as in "a large red ball falls".
  var caption: String { get }

  /// Whether this draw shows enough to be scored; the general rule in `Acceptance` is applied as well.
  func accepts(_ setting: Setting) -> Bool
}

extension Law {
  public static var objects: Int { 1 }
  public static var variants: [String] { [] }
  public static var palette: Int { 3 }
  public static var turns: Bool { false }
  public static var needsTexture: Bool { false }
  public static var sumsClearFrames: Bool { false }
  public func camera(at time: Double) -> SIMD2<Double> { .zero }
  public var impossible: [Impossible] { [] }
  public func accepts(_ setting: Setting) -> Bool { true }

  public func bodies(at time: Double, placing centres: [SIMD2<Double>], radii: [Double]?) -> [Body] {
    var bodies = bodies(at: time), object = -1, shift = SIMD2<Double>.zero
    for i in bodies.indices {
      if bodies[i].isObject {
        object += 1
        shift = centres[object] - bodies[i].centre
        bodies[i].centre = centres[object]
        if let radii, case .disc = bodies[i].shape { bodies[i].shape = .disc(radius: radii[object]) }
      } else if bodies[i].role == .mark {
        bodies[i].centre += shift
      }
    }
    return bodies
  }
}

/// Something that happens at an exact time.
public struct Event: Sendable, Equatable {
  /// "contact", "hiding", "hidden", "emerging", "clear", "apex", "rest", "lowest", "turn", "drained".
  public let name: String
  /// Seconds from frame 0.
  public let time: Double
  /// The object it happens to, by its order in `bodies(at:)`.
  public let object: Int
  /// The other object, where two are concerned.
  public let other: Int?

  public init(_ name: String, time: Double, object: Int = 0, other: Int? = nil) {
    (self.name, self.time, self.object, self.other) = (name, time, object, other)
  }
}

/// A scene that cannot happen: like the true one up to `time`, then against its law.
public struct Impossible: Sendable {
  /// "vanish", "pass-through".
  public let name: String
  /// Seconds at which it begins to differ from the true scene.
  public let time: Double
  public let bodies: @Sendable (Double) -> [Body]

  public init(_ name: String, from time: Double, _ bodies: @escaping @Sendable (Double) -> [Body]) {
    (self.name, self.time, self.bodies) = (name, time, bodies)
  }
}

/// The values one instance was given.
public struct Draw: Sendable {
  public let cell: Cell
  public let values: [String: Double]
  /// As many as the law's palette, at least 90° of hue apart: objects first, then scenery.
  public let colours: [NamedColour]

  public subscript(name: String) -> Double { values[name] ?? .nan }

  /// The structural variant, when the cell has one.
  public var variant: String? {
    if case .variant(let name) = cell { return name }
    return nil
  }

  /// The same draw with one value changed.
  func with(_ name: String, _ value: Double) -> Draw {
    Draw(cell: cell, values: values.merging([name: value]) { $1 }, colours: colours)
  }
}

/// Size words for captions, over the in-distribution radii; outside them the nearest word stays, so no new vocabulary
/// appears.
func sizeWord(_ radius: Double, small: Double = 0.93, large: Double = 1.17) -> String {
  radius < small ? "small" : radius < large ? "medium" : "large"
}

/// "a red ball", "an orange ball".
func article(_ text: String) -> String { ("aeiou".contains(text.first ?? "x") ? "an " : "a ") + text }
