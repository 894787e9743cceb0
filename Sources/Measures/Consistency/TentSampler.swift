import Frames

/// Any rectangle of a frame as `side` × `side` values; what lies outside the frame repeats its edge.
///
/// Each value is a mean under a tent as wide as two cells, or two pixels where cells are smaller: shrinking does not
/// alias, and enlarging is bilinear, so that a picture moved by a fraction of a pixel gives nearly the same values.
struct TentSampler {
  let side: Int

  /// Values `[side·side·3]` on 0…255 of the rectangle [left, left + width) × [top, top + height), px.
  func sample(_ frames: Frames, _ t: Int, left: Double, top: Double, width: Double, height: Double) -> [Float] {
    frames.pixels.withUnsafeBufferPointer { bytes in
      let base = t * frames.frameBytes
      return sample(rows: frames.height, columns: frames.width, channels: 3, left, top, width, height) {
        Float(bytes[base + $0])
      }
    }
  }

  /// The same of a plane of coverage, `[side·side]`.
  func sample(
    _ plane: [Float], rows: Int, columns: Int, left: Double, top: Double, width: Double, height: Double
  ) -> [Float] {
    plane.withUnsafeBufferPointer { values in
      sample(rows: rows, columns: columns, channels: 1, left, top, width, height) { values[$0] }
    }
  }

  @inline(__always)
  private func sample(
    rows: Int, columns: Int, channels: Int, _ left: Double, _ top: Double, _ width: Double, _ height: Double,
    _ at: (Int) -> Float
  ) -> [Float] {
    let across = Self.cells(side, left, width, columns), down = Self.cells(side, top, height, rows)
    var line = [Float](repeating: 0, count: side * channels), out = [Float](repeating: 0, count: side * side * channels)
    for (i, rowTaps) in down.enumerated() {
      for (y, weight) in rowTaps {
        for (j, taps) in across.enumerated() {
          for c in 0..<channels {
            var sum: Float = 0
            for (x, w) in taps { sum += w * at((y * columns + x) * channels + c) }
            line[j * channels + c] = sum
          }
        }
        for k in line.indices { out[i * side * channels + k] += weight * line[k] }
      }
    }
    return out
  }

  /// For each of `count` equal cells of [start, start + length): the pixels under its tent and their shares.
  private static func cells(_ count: Int, _ start: Double, _ length: Double, _ limit: Int) -> [[(Int, Float)]] {
    let size = length / Double(count), reach = max(1, size)
    return (0..<count).map { k in
      let centre = start + size * (Double(k) + 0.5)
      let pixels = Int((centre - reach - 0.5).rounded(.up))...Int((centre + reach - 0.5).rounded(.down))
      let weights = pixels.map { max(0, 1 - abs(Double($0) + 0.5 - centre) / reach) }, total = weights.reduce(0, +)
      return zip(pixels, weights).filter { $0.1 > 0 }.map { (min(max($0, 0), limit - 1), Float($1 / total)) }
    }
  }
}
