/// Bilinear resizing without prefiltering, pixel centres aligned, as the benchmark's masks and frames are brought to
/// one size: shrinking by four looks at the middle four pixels of sixteen.
struct BilinearSize {
  private let from: (width: Int, height: Int)
  let width, height: Int
  private let columns: [(Int, Int, Float)], rows: [(Int, Int, Float)]

  init(from: (width: Int, height: Int), to: (width: Int, height: Int)) {
    self.from = from
    (width, height) = to
    columns = Self.taps(to.width, of: from.width)
    rows = Self.taps(to.height, of: from.height)
  }

  /// For each of `count` places along a line of `limit` pixels: the two it lies between, edges repeated, and the second
  /// one's share.
  static func taps(_ count: Int, of limit: Int) -> [(Int, Int, Float)] {
    (0..<count).map { k in
      let x = (Double(k) + 0.5) * Double(limit) / Double(count) - 0.5, low = Int(x.rounded(.down))
      return (min(max(low, 0), limit - 1), min(max(low + 1, 0), limit - 1), Float(x - x.rounded(.down)))
    }
  }

  /// Of `[H·W·channels]`, on the scale of the values.
  func callAsFunction(_ channels: Int, _ at: (Int) -> Float) -> [Float] {
    guard from != (width, height) else { return (0..<width * height * channels).map(at) }
    var out = [Float](repeating: 0, count: width * height * channels)
    for (i, (top, bottom, v)) in rows.enumerated() {
      for (j, (left, right, u)) in columns.enumerated() {
        for c in 0..<channels {
          func value(_ y: Int, _ x: Int) -> Float { at((y * from.width + x) * channels + c) }
          let upper = value(top, left) * (1 - u) + value(top, right) * u,
            lower = value(bottom, left) * (1 - u) + value(bottom, right) * u
          out[(i * width + j) * channels + c] = upper * (1 - v) + lower * v
        }
      }
    }
    return out
  }
}
