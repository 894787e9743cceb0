import CAV

/// How a coded picture is turned and mirrored to how it is shown: one of the eight ways to lay a rectangle on its sides.
public struct Orientation: Sendable, Equatable, CaseIterable {
  /// Degrees clockwise: 0, 90, 180 or 270.
  public let rotation: Int
  /// Whether left and right change places after that.
  public let isMirrored: Bool

  public static let upright = Orientation(rotation: 0, isMirrored: false)

  public static var allCases: [Orientation] {
    [false, true].flatMap { mirror in [0, 90, 180, 270].map { Orientation(rotation: $0, isMirrored: mirror) } }
  }

  package init(rotation: Int, isMirrored: Bool) { (self.rotation, self.isMirrored) = (rotation, isMirrored) }

  /// By its number in EXIF (CIPA DC-008, tag 0x0112), 1 to 8.
  package init?(exif number: Int) {
    let all: [(Int, Bool)] = [
      (0, false), (0, true), (180, false), (180, true), (90, true), (90, false), (270, true), (270, false),
    ]
    guard (1...8).contains(number) else { return nil }
    (rotation, isMirrored) = all[number - 1]
  }

  /// Of a display matrix (ISO/IEC 14496-12, 6.2.2), the nearest of the eight: a point (x, y), y downwards, is shown at
  /// (a·x + c·y, b·x + d·y).
  init(matrix: UnsafePointer<Int32>) {
    let (a, b, c, d) = (Double(matrix[0]), Double(matrix[1]), Double(matrix[3]), Double(matrix[4]))
    let isMirrored = a * d - b * c < 0
    // A mirror changes the sign of what is shown along x; without it a turn is left.
    let (x, y) = isMirrored ? (-a, -c) : (a, c)
    if abs(x) >= abs(y) {
      self.init(rotation: x < 0 ? 180 : 0, isMirrored: isMirrored)
    } else {
      // Clockwise by 90°, a point (x, y) goes to (−y, x).
      self.init(rotation: y < 0 ? 90 : 270, isMirrored: isMirrored)
    }
  }

  /// Whether width and height change places.
  package var isSideways: Bool { rotation % 180 != 0 }

  /// An RGB picture of `width · height`, laid as this says.
  package func applied(to pixels: [UInt8], _ width: Int, _ height: Int) -> [UInt8] {
    if self == .upright { return pixels }
    let shown = isSideways ? height : width
    var out = [UInt8](repeating: 0, count: pixels.count)
    pixels.withUnsafeBufferPointer { from in
      out.withUnsafeMutableBufferPointer { to in
        for y in 0..<height {
          for x in 0..<width {
            var (column, row) =
              switch rotation {
              case 90: (height - 1 - y, x)
              case 180: (width - 1 - x, height - 1 - y)
              case 270: (y, width - 1 - x)
              default: (x, y)
              }
            if isMirrored { column = shown - 1 - column }
            row = row * shown + column
            for c in 0..<3 { to[row * 3 + c] = from[(y * width + x) * 3 + c] }
          }
        }
      }
    }
    return out
  }
}
