/// One drawn scene: a physical law with its constants filled in, and the exact state at any time.
///
/// A scenario is one type in one file. Adding one means writing its type and its line in `Scenario`.
/// Every parameter must show in the conditioning frames (as a position, a size, a colour): what cannot be seen is not varied.
public protocol Law: Sendable {
  /// The clip length the suite uses.
  static var suiteFrames: Int { get }
  /// What is drawn, with its ranges.
  static var parameters: [Parameter] { get }
  /// How many objects are tracked in the ordinary cells.
  static var objects: Int { get }
  /// Structural out-of-distribution cells beyond the ranges, such as a second ball.
  static var variants: [String] { get }

  init(_ draw: Draw, setting: Setting)

  /// Everything in the scene at `time` seconds, farthest from the eye first. Objects keep their order through time.
  func bodies(at time: Double) -> [Body]

  /// The same scene under a wrong simulator: every initial velocity and every constant of the domain times `factor`.
  func scaled(by factor: Double) -> Self

  /// What happens when, in seconds; clips may end before.
  var events: [Event] { get }

  /// Colour, size word and law, as in "a large red ball falls".
  var caption: String { get }

  /// Whether this draw shows enough to be scored; the general rule in `Acceptance` is applied as well.
  func accepts(_ setting: Setting) -> Bool
}

extension Law {
  public static var objects: Int { 1 }
  public static var variants: [String] { [] }
  public func accepts(_ setting: Setting) -> Bool { true }
}

/// A drawn quantity: its range in distribution and outside.
public struct Parameter: Sendable, Equatable {
  public let name: String
  public let unit: String
  public let inside: ClosedRange<Double>
  /// Out of distribution below and above `inside`; nil where the suite has none.
  public let low: ClosedRange<Double>?
  public let high: ClosedRange<Double>?

  public init(_ name: String, unit: String, _ inside: ClosedRange<Double>, low: ClosedRange<Double>? = nil, high: ClosedRange<Double>? = nil) {
    self.name = name
    self.unit = unit
    self.inside = inside
    self.low = low
    self.high = high
  }
}

/// Something that happens at an exact time.
public struct Event: Sendable, Equatable {
  /// "contact", "hiding", "hidden", "emerging", "clear".
  public let name: String
  /// Seconds from frame 0.
  public let time: Double
  /// The object it happens to, by its order in `bodies(at:)`.
  public let object: Int

  public init(_ name: String, time: Double, object: Int = 0) {
    self.name = name
    self.time = time
    self.object = object
  }
}

/// The values one instance was given.
public struct Draw: Sendable {
  public let values: [String: Double]
  /// Up to three, at least 90° of hue apart: objects first, then scenery.
  public let colours: [NamedColour]
  /// The structural variant, when the cell has one.
  public let variant: String?

  public subscript(name: String) -> Double { values[name] ?? .nan }
}

/// Size words for captions, over the in-distribution radii; outside them the nearest word stays, so no new vocabulary appears.
func sizeWord(_ radius: Double, small: Double = 0.93, large: Double = 1.17) -> String {
  radius < small ? "small" : radius < large ? "medium" : "large"
}

/// "a red ball", "an orange ball".
func article(_ text: String) -> String { ("aeiou".contains(text.first ?? "x") ? "an " : "a ") + text }
