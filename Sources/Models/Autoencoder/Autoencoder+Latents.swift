import Tensors

/// Latents as models see them, and pixels as bytes.
extension Autoencoder {
  /// (μ − mean) / deviation of moments [B,f,h,w,2z] → [B,f,h,w,z]
  public func latents(_ moments: Tensor) -> Tensor {
    let z = config.zDim, s = moments.shape, y = Tensor(undefined: Shape(s.sizes.dropLast() + [z]), on: moments.compute)
    let mean = config.latentsMean.map { Float($0) }, scale = config.latentsStd.map { Float(1 / $0) }
    moments.withElements { from in
      y.withElements { to in
        for i in 0..<s.rows { for e in 0..<z { to[i * z + e] = (from[i * 2 * z + e] - mean[e]) * scale[e] } }
      }
    }
    return y
  }

  /// The way back: what the decoder takes.
  public func denormalised(_ latents: Tensor) -> Tensor {
    let z = config.zDim, y = Tensor(undefined: latents.shape, on: latents.compute)
    let mean = config.latentsMean.map { Float($0) }, deviation = config.latentsStd.map { Float($0) }
    latents.withElements { from in
      y.withElements { to in
        for i in 0..<latents.shape.rows { for e in 0..<z { to[i * z + e] = from[i * z + e] * deviation[e] + mean[e] } }
      }
    }
    return y
  }

  /// Clips of bytes [T,H,W,3] to folded pixels in [−1, 1], [B,T,H/p,W/p,3p²].
  public func pixels(
    _ clips: [UnsafeBufferPointer<UInt8>], frames: Int, height: Int, width: Int, on compute: Compute
  ) -> Tensor {
    let p = config.patch, c = 3 * p * p, (h, w) = (height / p, width / p)
    precondition(clips.allSatisfy { $0.count == frames * height * width * 3 } && height % p == 0 && width % p == 0)
    let y = Tensor(undefined: [clips.count, frames, h, w, c], on: compute)
    let to = y.pointer
    compute.parallel(over: clips.count * frames * h, grain: 1) { lines in
      for line in lines {
        guard let bytes = clips[line / (frames * h)].baseAddress else { continue }
        let from = bytes + (line % (frames * h)) * p * width * 3
        // Channels are (colour, column, row) of the square.
        for x in 0..<w {
          for e in 0..<3 {
            for j in 0..<p {
              for i in 0..<p {
                to[(line * w + x) * c + (e * p + j) * p + i] =
                  Float(from[(i * width + x * p + j) * 3 + e]) / 127.5 - 1
              }
            }
          }
        }
      }
    }
    return y
  }

  /// One clip of folded pixels [T,h,w,3p²] (or [1,T,h,w,3p²]) to bytes [T,h·p,w·p,3], rounded and clamped.
  public func bytes(_ y: Tensor) -> [UInt8] {
    let s = Array(y.shape.sizes.suffix(4)), p = config.patch, (h, w, c) = (s[1], s[2], s[3]), width = w * p
    var bytes = [UInt8](repeating: 0, count: y.count)
    y.withElements { from in
      for line in 0..<s[0] * h {
        for x in 0..<w {
          for e in 0..<3 {
            for j in 0..<p {
              for i in 0..<p {
                let v = (from[(line * w + x) * c + (e * p + j) * p + i] + 1) * 127.5
                bytes[((line * p + i) * width + x * p + j) * 3 + e] =
                  v.isFinite ? UInt8(max(0, min(255, v.rounded()))) : 0
              }
            }
          }
        }
      }
    }
    return bytes
  }

  /// Folded pixels [B,T,h,w,3p²] as plain ones [B,T,h·p,w·p,3], and back.
  public func unfolded(_ y: Tensor) -> Tensor { refolded(y, isFolded: true) }
  public func folded(_ y: Tensor) -> Tensor { refolded(y, isFolded: false) }

  private func refolded(_ x: Tensor, isFolded: Bool) -> Tensor {
    let p = config.patch, s = x.shape, c = 3 * p * p
    guard p > 1 else { return x }
    let (h, w) = isFolded ? (s[2], s[3]) : (s[2] / p, s[3] / p)
    let y = Tensor(
      undefined: isFolded ? [s[0], s[1], h * p, w * p, 3] : [s[0], s[1], h, w, c], on: x.compute)
    x.withElements { from in
      y.withElements { to in
        for line in 0..<s[0] * s[1] * h {
          for column in 0..<w {
            for e in 0..<3 {
              for j in 0..<p {
                for i in 0..<p {
                  let inside = (line * w + column) * c + (e * p + j) * p + i,
                    outside = ((line * p + i) * w * p + column * p + j) * 3 + e
                  if isFolded { to[outside] = from[inside] } else { to[inside] = from[outside] }
                }
              }
            }
          }
        }
      }
    }
    return y
  }
}
