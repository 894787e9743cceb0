import Frames

extension Frames {
  /// A frame made small by squares of `side` pixels, cut at the edges: [⌈H/side⌉·⌈W/side⌉·3].
  /// - Parameter value: of the sum of a channel over so many pixels.
  func shrunk<T>(_ t: Int, by side: Int, _ value: (_ sum: Int, _ pixels: Int) -> T) -> [T] {
    let h = (height + side - 1) / side, w = (width + side - 1) / side
    var out: [T] = []
    out.reserveCapacity(h * w * 3)
    pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<h {
        for x in 0..<w {
          let rows = y * side..<min(height, (y + 1) * side), columns = x * side..<min(width, (x + 1) * side)
          for c in 0..<3 {
            var sum = 0
            for v in rows { for u in columns { sum += Int(pixels[((t * height + v) * width + u) * 3 + c]) } }
            out.append(value(sum, rows.count * columns.count))
          }
        }
      }
    }
    return out
  }
}
