import Foundation
import Frames

/// Reads the level of a coloured liquid in an upright tank: Σ of soft coverage a column, over the columns wholly
/// inside.
///
/// No component is asked for, since a tank may be empty: a level of 0 is a reading. The level is the mean over columns,
/// which keeps the volume whatever the surface; its deviation from column to column says how flat that is.
/// Cannot see: where in its column the liquid hangs.
struct LiquidGauge {
  let colour: SIMD3<UInt8>
  let others: [SIMD3<UInt8>]
  let plate: Plate
  /// Tanks of this colour in the scene, the one to read first; colour outside all of them is a fault.
  let tanks: [PhysicsObject.Tank]

  /// One state a frame.
  /// - Parameters: scale: pixels a world unit. worldHeight: world units from bottom to top of the frame.
  func track(_ frames: Frames, scale: Double, worldHeight: Double) -> [TrackedState] {
    let plates = plate.resolved(for: frames), size = frames.height * frames.width
    let boxes = tanks.map { Self.pixels($0, scale, worldHeight, frames) }, tank = boxes[0]
    var inside = [Bool](repeating: false, count: size)  // within a pixel of some tank
    for box in boxes {
      for i in max(0, box.rows.lowerBound - 1)..<min(frames.height, box.rows.upperBound + 1) {
        for j in max(0, box.columns.lowerBound - 1)..<min(frames.width, box.columns.upperBound + 1) {
          inside[i * frames.width + j] = true
        }
      }
    }
    var coverage = [Float](repeating: 0, count: size), stray = [Float](repeating: 0, count: size)
    var components = Components(height: frames.height, width: frames.width)
    let lens = CoverageLens.byFrame(colour: colour, others: others, plates: plates)
    return frames.pixels.withUnsafeBufferPointer { bytes in
      (0..<frames.count).map { t in
        let frame = UnsafeBufferPointer(rebasing: bytes[t * frames.frameBytes..<(t + 1) * frames.frameBytes])
        coverage.withUnsafeMutableBufferPointer { lens(t).measure(frame, into: $0) }
        for p in 0..<size { stray[p] = inside[p] ? 0 : coverage[p] }
        stray.withUnsafeBufferPointer { components.label($0, least: 4) }
        return read(
          tank, coverage, frame, plates[min(t, plates.count - 1)], frames.width, extra: components.sizes.max() ?? 0)
      }
    }
  }

  private func read(
    _ box: Box, _ a: [Float], _ frame: UnsafeBufferPointer<UInt8>, _ plate: [UInt8], _ width: Int, extra: Int
  ) -> TrackedState {
    var levels: [Double] = [], mask: [Int32] = [], sum = 0.0, sx = 0.0, sy = 0.0
    var colour = SIMD3<Double>.zero, weight = 0.0, thin = SIMD3<Double>.zero, ground = SIMD3<Double>.zero
    for j in box.columns {
      var level = 0.0
      for i in box.rows {
        let p = i * width + j
        var share = Double(a[p])
        // The tank's base cuts its last row; what lies there is known from the row above better than from a pixel that
        // is partly wall.
        if i == box.rows.upperBound - 1, box.cut < 1 {
          share = min(box.cut, max(share, i > box.rows.lowerBound ? box.cut * Double(a[p - width]) : share))
        }
        level += share
        sx += share * (Double(j) + 0.5)
        sy += share * (Double(i) + 0.5)
        if share > 0.5 { mask.append(Int32(p)) }
        guard share > 0 else { continue }
        let rgb = SIMD3(Double(frame[3 * p]), Double(frame[3 * p + 1]), Double(frame[3 * p + 2]))
        let b = SIMD3(Double(plate[3 * p]), Double(plate[3 * p + 1]), Double(plate[3 * p + 2]))
        if share > 0.9 { colour += rgb; weight += 1 }
        thin += rgb - b
        ground += share * b
      }
      levels.append(level)
      sum += level
    }
    let mean = levels.isEmpty ? 0 : sum / Double(levels.count)
    var state = TrackedState.lost
    // An empty tank has no centroid of its own; its middle at the base stands for it, so that an empty tank is not a
    // lost one.
    (state.x, state.y) = sum > 0.5 ? (sx / sum, sy / sum) : (box.middle, Double(box.rows.upperBound))
    (state.area, state.level) = (mean * box.breadth, mean)
    state.radius = (state.area / Double.pi).squareRoot()
    state.ripple = deviation(levels) ?? 0
    // Of a film thinner than a pixel, the colour that the mixing model gives it: b + Σ(I − b)/Σa.
    state.deltaE = sum >= 4 ? colourDifference(weight > 0 ? colour / weight : (ground + thin) / sum, self.colour) : 0
    (state.components, state.extra, state.mask) = (sum >= 4 ? 1 : 0, extra, mask.sorted())
    state.largest = mask.count
    return state
  }

  /// A tank in whole pixels; `cut` is the share of the last row that lies over the base.
  private struct Box { var columns: Range<Int>, rows: Range<Int>, middle: Double, breadth: Double, cut: Double }

  private static func pixels(
    _ tank: PhysicsObject.Tank, _ scale: Double, _ worldHeight: Double, _ frames: Frames
  ) -> Box {
    let left = max(0, Int((tank.left * scale - 1e-6).rounded(.up))),
      right = min(frames.width, Int((tank.right * scale + 1e-6).rounded(.down)))
    let top = max(0, Int(((worldHeight - tank.top) * scale).rounded(.down))),
      base = min(frames.height, Int(((worldHeight - tank.base) * scale + 1e-6).rounded(.up)))
    let cut = min(1, (worldHeight - tank.base) * scale - Double(base - 1))
    return Box(
      columns: left..<max(left, right), rows: top..<max(top, base), middle: (tank.left + tank.right) / 2 * scale,
      breadth: tank.width * scale, cut: cut)
  }
}
