/// Floats outside Swift's arrays for the inner loops of flow: no bounds checks, no copies, freed with the last
/// reference.
final class FloatRoom: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let count: Int

  /// All zero.
  init(_ count: Int) {
    self.count = count
    base = .allocate(capacity: count)
    base.initialize(repeating: 0, count: count)
  }

  deinit { base.deallocate() }
}

/// A rectangle of floats in a room, with a border that may be read (and, once filled, repeats the edge).
struct BorderedPlane {
  /// Pixels around the picture: an 8×8 patch may hang out by its own size and its bilinear neighbour.
  static let border = 16
  let width, height: Int
  /// Floats from one row to the next.
  let stride: Int
  private let room: FloatRoom
  /// Pixel (0, 0).
  let origin: UnsafeMutablePointer<Float>

  init(width: Int, height: Int) {
    (self.width, self.height) = (width, height)
    stride = (width + 2 * Self.border + 7) / 8 * 8
    room = FloatRoom(stride * (height + 2 * Self.border))
    origin = room.base + Self.border * stride + Self.border
  }

  @inline(__always) func row(_ y: Int) -> UnsafeMutablePointer<Float> { origin + y * stride }

  /// Repeats the edge pixels into the border.
  func extendEdges() {
    let border = Self.border
    for y in 0..<height {
      let row = row(y)
      for x in 1...border { row[-x] = row[0] }
      for x in width..<(stride - border) { row[x] = row[width - 1] }
    }
    for y in 1...border {
      (row(-y) - border).update(from: row(0) - border, count: stride)
      (row(height - 1 + y) - border).update(from: row(height - 1) - border, count: stride)
    }
  }
}

/// Eight neighbouring floats, the unit of the loops over rows.
typealias Lanes = SIMD8<Float>

@inline(__always) func load(_ p: UnsafePointer<Float>) -> Lanes { UnsafeRawPointer(p).loadUnaligned(as: Lanes.self) }
@inline(__always) func load(_ p: UnsafeMutablePointer<Float>) -> Lanes {
  UnsafeRawPointer(p).loadUnaligned(as: Lanes.self)
}
@inline(__always) func store(_ v: Lanes, _ p: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(p).storeBytes(of: v, as: Lanes.self)
}
