import Foundation
import Tensors

/// Clips of bytes, and back.
extension TinyAutoencoder {
  static func tanh(_ x: Float) -> Float { Foundation.tanh(x) }

  /// T·H·W·3 bytes to normalised latents [1,f,h,w,z]; nil when there is a decoder alone.
  public func encode(
    _ clip: UnsafeBufferPointer<UInt8>, frames: Int, height: Int, width: Int, on compute: Compute
  ) -> Tensor? {
    guard !isDecoderOnly else { return nil }
    let (h, w, c) = (height / patch, width / patch, 3 * patch * patch)
    let x = Tensor(undefined: [1, frames, h, w, c], on: compute)
    x.withElements { to in
      eachPixel(frames, h, w) { inside, outside in to[inside] = Float(clip[outside]) / 255 }
    }
    return encode(x)
  }

  /// Normalised latents of one clip [1,f,h,w,z] to T·H·W·3 bytes, rounded and clamped.
  public func bytes(_ z: Tensor) -> [UInt8] {
    let y = decode(z), s = y.shape
    var bytes = [UInt8](repeating: 0, count: y.count)
    y.withElements { from in
      eachPixel(s[1], s[2], s[3]) { inside, outside in
        let v = from[inside] * 255
        bytes[outside] = v.isFinite ? UInt8(max(0, min(255, v.rounded()))) : 0
      }
    }
    return bytes
  }

  /// Where a number of folded pixels [T,h,w,(colour, row, column)] lies among plain ones [T,h·p,w·p,3].
  private func eachPixel(_ frames: Int, _ h: Int, _ w: Int, _ body: (Int, Int) -> Void) {
    let p = patch
    for line in 0..<frames * h {
      for x in 0..<w {
        for e in 0..<3 {
          for i in 0..<p {
            for j in 0..<p {
              body(((line * w + x) * 3 + e) * p * p + i * p + j, ((line * p + i) * w * p + x * p + j) * 3 + e)
            }
          }
        }
      }
    }
  }
}
