import Tensors

/// What picture-to-video transformers of the family have beside the noise.
extension Autoencoder {
  /// A picture at a frame: colour values 0 to 1, height·width·3.
  public typealias Placed = (frame: Int, values: [Float])

  /// A clip in [−1, 1]: pictures where there are some, grey elsewhere. → folded pixels [1,T,H/p,W/p,3p²]
  public func clip(
    showing pictures: [Placed], frames: Int, height: Int, width: Int, on compute: Compute
  ) -> Tensor {
    let y = Tensor(zeros: [1, frames, height, width, 3], on: compute), size = height * width * 3
    y.withElements { to in
      for (frame, values) in pictures { for i in 0..<size { to[frame * size + i] = 2 * values[i] - 1 } }
    }
    return folded(y)
  }

  /// Its latents, normalised: [1,F,h,w,z].
  public func latents(
    showing pictures: [Placed], frames: Int, height: Int, width: Int, on compute: Compute
  ) -> Tensor {
    latents(encode(clip(showing: pictures, frames: frames, height: height, width: width, on: compute)))
  }

  /// Channels that say which frames are given, a latent frame holding `time` of them, before the latents of a clip that
  /// shows those frames alone. The first frame counts as all of its latent frame.
  /// - Parameters:
  ///   - latents: [1,F,h,w,z].
  ///   - frames: the given ones.
  /// - Returns: [1,F,h,w,time+z]
  public func channels(_ latents: Tensor, given frames: [Int]) -> Tensor {
    let s = latents.shape, time = config.time, pixels = s[2] * s[3]
    precondition(s[4] == config.zDim)
    let mask = Tensor(zeros: [1, s[1], s[2], s[3], time], on: latents.compute)
    let marked = frames.flatMap { $0 == 0 ? Array(0..<time) : [$0 + time - 1] }
    mask.withElements { to in
      for frame in marked { for p in 0..<pixels { to[(frame / time * pixels + p) * time + frame % time] = 1 } }
    }
    return Self.beside(mask, latents)
  }

  /// Channels of a, then of b.
  public static func beside(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (m, n) = (a.shape.width, b.shape.width), rows = a.shape.rows,
      y = Tensor(undefined: Shape(a.shape.sizes.dropLast() + [m + n]), on: a.compute)
    precondition(b.shape.rows == rows)
    a.withElements { a in
      b.withElements { b in
        y.withElements { y in
          for i in 0..<rows {
            for e in 0..<m { y[i * (m + n) + e] = a[i * m + e] }
            for e in 0..<n { y[i * (m + n) + m + e] = b[i * n + e] }
          }
        }
      }
    }
    return y
  }
}
