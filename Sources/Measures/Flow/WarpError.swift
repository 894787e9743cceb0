import Frames

/// Σ over visible pixels of ‖V(t) − warp(V(t+1), F)‖², colours on [0, 1] and the norm over the three channels: the
/// paper's form. The authors' code divides by three times as many.
package struct WarpError: Sendable, Equatable {
  package var sum = 0.0
  package var counted = 0
  package var pixels = 0

  /// Nil when no pixel is visible.
  package var mean: Double? { counted > 0 ? sum / Double(counted) : nil }

  package init(_ frames: Frames, _ a: Int, _ b: Int, _ flow: FlowField, where visible: [Bool]) {
    pixels = flow.width * flow.height
    frames.pixels.withUnsafeBufferPointer { bytes in
      let first = bytes.baseAddress! + a * frames.frameBytes, second = bytes.baseAddress! + b * frames.frameBytes
      for y in 0..<flow.height {
        var row = 0.0
        for x in 0..<flow.width {
          let i = y * flow.width + x
          guard visible[i],
            let place = BilinearPlace(Float(x) + flow.u[i], Float(y) + flow.v[i], flow.width, flow.height)
          else { continue }
          var error: Float = 0
          for c in 0..<3 {
            let d = (Float(first[3 * i + c]) - place.mix(second, c)) / 255
            error += d * d
          }
          row += Double(error)
          counted += 1
        }
        sum += row
      }
    }
  }

  /// Mean over pairs that have visible pixels, and the share of pixels that counted.
  static func mean(_ errors: [WarpError]) -> (value: Double, coverage: Double)? {
    let means = errors.compactMap(\.mean)
    guard !means.isEmpty else { return nil }
    return (
      means.reduce(0, +) / Double(means.count),
      Double(errors.reduce(0) { $0 + $1.counted }) / Double(max(1, errors.reduce(0) { $0 + $1.pixels }))
    )
  }
}
