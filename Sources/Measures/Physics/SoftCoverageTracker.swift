import Files
import Foundation
import Frames

/// Follows one coloured object by soft coverage (docs/PHYSICS.md, "From pixels to states").
///
/// Coverage a = clip(⟨I − b, c − b⟩ / ‖c − b‖², 0, 1) with b the background pixel and c the object's colour, so a pixel
/// on the edge counts for the part that is covered. Components of a > ½ (8-connected, ≥ 4 px) are candidates; the one
/// nearest the predicted position and area is taken; centroid and area come from a inside it, dilated by one pixel. A
/// frame without candidates is lost: NaN, never imputed.
/// The colour is re-estimated from frame to frame, ĉ ← .9·ĉ + .1·(mean of the core), so that a slow drift loses no
/// area; `deltaE` stays the distance to the colour announced, which is where the drift is charged.
/// Cannot see: an object of the background's colour, or the rotation of a round one. Of touching objects, each pixel
/// goes to the colour whose mixing line with the background passes nearest.
public struct SoftCoverageTracker: Sendable {
  public let colour: SIMD3<UInt8>
  /// Colours of whatever else moves in the scene.
  public let others: [SIMD3<UInt8>]
  public let plate: Plate

  /// Weight of the last estimate when the colour is re-estimated.
  static let memory = 0.9
  /// Least eccentricity at which a shape's longer axis is told from the grid's noise; a disc with a narrow slot has .2.
  static let turnable = 0.12

  public init(colour: SIMD3<UInt8>, others: [SIMD3<UInt8>] = [], plate: Plate) {
    (self.colour, self.others, self.plate) = (colour, others, plate)
  }

  /// Where the object is expected in the first frame, in pixels, y down.
  public struct Start: Sendable, Equatable {
    public var x, y, radius: Double
    public init(x: Double, y: Double, radius: Double) { (self.x, self.y, self.radius) = (x, y, radius) }
  }

  /// One state a frame.
  /// - Parameter returns: where the object is expected at frames in which it comes back into sight: after an absence
  ///   its last velocity says nothing.
  public func track(_ frames: Frames, from start: Start, returns: [Int: Start] = [:]) -> [TrackedState] {
    let plates = plate.resolved(for: frames)
    var coverage = [Float](repeating: 0, count: frames.height * frames.width)
    var components = Components(height: frames.height, width: frames.width)
    var forecast = Forecast(start), tint = SIMD3<Double>(colour), drawn = SIMD3<Float>(colour)
    var lens = CoverageLens(colour: drawn, others: others, plate: plates[0])
    var states: [TrackedState] = []
    states.reserveCapacity(frames.count)
    frames.pixels.withUnsafeBufferPointer { bytes in
      for t in 0..<frames.count {
        let frame = UnsafeBufferPointer(rebasing: bytes[t * frames.frameBytes..<(t + 1) * frames.frameBytes])
        if let place = returns[t] { forecast = Forecast(place) }
        let drift = (SIMD3<Float>(tint) - drawn)
        if t > 0, plates.count > 1 || (drift * drift).sum() > 1 {  // under a level of drift the same lens serves
          drawn = SIMD3<Float>(tint)
          lens = CoverageLens(colour: drawn, others: others, plate: plates[min(t, plates.count - 1)])
        }
        coverage.withUnsafeMutableBufferPointer { lens.measure(frame, into: $0) }
        let choice = coverage.withUnsafeBufferPointer { a -> Choice in
          components.label(a, least: 4)
          return choose(components, a, frame, forecast)
        }
        forecast.take(choice.state)
        if let seen = choice.colour { tint = Self.memory * tint + (1 - Self.memory) * seen }
        states.append(choice.state)
      }
    }
    return states
  }

  private struct Choice { var state: TrackedState, colour: SIMD3<Double>? }

  /// Measures every candidate and keeps the one that fits the forecast best.
  private func choose(
    _ components: Components, _ a: UnsafeBufferPointer<Float>, _ frame: UnsafeBufferPointer<UInt8>, _ forecast: Forecast
  ) -> Choice {
    var state = TrackedState.lost, best: (cost: Double, k: Int, blob: Blob)?
    for k in components.sizes.indices {
      let blob = Blob(components, k, a), cost = forecast.cost(x: blob.x, y: blob.y, area: blob.area)
      if cost < best?.cost ?? .infinity { best = (cost, k, blob) }
    }
    state.components = components.sizes.count
    state.largest = components.sizes.max() ?? 0
    guard let (_, chosen, blob) = best else { return Choice(state: state, colour: nil) }
    let members = components.members[components.starts[chosen]..<components.starts[chosen] + components.sizes[chosen]]
    let seen = Blob.meanColour(components, chosen, a, frame)
    (state.x, state.y, state.area, state.radius) = (blob.x, blob.y, blob.area, (blob.area / Double.pi).squareRoot())
    state.eccentricity = blob.eccentricity
    state.angle = state.eccentricity >= Self.turnable ? blob.axis : .nan
    state.deltaE = colourDifference(seen, colour)
    state.extra = components.sizes.indices.filter { $0 != chosen }.map { components.sizes[$0] }.max() ?? 0
    state.mask = members.sorted()
    return Choice(state: state, colour: seen)
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
