import Files

/// 8-bit RGB.
public struct Colour: Sendable, Equatable {
  public var red: UInt8, green: UInt8, blue: UInt8
  public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) { (self.red, self.green, self.blue) = (red, green, blue) }
  public static let white = Colour(255, 255, 255), black = Colour(0, 0, 0), paper = Colour(247, 246, 242),
    ink = Colour(38, 38, 42), faint = Colour(196, 194, 188)
}

/// An RGB picture to draw on: rectangles, lines, pictures and small text. Whatever falls outside is clipped.
public struct Canvas: Sendable {
  public let width: Int
  public let height: Int
  /// `[height, width, 3]`.
  public private(set) var pixels: [UInt8]

  /// Sides are clamped to 1…32768.
  public init(width: Int, height: Int, fill: Colour = .paper) {
    (self.width, self.height) = (min(max(1, width), 32768), min(max(1, height), 32768))
    pixels = [UInt8](repeating: fill.red, count: self.width * self.height * 3)
    if fill.green != fill.red || fill.blue != fill.red {
      rectangle(x: 0, y: 0, width: self.width, height: self.height, fill)
    }
  }

  public mutating func set(_ x: Int, _ y: Int, _ colour: Colour) {
    guard x >= 0, y >= 0, x < width, y < height else { return }
    let i = (y * width + x) * 3
    pixels[i] = colour.red
    pixels[i + 1] = colour.green
    pixels[i + 2] = colour.blue
  }

  /// A filled rectangle.
  public mutating func rectangle(x: Int, y: Int, width w: Int, height h: Int, _ colour: Colour) {
    let left = max(0, x), right = min(width, x + w), top = max(0, y), bottom = min(height, y + h), row = width * 3
    guard left < right, top < bottom else { return }
    pixels.withUnsafeMutableBufferPointer { out in
      for y in top..<bottom {
        var i = y * row + left * 3
        for _ in left..<right {
          out[i] = colour.red
          out[i + 1] = colour.green
          out[i + 2] = colour.blue
          i += 3
        }
      }
    }
  }

  /// A rectangle's border, one pixel wide, inside it.
  public mutating func frame(x: Int, y: Int, width w: Int, height h: Int, _ colour: Colour) {
    rectangle(x: x, y: y, width: w, height: 1, colour)
    rectangle(x: x, y: y + h - 1, width: w, height: 1, colour)
    rectangle(x: x, y: y, width: 1, height: h, colour)
    rectangle(x: x + w - 1, y: y, width: 1, height: h, colour)
  }

  /// A line of `thickness` pixels (Bresenham, integer endpoints).
  public mutating func line(from a: (x: Int, y: Int), to b: (x: Int, y: Int), _ colour: Colour, thickness: Int = 1) {
    let dx = abs(b.x - a.x), dy = -abs(b.y - a.y), sx = a.x < b.x ? 1 : -1, sy = a.y < b.y ? 1 : -1,
      half = thickness / 2
    // An endpoint far outside would take for ever to walk to.
    guard dx < 1 << 20, dy > -(1 << 20) else { return }
    var (x, y, error) = (a.x, a.y, dx + dy)
    while true {
      if thickness > 1 {
        rectangle(x: x - half, y: y - half, width: thickness, height: thickness, colour)
      } else {
        set(x, y, colour)
      }
      if x == b.x, y == b.y { return }
      let twice = 2 * error
      if twice >= dy { error += dy; x += sx }
      if twice <= dx { error += dx; y += sy }
    }
  }

  /// A filled disc.
  public mutating func disc(x: Int, y: Int, radius: Int, _ colour: Colour) {
    guard radius >= 0, radius < 32768 else { return }
    for dy in -radius...radius {
      let reach = Int(Double(radius * radius - dy * dy).squareRoot())
      rectangle(x: x - reach, y: y + dy, width: 2 * reach + 1, height: 1, colour)
    }
  }

  /// One line of text with its top left corner at (x, y); each glyph is 5×7, with one column between, times `scale`.
  public mutating func text(_ text: String, x: Int, y: Int, _ colour: Colour = .ink, scale: Int = 1) {
    for (i, character) in text.enumerated() {
      for (column, bits) in Glyphs.columns(character).enumerated() where bits != 0 {
        for row in 0..<Glyphs.height where bits >> row & 1 == 1 {
          rectangle(
            x: x + (i * (Glyphs.width + 1) + column) * scale, y: y + row * scale, width: scale, height: scale, colour)
        }
      }
    }
  }

  public static func textWidth(_ text: String, scale: Int = 1) -> Int {
    max(0, text.count * (Glyphs.width + 1) - 1) * scale
  }
  public static func textHeight(scale: Int = 1) -> Int { Glyphs.height * scale }

  /// Draws frame `index` of `frames`, each pixel `scale` wide (nearest neighbour).
  public mutating func draw(_ frames: Frames, _ index: Int, x: Int, y: Int, scale: Int = 1) {
    guard (0..<frames.count).contains(index), scale >= 1 else { return }
    let (width, height, row) = (width, height, frames.width * 3), base = index * frames.frameBytes
    let columns = max(0, -x)..<max(max(0, -x), min(frames.width * scale, width - x)),
      rows = max(0, -y)..<max(max(0, -y), min(frames.height * scale, height - y))
    frames.pixels.withUnsafeBufferPointer { from in
      pixels.withUnsafeMutableBufferPointer { to in
        for v in rows {
          for u in columns {
            let source = base + v / scale * row + u / scale * 3, target = ((y + v) * width + x + u) * 3
            to[target] = from[source]
            to[target + 1] = from[source + 1]
            to[target + 2] = from[source + 2]
          }
        }
      }
    }
  }

  /// As one frame, to write as PNG or video.
  public var frames: Frames { Frames(count: 1, height: height, width: width, pixels: pixels, fps: FrameRate(1)) }
}
