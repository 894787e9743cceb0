import Foundation

/// What a clip shows of its scene's objects, in world units and seconds, beside what it should show. Laws are fitted to
/// this and to nothing else, so they can be tested on exact series as well as on pixels.
public struct Observation: Sendable {
  /// One object in one frame.
  public struct Sighting: Sendable, Equatable {
    public var position: SIMD2<Double>
    /// Of the longer axis, radians anticlockwise, modulo π.
    public var angle: Double?
    /// A liquid's level, and its deviation from column to column.
    public var level: Double?
    public var ripple: Double?

    public init(_ position: SIMD2<Double>, angle: Double? = nil, level: Double? = nil, ripple: Double? = nil) {
      (self.position, self.angle, self.level, self.ripple) = (position, angle, level, ripple)
    }
  }

  /// `[objects][T]`; nil where the object is lost, has the wrong size or colour, or is not wholly in sight in the
  /// truth.
  public var sightings: [[Sighting?]]
  /// `[T][objects]`.
  public var truth: [[PhysicsTruth]]
  public var masses: [Double]
  public var timeStep: Double
  public var conditioning: Int
  /// The clip's own camera path, world units, one a frame; empty at rest.
  public var camera: [SIMD2<Double>]
  /// `[T][objects]`: whether the frame shows what the truth demands of the object.
  public var valid: [[Bool]]

  /// - Parameter valid: everything when nil.
  public init(
    sightings: [[Sighting?]], truth: [[PhysicsTruth]], masses: [Double]? = nil, timeStep: Double = 0.1,
    conditioning: Int = 4, camera: [SIMD2<Double>] = [],
    valid: [[Bool]]? = nil
  ) {
    (self.sightings, self.truth, self.timeStep, self.conditioning, self.camera) = (
      sightings, truth, timeStep, conditioning, camera
    )
    self.masses = masses ?? [Double](repeating: 1, count: sightings.count)
    self.valid = valid ?? truth.map { [Bool](repeating: true, count: $0.count) }
  }

  /// The frames after the given ones: none of a scene that ends with them.
  var scored: Range<Int> { min(conditioning, truth.count)..<truth.count }

  /// The sightings of object `k` from frame `first` on.
  public func path(_ k: Int, from first: Int) -> Path {
    let frames = sightings[k].indices.dropFirst(first).filter { sightings[k][$0] != nil }
    return Path(
      frames: frames, times: frames.map { Double($0) * timeStep },
      points: frames.compactMap { sightings[k][$0]?.position }, timeStep: timeStep)
  }

  /// After the given frames only: what the clip's maker chose.
  public func path(_ k: Int) -> Path { path(k, from: conditioning) }
}

/// Where an object was seen when.
public struct Path: Sendable, Equatable {
  public var frames: [Int]
  /// Seconds.
  public var times: [Double]
  /// World units.
  public var points: [SIMD2<Double>]
  public var timeStep: Double

  public var count: Int { frames.count }
  public var x: [Double] { points.map(\.x) }
  public var y: [Double] { points.map(\.y) }

  /// The part of it whose indices are kept.
  public func kept(_ indices: some Sequence<Int>) -> Path {
    let indices = Array(indices)
    return Path(
      frames: indices.map { frames[$0] }, times: indices.map { times[$0] }, points: indices.map { points[$0] },
      timeStep: timeStep)
  }

  /// Central differences, units/s, at every sighting whose neighbours in time were seen too: exact for constant
  /// acceleration.
  public var velocities: [(frame: Int, position: SIMD2<Double>, velocity: SIMD2<Double>)] {
    guard count > 2 else { return [] }
    return (1..<count - 1).compactMap { i in
      guard frames[i] - frames[i - 1] == 1, frames[i + 1] - frames[i] == 1 else { return nil }
      return (frames[i], points[i], (points[i + 1] - points[i - 1]) / (2 * timeStep))
    }
  }

  /// Frame to frame, units/s.
  public var steps: [(frame: Int, velocity: SIMD2<Double>)] {
    guard count > 1 else { return [] }
    return (1..<count).compactMap { i in
      guard frames[i] - frames[i - 1] == 1 else { return nil }
      return (frames[i], (points[i] - points[i - 1]) / timeStep)
    }
  }
}

func length(_ v: SIMD2<Double>) -> Double { (v * v).sum().squareRoot() }
func dot(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double { (a * b).sum() }

/// nil of nothing.
func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }

/// Root of the mean square; nil of nothing.
func rootMeanSquare(_ values: [Double]) -> Double? { mean(values.map { $0 * $0 })?.squareRoot() }

/// Population standard deviation; nil of nothing.
func deviation(_ values: [Double]) -> Double? {
  mean(values).flatMap { centre in rootMeanSquare(values.map { $0 - centre }) }
}
