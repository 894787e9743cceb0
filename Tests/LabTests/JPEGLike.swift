import Foundation
import Frames

/// What JPEG does to a picture, without its entropy coder: YCbCr, chroma at half size, 8×8 cosine transform, the
/// standard's tables at a quality.
enum JPEGLike {
  private static let luma: [Double] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95,
    98, 112, 100, 103, 99,
  ]
  private static let chroma: [Double] =
    [
      17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99,
      99, 99, 99, 99,
    ] + [Double](repeating: 99, count: 32)
  private static let basis: [Double] = (0..<64).map { k in
    let u = k / 8, x = k % 8
    return (u == 0 ? (1.0 / 8).squareRoot() : 0.5) * cos(Double(2 * x + 1) * Double(u) * Double.pi / 16)
  }

  /// - Precondition: sides are multiples of 16.
  static func through(_ clip: Frames, quality: Double = 75) -> Frames {
    let scale = (quality < 50 ? 5000 / quality : 200 - 2 * quality) / 100
    let tables = [luma, chroma].map { $0.map { max(1, ($0 * scale).rounded(.down)) } }
    var result = clip
    let h = clip.height, w = clip.width, size = h * w
    for t in 0..<clip.count {
      var y = [Double](repeating: 0, count: size), cb = [Double](repeating: 0, count: size / 4), cr = cb
      for p in 0..<size {
        let q = t * clip.frameBytes + 3 * p, r = Double(clip.pixels[q]), g = Double(clip.pixels[q + 1]),
          b = Double(clip.pixels[q + 2])
        y[p] = 0.299 * r + 0.587 * g + 0.114 * b - 128
        let half = (p / w / 2) * (w / 2) + p % w / 2
        cb[half] += (b - y[p] - 128) * 0.564 / 4
        cr[half] += (r - y[p] - 128) * 0.713 / 4
      }
      quantise(&y, h, w, tables[0])
      quantise(&cb, h / 2, w / 2, tables[1])
      quantise(&cr, h / 2, w / 2, tables[1])
      for p in 0..<size {
        let half = (p / w / 2) * (w / 2) + p % w / 2, l = y[p] + 128, q = t * clip.frameBytes + 3 * p
        for (c, value) in [l + 1.402 * cr[half], l - 0.344 * cb[half] - 0.714 * cr[half], l + 1.772 * cb[half]]
          .enumerated()
        {
          result.pixels[q + c] = UInt8(min(255, max(0, value.rounded())))
        }
      }
    }
    return result
  }

  private static func quantise(_ plane: inout [Double], _ h: Int, _ w: Int, _ table: [Double]) {
    var block = [Double](repeating: 0, count: 64), half = block
    for top in stride(from: 0, to: h, by: 8) {
      for left in stride(from: 0, to: w, by: 8) {
        for i in 0..<8 {
          for u in 0..<8 {
            half[i * 8 + u] = (0..<8).reduce(0.0) { $0 + basis[u * 8 + $1] * plane[(top + i) * w + left + $1] }
          }
        }
        for v in 0..<8 {
          for u in 0..<8 {
            let c = (0..<8).reduce(0.0) { $0 + basis[v * 8 + $1] * half[$1 * 8 + u] }
            block[v * 8 + u] = (c / table[v * 8 + u]).rounded() * table[v * 8 + u]
          }
        }
        for v in 0..<8 {
          for x in 0..<8 { half[v * 8 + x] = (0..<8).reduce(0.0) { $0 + basis[$1 * 8 + x] * block[v * 8 + $1] } }
        }
        for i in 0..<8 {
          for x in 0..<8 {
            plane[(top + i) * w + left + x] = (0..<8).reduce(0.0) { $0 + basis[$1 * 8 + i] * half[$1 * 8 + x] }
          }
        }
      }
    }
  }
}
