/// What the tracker saw of one object in one frame, in pixels, y down. An object that was not found has NaN everywhere.
public struct TrackedState: Sendable, Equatable {
  /// Centroid; the first pixel's centre is at (½, ½).
  public var x, y: Double
  /// √(area/π).
  public var radius: Double
  /// Sum of soft coverage, px².
  public var area: Double
  /// The longer axis of the second moments, radians anticlockwise as seen, (−π/2, π/2]; NaN when the shape is round.
  public var angle: Double
  /// √(1 − λ₂/λ₁) of the second moments, [0, 1): 0 is round.
  public var eccentricity: Double
  /// A liquid's level over its tank's base, px; NaN for a solid.
  public var level: Double
  /// Standard deviation of the level from column to column, px; NaN for a solid.
  public var ripple: Double
  /// CIEDE2000 from the component's mean colour to the object's.
  public var deltaE: Double
  /// Components of this colour with at least four pixels.
  public var components: Int
  /// Pixels of the largest component, the chosen one included; 0 when there is none.
  public var largest: Int
  /// Pixels of the largest component that was not chosen.
  public var extra: Int
  /// Pixels of the chosen component, row-major indices, ascending.
  public var mask: [Int32]

  public var found: Bool { !x.isNaN }

  static let lost = TrackedState(
    x: .nan, y: .nan, radius: .nan, area: .nan, angle: .nan, eccentricity: .nan, level: .nan, ripple: .nan,
    deltaE: .nan, components: 0,
    largest: 0, extra: 0, mask: [])
}
