/// Walks the rows of the similarity map of two planes, keeping eleven filtered rows of each moment in a ring.
///
/// Of the variances only the sum is needed, so four maps are filtered: a, b, a² + b², ab. Values are taken about 128, which leaves
/// variances as they are and keeps their float rounding below 10⁻⁵ of C₂; with a = b every map agrees bit for bit, so the index is 1.
enum StructureRows {
  /// - Parameter body: gets the row of windows y, and for each window the whole index and its contrast-structure factor.
  static func visit(_ a: LumaPlane, _ b: LumaPlane, _ body: (_ y: Int, _ ssim: UnsafeBufferPointer<Float>, _ contrast: UnsafeBufferPointer<Float>) -> Void) {
    precondition(a.width == b.width && a.height == b.height, "planes of \(a.width)x\(a.height) and \(b.width)x\(b.height)")
    let width = a.width, taps = GaussianWindow.taps, windows = width - taps + 1
    precondition(windows > 0 && a.height >= taps, "\(width)x\(a.height) holds no window")
    // Four maps × eleven rows of windows, four rows of raw moments, four of finished ones, two of results.
    let floats = (4 * taps + 4) * windows + 4 * width + 2 * windows
    withUnsafeTemporaryAllocation(of: Float.self, capacity: floats) { room in
      let ring = room.baseAddress!, moment = ring + 4 * taps * windows, line = moment + 4 * windows, result = line + 4 * width
      a.values.withUnsafeBufferPointer { a in
        b.values.withUnsafeBufferPointer { b in
          for y in 0..<b.count / width {
            products(a.baseAddress! + y * width, b.baseAddress! + y * width, line, width)
            for map in 0..<4 { GaussianWindow.alongRow(line + map * width, ring + (map * taps + y % taps) * windows, windows) }
            guard y >= taps - 1 else { continue }
            for map in 0..<4 {
              let rows = (0..<taps).map { UnsafePointer(ring + (map * taps + (y + 1 + $0) % taps) * windows) }
              GaussianWindow.acrossRows(rows, moment + map * windows, windows)
            }
            index(moment, windows, result, result + windows)
            body(y - taps + 1, UnsafeBufferPointer(start: result, count: windows), UnsafeBufferPointer(start: result + windows, count: windows))
          }
        }
      }
    }
  }

  /// line ← a, b, a² + b², ab of one row, about 128.
  private static func products(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ line: UnsafeMutablePointer<Float>, _ width: Int) {
    let la = line, lb = line + width, squares = line + 2 * width, cross = line + 3 * width
    for i in 0..<width {
      let u = a[i] - 128, v = b[i] - 128
      la[i] = u
      lb[i] = v
      squares[i] = u * u + v * v
      cross[i] = u * v
    }
  }

  private static func index(_ moment: UnsafePointer<Float>, _ count: Int, _ ssim: UnsafeMutablePointer<Float>, _ contrast: UnsafeMutablePointer<Float>) {
    let ma = moment, mb = moment + count, squares = moment + 2 * count, cross = moment + 3 * count
    for i in 0..<count {
      let u = ma[i], v = mb[i]
      let variances = squares[i] - (u * u + v * v), covariance = cross[i] - u * v
      let x = u + 128, y = v + 128
      let structure = (2 * covariance + SSIM.c2) / (variances + SSIM.c2)
      contrast[i] = structure
      ssim[i] = (2 * (x * y) + SSIM.c1) / (x * x + y * y + SSIM.c1) * structure
    }
  }
}
