import Frames

/// The camera's path in a clip whose backdrop is a smooth texture, from its pixels directly. `CameraPath`, which tracks
/// corners and knows turns and zooms as well, was tried: at 64 px the ground truth of a pan over value noise then fails
/// its own law (docs/PHYSICS.md).
///
/// Each frame is registered to the one before by a translation: Gauss-Newton on luma brought to zero mean and unit
/// deviation, so that a flicker of the whole frame does not look like motion, over pixels away from the objects. The
/// path is the sum of the steps, so its error grows as their root; a camera that jumps by more than the backdrop's
/// grain between two frames is not followed.
enum BackdropRegistration {
  private static let iterations = 12
  /// Least deviation of luma, levels, that can be registered.
  private static let contrast = 2.0

  /// Camera place a frame in pixels, x to the right and y down, (0, 0) in frame 0; NaN from the first frame that shows
  /// nothing to register.
  /// - Parameter avoiding: `[objects][T]`, whose pixels are left out.
  static func path(_ frames: Frames, avoiding objects: [[TrackedState]]) -> [SIMD2<Double>] {
    var path = [SIMD2<Double>.zero], last = luma(frames, 0), lost = last == nil
    for t in 1..<max(frames.count, 1) where t < frames.count {
      let now = luma(frames, t)
      if !lost, let now, let before = last,
        let step = register(now, before, frames, objects.flatMap { $0[t - 1].mask + $0[t].mask })
      {
        path.append(path[t - 1] + step)
      } else {
        lost = true
        path.append(SIMD2(.nan, .nan))
      }
      last = now
    }
    return path
  }

  /// Zero mean, unit deviation; nil for a flat frame.
  private static func luma(_ frames: Frames, _ t: Int) -> [Double]? {
    let start = t * frames.frameBytes
    let y = (0..<frames.height * frames.width).map { p -> Double in
      let q = start + 3 * p
      return 0.299 * Double(frames.pixels[q]) + 0.587 * Double(frames.pixels[q + 1]) + 0.114
        * Double(frames.pixels[q + 2])
    }
    guard let centre = mean(y), let spread = deviation(y), spread >= contrast else { return nil }
    return y.map { ($0 - centre) / spread }
  }

  /// The camera's step d, px: now(p) ≈ before(p + d). nil when too little background is left.
  private static func register(
    _ now: [Double], _ before: [Double], _ frames: Frames, _ masks: [Int32]
  ) -> SIMD2<Double>? {
    let height = frames.height, width = frames.width
    var free = [Bool](repeating: true, count: now.count)
    for p in masks {  // and their soft edges
      let row = Int(p) / width, column = Int(p) % width
      for i in max(0, row - 2)...min(height - 1, row + 2) {
        for j in max(0, column - 2)...min(width - 1, column + 2) { free[i * width + j] = false }
      }
    }
    var step = SIMD2<Double>.zero
    for _ in 0..<iterations {
      var xx = 0.0, xy = 0.0, yy = 0.0, rx = 0.0, ry = 0.0, n = 0
      for i in 1..<height - 1 {
        for j in 1..<width - 1 where free[i * width + j] {
          guard let sample = Sample(before, free, Double(j) + step.x, Double(i) + step.y, height, width) else {
            continue
          }
          let r = now[i * width + j] - sample.value
          xx += sample.dx * sample.dx
          xy += sample.dx * sample.dy
          yy += sample.dy * sample.dy
          rx += sample.dx * r
          ry += sample.dy * r
          n += 1
        }
      }
      let determinant = xx * yy - xy * xy
      guard n > now.count / 8, determinant > 1e-9 * (xx + yy) * (xx + yy) else { return nil }
      let change = SIMD2((yy * rx - xy * ry) / determinant, (xx * ry - xy * rx) / determinant)
      step += change
      if length(change) < 1e-4 { break }
    }
    return step
  }

  /// A bilinear reading with its gradient by central differences; nil outside or at an object.
  private struct Sample {
    let value, dx, dy: Double

    init?(_ image: [Double], _ free: [Bool], _ x: Double, _ y: Double, _ height: Int, _ width: Int) {
      guard x >= 1, y >= 1, x < Double(width - 2), y < Double(height - 2) else { return nil }
      let j = Int(x), i = Int(y), u = x - Double(j), v = y - Double(i), p = i * width + j
      guard free[p], free[p + 1], free[p + width], free[p + width + 1] else { return nil }
      func blend(_ q: Int) -> Double {
        (1 - v) * ((1 - u) * image[q] + u * image[q + 1]) + v * ((1 - u) * image[q + width] + u * image[q + width + 1])
      }
      (value, dx, dy) = (blend(p), (blend(p + 1) - blend(p - 1)) / 2, (blend(p + width) - blend(p - width)) / 2)
    }
  }
}
