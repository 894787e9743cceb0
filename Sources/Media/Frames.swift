/// Decoded video: `[T, H, W, 3]`, 8-bit sRGB, row-major, with its frame rate.
public struct Frames: Sendable, Equatable {
  public let count: Int
  public let height: Int
  public let width: Int
  /// T·H·W·3 bytes.
  public var pixels: [UInt8]
  public var fps: FrameRate

  public init(count: Int, height: Int, width: Int, pixels: [UInt8], fps: FrameRate) {
    precondition(pixels.count == count * height * width * 3, "\(pixels.count) bytes for [\(count), \(height), \(width), 3]")
    self.count = count
    self.height = height
    self.width = width
    self.pixels = pixels
    self.fps = fps
  }

  /// Bytes in one frame.
  public var frameBytes: Int { height * width * 3 }

  /// The frames of `range`, copied.
  public subscript(range: Range<Int>) -> Frames {
    Frames(count: range.count, height: height, width: width, pixels: Array(pixels[range.lowerBound * frameBytes..<range.upperBound * frameBytes]), fps: fps)
  }
}

/// Frames a second as a fraction, so that 24000/1001 stays exact.
public struct FrameRate: Sendable, Equatable, CustomStringConvertible {
  public let numerator: Int
  public let denominator: Int

  public init(_ numerator: Int, _ denominator: Int = 1) {
    precondition(numerator > 0 && denominator > 0)
    self.numerator = numerator
    self.denominator = denominator
  }

  public var perSecond: Double { Double(numerator) / Double(denominator) }
  public var description: String { "\(numerator)/\(denominator)" }
}
