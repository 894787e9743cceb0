import Files
import Media

/// Follows one coloured object by soft coverage (METRICS §10, "State extraction").
///
/// Coverage a = clip(⟨I − b, c − b⟩ / ‖c − b‖², 0, 1) with b the background pixel and c the object's colour, so a pixel on the
/// edge counts for the part that is covered. Components of a > ½ (8-connected, ≥ 4 px) are candidates; the one nearest the
/// predicted position and area is taken; centroid and area come from a inside it, dilated by one pixel. A frame without
/// candidates is lost: NaN, never imputed.
/// Cannot see: an object of the background's colour, or rotation. Of touching objects, each pixel goes to the colour whose
/// mixing line with the background passes nearest.
public struct SoftCoverageTracker: Sendable {
  public let colour: SIMD3<UInt8>
  /// Colours of the other objects in the scene.
  public let others: [SIMD3<UInt8>]
  public let plate: Plate

  public init(colour: SIMD3<UInt8>, others: [SIMD3<UInt8>] = [], plate: Plate) {
    self.colour = colour
    self.others = others
    self.plate = plate
  }

  /// Where the object is expected in the first frame, in pixels, y down.
  public struct Start: Sendable, Equatable {
    public var x, y, radius: Double
    public init(x: Double, y: Double, radius: Double) { (self.x, self.y, self.radius) = (x, y, radius) }
  }

  /// One state a frame.
  public func track(_ frames: Frames, from start: Start) -> [TrackedState] {
    let pixels = frames.height * frames.width
    let lens = CoverageLens(colour: colour, others: others, plate: plate.resolved(for: frames))
    var coverage = [Float](repeating: 0, count: pixels)
    var components = Components(height: frames.height, width: frames.width)
    var forecast = Forecast(start)
    var states: [TrackedState] = []
    states.reserveCapacity(frames.count)
    frames.pixels.withUnsafeBufferPointer { bytes in
      for t in 0..<frames.count {
        let frame = UnsafeBufferPointer(rebasing: bytes[t * frames.frameBytes..<(t + 1) * frames.frameBytes])
        coverage.withUnsafeMutableBufferPointer { lens.measure(frame, into: $0) }
        let state = coverage.withUnsafeBufferPointer { a -> TrackedState in
          components.label(a, least: 4)
          return Self.choose(components, a, frame, forecast, colour)
        }
        forecast.take(state)
        states.append(state)
      }
    }
    return states
  }

  /// Measures every candidate and keeps the one that fits the forecast best.
  private static func choose(
    _ components: Components, _ a: UnsafeBufferPointer<Float>, _ frame: UnsafeBufferPointer<UInt8>, _ forecast: Forecast, _ colour: SIMD3<UInt8>
  ) -> TrackedState {
    var best = TrackedState.lost, bestCost = Double.infinity, chosen = -1
    for k in components.sizes.indices {
      let blob = Blob(components, k, a)
      let cost = forecast.cost(x: blob.x, y: blob.y, area: blob.area)
      if cost < bestCost {
        (bestCost, chosen) = (cost, k)
        best.x = blob.x
        best.y = blob.y
        best.area = blob.area
      }
    }
    best.components = components.sizes.count
    best.largest = components.sizes.max() ?? 0
    guard chosen >= 0 else { return best }
    best.radius = (best.area / Double.pi).squareRoot()
    best.deltaE = colourDifference(Blob.meanColour(components, chosen, a, frame), colour)
    best.extra = components.sizes.indices.filter { $0 != chosen }.map { components.sizes[$0] }.max() ?? 0
    return best
  }
}

/// Predicted position and area: the last sighting carried on at the last velocity.
private struct Forecast {
  private var x, y, area: Double
  private var vx = 0.0, vy = 0.0
  private var frames = 1.0  // since the last sighting
  private var seen = false

  init(_ start: SoftCoverageTracker.Start) {
    (x, y) = (start.x, start.y)
    area = Double.pi * start.radius * start.radius
    frames = 0
  }

  /// Squared distance in radii plus squared log ratio of areas.
  func cost(x: Double, y: Double, area: Double) -> Double {
    let dx = x - (self.x + vx * frames), dy = y - (self.y + vy * frames)
    let ratio = logarithm(area / self.area)
    return (dx * dx + dy * dy) * Double.pi / self.area + ratio * ratio
  }

  mutating func take(_ state: TrackedState) {
    guard state.found else { frames += 1; return }
    if seen {
      vx = (state.x - x) / frames
      vy = (state.y - y) / frames
    }
    (x, y, area) = (state.x, state.y, max(state.area, 1))
    frames = 1
    seen = true
  }
}
