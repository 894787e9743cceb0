/// Decoded video: `[T, H, W, 3]`, 8-bit sRGB, row-major, with its frame rate.
public struct Frames: Sendable, Equatable {
  public let count: Int
  public let height: Int
  public let width: Int
  /// T·H·W·3 bytes.
  public var pixels: [UInt8]
  public var fps: FrameRate

  public init(count: Int, height: Int, width: Int, pixels: [UInt8], fps: FrameRate) {
    precondition(
      pixels.count == count * height * width * 3, "\(pixels.count) bytes for [\(count), \(height), \(width), 3]")
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
    Frames(
      count: range.count, height: height, width: width,
      pixels: Array(pixels[range.lowerBound * frameBytes..<range.upperBound * frameBytes]), fps: fps)
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
  /// As people say it: "24", "24000/1001".
  package var spoken: String { denominator == 1 ? String(numerator) : description }
}

extension FrameRate {
  /// Reads "24", "24/1", "23.976" or "30000/1001"; nil for anything else. Decimals near n·1000/1001 become that
  /// fraction.
  public init?(parsing text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count == 2, let n = Int(parts[0]), let d = Int(parts[1]), (1...1_000_000_000).contains(n),
      (1...1_000_000_000).contains(d)
    {
      self.init(n, d)
      return
    }
    guard parts.count == 1, let value = Double(text), value.isFinite, value >= 0.001, value <= 100_000 else {
      return nil
    }
    let whole = value.rounded(.up)
    if value == value.rounded() {
      self.init(Int(value))
    } else if abs(value - whole * 1000 / 1001) < 0.002 {
      self.init(Int(whole) * 1000, 1001)
    } else {
      self.init(Int((value * 1000).rounded()), 1000)
    }
  }
}
