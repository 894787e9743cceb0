import Media

/// Where a picture moves, as the Physics-IQ benchmark finds it (Motamed et al. 2025, `binary_mask_generator`): each frame against a
/// running average of the frames so far, itself included.
///
/// 8-bit grey → 5×5 binomial blur → A ← 0.7 A + 0.3 g → |g − round(A)| > 10 → opened, then closed with a 5×5 square. Because the average is moved
/// before it is compared, g must differ from the old one by more than about 14.3. The first frame has no past: its mask is empty.
/// Cannot see: motion that changes luma by less, the inside of flat objects, and slow motion. It keeps only what moved last, with a fading trail.
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
    for p in grey.indices {
      average[p] = average[p] * 0.7 + Double(grey[p]) * 0.3
      let level = Int(average[p].rounded(.toNearestOrEven))
      moved[p] = abs(Int(grey[p]) - level) > 10 ? 1 : 0
    }
    let opened = square(square(moved, min), max)
    return square(square(opened, max), min).map { $0 == 1 }
  }

  /// BT.601 on 8 bits in 14-bit fixed point, rounded to nearest.
  private static func grey(_ pixels: [UInt8], _ count: Int) -> [UInt8] {
    (0..<count).map { p in
      let r = Int(pixels[3 * p]), g = Int(pixels[3 * p + 1]), b = Int(pixels[3 * p + 2])
      return UInt8((4899 * r + 9617 * g + 1868 * b + 8192) >> 14)
    }
  }

  /// (1 4 6 4 1)/16 both ways, rounded once at the end; the picture is mirrored about its outermost pixels.
  private func blurred(_ grey: [UInt8]) -> [UInt8] {
    func mirrored(_ i: Int, _ count: Int) -> Int {
      guard count > 1 else { return 0 }
      let period = 2 * (count - 1), k = ((i % period) + period) % period
      return k < count ? k : period - k
    }
    var line = [Int32](repeating: 0, count: grey.count)
    for x in 0..<width {
      let x = (-2...2).map { mirrored(x + $0, width) }
      for row in stride(from: 0, to: grey.count, by: width) {
        let near = Int32(grey[row + x[1]]) + Int32(grey[row + x[3]]), far = Int32(grey[row + x[0]]) + Int32(grey[row + x[4]])
        line[row + x[2]] = 6 * Int32(grey[row + x[2]]) + 4 * near + far
      }
    }
    var out = [UInt8](repeating: 0, count: grey.count)
    for y in 0..<height {
      let rows = (-2...2).map { mirrored(y + $0, height) * width }
      for x in 0..<width {
        let near = line[rows[1] + x] + line[rows[3] + x], far = line[rows[0] + x] + line[rows[4] + x]
        out[rows[2] + x] = UInt8((6 * line[rows[2] + x] + 4 * near + far + 128) >> 8)
      }
    }
    return out
  }

  /// Least or greatest over a 5×5 square, cut off at the border.
  private func square(_ mask: [UInt8], _ pick: (UInt8, UInt8) -> UInt8) -> [UInt8] {
    var line = mask, out = mask
    for y in 0..<height {
      for x in 0..<width {
        for k in max(0, x - 2)...min(width - 1, x + 2) { line[y * width + x] = pick(line[y * width + x], mask[y * width + k]) }
      }
    }
    out = line
    for y in 0..<height {
      for k in max(0, y - 2)...min(height - 1, y + 2) where k != y {
        for x in 0..<width { out[y * width + x] = pick(out[y * width + x], line[k * width + x]) }
      }
    }
    return out
  }
}
