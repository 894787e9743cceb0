import Frames

/// Reads a cloud of specks of one colour, too small to be followed one by one: centroid and area of all of the colour
/// in the frame.
///
/// Coverage counts within two pixels of a quarter-covered one, so that noise on an empty backdrop adds nothing. The
/// colour is what the mixing model says the specks would have at full coverage, b + Σ(I − b)/Σa, since no pixel may be
/// wholly covered. Cannot see: how the specks are arranged.
struct CloudGauge {
  let colour: SIMD3<UInt8>
  let others: [SIMD3<UInt8>]
  let plate: Plate

  /// One state a frame.
  func track(_ frames: Frames) -> [TrackedState] {
    let plates = plate.resolved(for: frames), size = frames.height * frames.width
    let lens = CoverageLens.byFrame(colour: colour, others: others, plates: plates)
    var coverage = [Float](repeating: 0, count: size)
    return frames.pixels.withUnsafeBufferPointer { bytes in
      (0..<frames.count).map { t in
        let frame = UnsafeBufferPointer(rebasing: bytes[t * frames.frameBytes..<(t + 1) * frames.frameBytes])
        coverage.withUnsafeMutableBufferPointer { lens(t).measure(frame, into: $0) }
        return read(coverage, frame, plates[min(t, plates.count - 1)], frames.height, frames.width)
      }
    }
  }

  private func read(
    _ a: [Float], _ frame: UnsafeBufferPointer<UInt8>, _ plate: [UInt8], _ height: Int, _ width: Int
  ) -> TrackedState {
    var near = [Bool](repeating: false, count: a.count), mask: [Int32] = []
    for p in a.indices where a[p] > 0.25 {
      if a[p] > 0.5 { mask.append(Int32(p)) }
      for i in max(0, p / width - 2)...min(height - 1, p / width + 2) {
        for j in max(0, p % width - 2)...min(width - 1, p % width + 2) { near[i * width + j] = true }
      }
    }
    var sum = 0.0, x = 0.0, y = 0.0, ground = SIMD3<Double>.zero, shift = SIMD3<Double>.zero
    for p in a.indices where near[p] && a[p] > 0 {
      let share = Double(a[p]), b = SIMD3(Double(plate[3 * p]), Double(plate[3 * p + 1]), Double(plate[3 * p + 2]))
      sum += share
      x += share * (Double(p % width) + 0.5)
      y += share * (Double(p / width) + 0.5)
      ground += share * b
      shift += SIMD3(Double(frame[3 * p]), Double(frame[3 * p + 1]), Double(frame[3 * p + 2])) - b
    }
    var state = TrackedState.lost
    guard sum >= 4 else { return state }
    (state.x, state.y, state.area, state.radius) = (x / sum, y / sum, sum, (sum / Double.pi).squareRoot())
    state.deltaE = colourDifference((ground + shift) / sum, colour)
    (state.components, state.largest, state.mask) = (1, mask.count, mask)
    return state
  }
}
