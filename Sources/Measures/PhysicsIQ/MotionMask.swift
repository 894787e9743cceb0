/// Where a picture moves, as the Physics-IQ benchmark finds it (Motamed et al. 2025, `binary_mask_generator`): each
/// frame against a running average of the frames so far, itself included.
///
/// 8-bit grey → 5×5 binomial blur → A ← 0.7 A + 0.3 g → |g − round(A)| > 10 → opened, then closed with a 5×5 square.
/// Because the average is moved before it is compared, g must differ from the old one by more than about 14.3. The
/// first frame has no past: its mask is empty. Cannot see: motion that changes luma by less, the inside of flat
/// objects, and slow motion. It keeps only what moved last, with a fading trail.
package struct MotionMask {
  let width, height: Int
  private var average: [Double] = []

  package init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

  /// The next frame's mask, `[H·W]`.
  /// - Parameter pixels: `[H·W·3]`, 8-bit sRGB.
  package mutating func next(_ pixels: [UInt8]) -> [Bool] {
    let grey = blurred(Self.grey(pixels, width * height))
    guard !average.isEmpty else {
      average = grey.map(Double.init)
      return [Bool](repeating: false, count: grey.count)
    }
    var moved = [UInt8](repeating: 0, count: grey.count)
    average.withUnsafeMutableBufferPointer { average in
      grey.withUnsafeBufferPointer { grey in
        moved.withUnsafeMutableBufferPointer { moved in
          for p in grey.indices {
            let level = Double(grey[p])
            average[p] = average[p] * 0.7 + level * 0.3
            moved[p] = (level - average[p].rounded(.toNearestOrEven)).magnitude > 10 ? 1 : 0
          }
        }
      }
    }
    let opened = square(square(moved, &), |)
    return square(square(opened, |), &).map { $0 == 1 }
  }

  /// BT.601 on 8 bits in 14-bit fixed point, rounded to nearest.
  private static func grey(_ pixels: [UInt8], _ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { grey, filled in
      pixels.withUnsafeBufferPointer { pixels in
        for p in 0..<count {
          let r = Int32(pixels[3 * p]), g = Int32(pixels[3 * p + 1]), b = Int32(pixels[3 * p + 2])
          grey[p] = UInt8(truncatingIfNeeded: (4899 * r + 9617 * g + 1868 * b + 8192) >> 14)
        }
      }
      filled = count
    }
  }

  /// (1 4 6 4 1)/16 both ways, rounded once at the end; the picture is mirrored about its outermost pixels.
  private func blurred(_ grey: [UInt8]) -> [UInt8] {
    func mirrored(_ i: Int, _ count: Int) -> Int {
      guard count > 1 else { return 0 }
      let period = 2 * (count - 1), k = ((i % period) + period) % period
      return k < count ? k : period - k
    }
    var line = [Int32](repeating: 0, count: grey.count), out = [UInt8](repeating: 0, count: grey.count)
    grey.withUnsafeBufferPointer { grey in
      line.withUnsafeMutableBufferPointer { line in
        out.withUnsafeMutableBufferPointer { out in
          for x in 0..<width {
            let (a, b, d, e) = (
              mirrored(x - 2, width), mirrored(x - 1, width), mirrored(x + 1, width), mirrored(x + 2, width)
            )
            for row in stride(from: 0, to: grey.count, by: width) {
              line[row + x] =
                6 * Int32(grey[row + x]) + 4 * (Int32(grey[row + b]) + Int32(grey[row + d])) + Int32(grey[row + a])
                + Int32(grey[row + e])
            }
          }
          for y in 0..<height {
            let (a, b, c) = (mirrored(y - 2, height) * width, mirrored(y - 1, height) * width, y * width)
            let (d, e) = (mirrored(y + 1, height) * width, mirrored(y + 2, height) * width)
            for x in 0..<width {
              let near = line[b + x] + line[d + x], far = line[a + x] + line[e + x]
              out[c + x] = UInt8(truncatingIfNeeded: (6 * line[c + x] + 4 * near + far + 128) >> 8)
            }
          }
        }
      }
    }
    return out
  }

  /// A mask of 0 and 1 joined over a 5×5 square, cut off at the border: all of it (`&`) or any of it (`|`). Columns,
  /// then rows, each a whole line against another.
  @inline(__always)
  private func square(_ mask: [UInt8], _ join: (UInt8, UInt8) -> UInt8) -> [UInt8] {
    var line = mask, out = mask
    mask.withUnsafeBufferPointer { mask in
      line.withUnsafeMutableBufferPointer { line in
        out.withUnsafeMutableBufferPointer { out in
          for row in stride(from: 0, to: mask.count, by: width) {
            for shift in [-2, -1, 1, 2] where shift.magnitude < width {
              for x in max(0, -shift)..<min(width, width - shift) {
                line[row + x] = join(line[row + x], mask[row + x + shift])
              }
            }
          }
          for p in line.indices { out[p] = line[p] }
          for shift in [-2, -1, 1, 2] where shift.magnitude < height {
            let by = shift * width
            for p in max(0, -by)..<min(line.count, line.count - by) { out[p] = join(out[p], line[p + by]) }
          }
        }
      }
    }
    return out
  }
}
