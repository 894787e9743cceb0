import Frames
import Tensors

/// Frames as networks take them: f32 in −1…1, v/127.5 − 1.
enum FrameBatch {
  /// [N,1,H,W,3] of the frames of `range`.
  static func pictures(_ frames: Frames, _ range: Range<Int>, on compute: Compute) -> Tensor {
    let y = Tensor(undefined: [range.count, 1, frames.height, frames.width, 3], on: compute), to = y.pointer,
      first = range.lowerBound * frames.frameBytes
    frames.pixels.withUnsafeBufferPointer { pixels in
      let from = pixels.baseAddress! + first
      compute.parallel(over: y.count, grain: 1 << 15) { r in for i in r { to[i] = Float(from[i]) / 127.5 - 1 } }
    }
    return y
  }

  /// [1,T,side,side,3]: bilinear between the centres of pixels, without filtering before (as torch's `interpolate` without
  /// `align_corners`), which the protocols of FVD have.
  static func clip(_ frames: Frames, side: Int, on compute: Compute) -> Tensor {
    let y = Tensor(undefined: [1, frames.count, side, side, 3], on: compute), to = y.pointer,
      columns = places(frames.width, side), rows = places(frames.height, side), width = frames.width
    frames.pixels.withUnsafeBufferPointer { pixels in
      columns.withUnsafeBufferPointer { columns in
        rows.withUnsafeBufferPointer { rows in
          let from = pixels.baseAddress!, size = frames.frameBytes
          compute.parallel(frames.count * side) { i, _ in
            let v = rows[i % side], frame = from + i / side * size, out = to + i * side * 3
            let (top, bottom) = (frame + v.low * width * 3, frame + v.high * width * 3)
            for x in 0..<side {
              let h = columns[x]
              for c in 0..<3 {
                let above = Float(top[h.low * 3 + c]) * (1 - h.share) + Float(top[h.high * 3 + c]) * h.share,
                  below = Float(bottom[h.low * 3 + c]) * (1 - h.share) + Float(bottom[h.high * 3 + c]) * h.share
                out[x * 3 + c] = (above * (1 - v.share) + below * v.share) / 127.5 - 1
              }
            }
          }
        }
      }
    }
    return y
  }

  private struct Place { let low: Int, high: Int, share: Float }

  private static func places(_ from: Int, _ to: Int) -> [Place] {
    (0..<to).map { i in
      let at = max(0, (Double(i) + 0.5) * Double(from) / Double(to) - 0.5), low = min(Int(at), from - 1)
      return Place(low: low, high: min(low + 1, from - 1), share: Float(at - Double(low)))
    }
  }
}
