import Foundation
import Frames

/// One frame as floats, `[H, W, 3]` on 0…255: what damage is done on before it is rounded and clamped once.
struct FloatPicture {
  let width, height: Int
  var values: [Float]

  init(_ frames: Frames, _ t: Int) {
    (width, height) = (frames.width, frames.height)
    values = frames.pixels[t * frames.frameBytes..<(t + 1) * frames.frameBytes].map(Float.init)
  }

  func store(in frames: inout Frames, _ t: Int) {
    let start = t * frames.frameBytes
    for i in values.indices { frames.pixels[start + i] = UInt8(min(max(values[i].rounded(), 0), 255)) }
  }

  /// Gaussian of `sigma` pixels, cut at 3σ, edges repeated.
  mutating func blur(_ sigma: Double) {
    let radius = max(1, Int((3 * sigma).rounded(.up)))
    var taps = (-radius...radius).map { Float(exp(-Double($0 * $0) / (2 * sigma * sigma))) }
    let total = taps.reduce(0, +)
    taps = taps.map { $0 / total }
    values = convolved(taps, radius, length: width, lines: height, step: 3, line: 3 * width)
    values = convolved(taps, radius, length: height, lines: width, step: 3 * width, line: 3)
  }

  private func convolved(_ taps: [Float], _ radius: Int, length: Int, lines: Int, step: Int, line: Int) -> [Float] {
    var out = values
    for l in 0..<lines {
      for i in 0..<length {
        for c in 0..<3 {
          var sum: Float = 0
          for k in -radius...radius {
            sum += taps[k + radius] * values[l * line + min(max(i + k, 0), length - 1) * step + c]
          }
          out[l * line + i * step + c] = sum
        }
      }
    }
    return out
  }

  /// Moves the picture right by x and down by y pixels, bilinear, edges repeated.
  mutating func shift(x: Double, y: Double) {
    let source = values, fx = (-x).rounded(.down), fy = (-y).rounded(.down)
    let a = Float(-x - fx), b = Float(-y - fy)
    for i in 0..<height {
      let top = min(max(i + Int(fy), 0), height - 1) * width, bottom = min(max(i + Int(fy) + 1, 0), height - 1) * width
      for j in 0..<width {
        let left = min(max(j + Int(fx), 0), width - 1), right = min(max(j + Int(fx) + 1, 0), width - 1)
        for c in 0..<3 {
          let upper = source[(top + left) * 3 + c] * (1 - a) + source[(top + right) * 3 + c] * a
          let lower = source[(bottom + left) * 3 + c] * (1 - a) + source[(bottom + right) * 3 + c] * a
          values[(i * width + j) * 3 + c] = upper * (1 - b) + lower * b
        }
      }
    }
  }

  /// Turns the colours under a mask: red becomes green, green blue, blue red. Light and texture stay.
  mutating func swapColour(under mask: [Float]) {
    for p in 0..<width * height where mask[p] > 0 {
      let a = mask[p], r = values[3 * p], g = values[3 * p + 1], b = values[3 * p + 2]
      values[3 * p] = r + a * (b - r)
      values[3 * p + 1] = g + a * (r - g)
      values[3 * p + 2] = b + a * (g - b)
    }
  }

  /// Paints over what a mask covers: each pixel becomes the mean of the nearest uncovered ones to its left and right,
  /// weighed by nearness.
  mutating func fill(under mask: [Float]) {
    for i in 0..<height {
      let row = i * width, clear = (0..<width).filter { mask[row + $0] <= 0 }
      guard !clear.isEmpty else { continue }
      var next = 0
      let source = values
      for j in 0..<width where mask[row + j] > 0 {
        while next < clear.count, clear[next] < j { next += 1 }
        let right = next < clear.count ? clear[next] : clear[next - 1], left = next > 0 ? clear[next - 1] : right
        let share = right == left ? 0 : Float(j - left) / Float(right - left)
        for c in 0..<3 {
          values[3 * (row + j) + c] = source[3 * (row + left) + c] * (1 - share) + source[3 * (row + right) + c] * share
        }
      }
    }
  }
}
