/// Walks the rows of the similarity map of two planes.
///
/// Of the variances only the sum is needed, so four maps are filtered: a, b, a² + b², ab. Values are taken about 128,
/// which leaves variances as they are and keeps their float rounding below 10⁻⁵ of C₂; with a = b every map agrees bit
/// for bit, so the index is 1. Rows filtered along themselves are kept in a ring of twice eleven rows, each written
/// twice, so that the last eleven always lie one after another.
struct StructureRows {
  private let window = GaussianWindow()
  /// Of the planes; and windows in a row, rounded up to whole vectors.
  private let width, windows, room: Int
  private static let taps = GaussianWindow.taps, lanes = GaussianWindow.lanes

  /// - Parameter body: gets the row of windows y, and for each window the whole index and its contrast-structure
  ///   factor.
  static func visit(
    _ a: LumaPlane, _ b: LumaPlane,
    _ body: (_ y: Int, _ ssim: UnsafeBufferPointer<Float>, _ contrast: UnsafeBufferPointer<Float>) -> Void
  ) {
    precondition(
      a.width == b.width && a.height == b.height, "planes of \(a.width)x\(a.height) and \(b.width)x\(b.height)")
    precondition(a.width >= taps && a.height >= taps, "\(a.width)x\(a.height) holds no window")
    StructureRows(width: a.width).visit(a, b, body)
  }

  private init(width: Int) {
    self.width = width
    windows = width - Self.taps + 1
    room = (windows + Self.lanes - 1) / Self.lanes * Self.lanes
  }

  private func visit(
    _ a: LumaPlane, _ b: LumaPlane, _ body: (Int, UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>) -> Void
  ) {
    // A line has room for the last vector's windows to reach past the picture's edge; what they find there is not used.
    let line = room + Self.taps - 1, ring = 2 * Self.taps * room
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 4 * line + 4 * ring + 2 * room) { memory in
      memory.initialize(repeating: 0)
      let lines = memory.baseAddress!, rings = lines + 4 * line, result = rings + 4 * ring
      a.values.withUnsafeBufferPointer { a in
        b.values.withUnsafeBufferPointer { b in
          for y in 0..<a.count / width {
            products(a.baseAddress! + y * width, b.baseAddress! + y * width, lines, line)
            let place = y % Self.taps
            for map in 0..<4 { filter(lines + map * line, rings + map * ring + place * room) }
            guard y >= Self.taps - 1 else { continue }
            index(rings + (place + 1) * room, ring, result)
            body(
              y - Self.taps + 1, UnsafeBufferPointer(start: result, count: windows),
              UnsafeBufferPointer(start: result + room, count: windows))
          }
        }
      }
    }
  }

  /// a, b, a² + b² and ab of one row, about 128, `step` floats apart.
  private func products(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ step: Int
  ) {
    func put(_ x: Int) {
      let u = GaussianWindow.load(a + x) - 128, v = GaussianWindow.load(b + x) - 128
      GaussianWindow.store(u, out + x)
      GaussianWindow.store(v, out + step + x)
      GaussianWindow.store(u * u + v * v, out + 2 * step + x)
      GaussianWindow.store(u * v, out + 3 * step + x)
    }
    for x in stride(from: 0, to: width - Self.lanes, by: Self.lanes) { put(x) }
    put(width - Self.lanes)
  }

  /// One row of one map along itself, into both of its places in the ring.
  private func filter(_ line: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>) {
    let again = out + Self.taps * room
    for x in stride(from: 0, to: room, by: Self.lanes) {
      let sum = window(line + x, step: 1)
      GaussianWindow.store(sum, out + x)
      GaussianWindow.store(sum, again + x)
    }
  }

  /// The four maps across eleven rows of the ring, and the index of each window.
  private func index(_ rows: UnsafePointer<Float>, _ ring: Int, _ result: UnsafeMutablePointer<Float>) {
    for x in stride(from: 0, to: room, by: Self.lanes) {
      let p = rows + x
      let u = window(p, step: room), v = window(p + ring, step: room), squares = window(p + 2 * ring, step: room),
        cross = window(p + 3 * ring, step: room)
      let uv = u * v, uu = u * u + v * v, s = u + 128, t = v + 128
      let structure = (2 * (cross - uv) + SSIM.c2) / (squares - uu + SSIM.c2)
      GaussianWindow.store((2 * (s * t) + SSIM.c1) / (s * s + t * t + SSIM.c1) * structure, result + x)
      GaussianWindow.store(structure, result + room + x)
    }
  }
}
