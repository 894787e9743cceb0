/// A plane taken apart like a chequerboard: pixel (x, y) has colour (x + y) & 1 and index x / 2 in its row. The four
/// neighbours of a pixel then lie side by side in the rows of the other colour, so that a colour is updated eight
/// pixels at a time.
///
/// In row y the even pixels have colour y & 1. The neighbours of an even pixel k are k − 1 and k of the other colour,
/// those of an odd one k and k + 1.
struct Chequered {
  /// Floats before a row; as many follow it.
  static let margin = 8
  private let half, height: Int
  let stride: Int
  private let room: FloatRoom
  private let origins: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>)

  /// All zero, with one row above and one below.
  init(_ width: Int, _ height: Int) {
    half = width / 2
    self.height = height
    stride = (half + 7) / 8 * 8 + 2 * Self.margin
    let size = stride * (height + 2)
    room = FloatRoom(2 * size)
    origins = (room.base + stride + Self.margin, room.base + size + stride + Self.margin)
  }

  @inline(__always) func row(_ colour: Int, _ y: Int) -> UnsafeMutablePointer<Float> {
    (colour == 0 ? origins.0 : origins.1) + y &* stride
  }

  /// Takes row y; what lies past its end, up to a multiple of 16, comes along unused.
  @inline(__always) func split(_ whole: UnsafePointer<Float>, _ y: Int) {
    let even = row(y & 1, y), odd = row(1 - y & 1, y)
    for k in Swift.stride(from: 0, to: half, by: 8) {
      let pair = UnsafeRawPointer(whole + 2 &* k).loadUnaligned(as: SIMD16<Float>.self)
      store(pair.evenHalf, even + k)
      store(pair.oddHalf, odd + k)
    }
  }

  func join(_ y: Int, _ whole: UnsafeMutablePointer<Float>) {
    let even = row(y & 1, y), odd = row(1 - y & 1, y)
    for k in 0..<half { (whole[2 &* k], whole[2 &* k &+ 1]) = (even[k], odd[k]) }
  }

  /// Makes differences across the right and lower edge zero.
  func repeatFarEdges() {
    for y in 0..<height { row(y & 1, y)[half] = row(1 - y & 1, y)[half - 1] }
    for colour in 0...1 { row(1 - colour, height).update(from: row(colour, height - 1), count: half) }
  }
}
