import Frames

/// A clip of flat frames, one level each, with the same value in every channel.
func flat(_ levels: [UInt8], size: Int = 8) -> Frames {
  Frames(
    count: levels.count, height: size, width: size,
    pixels: levels.flatMap { [UInt8](repeating: $0, count: size * size * 3) }, fps: FrameRate(10))
}

/// Draws a disc of soft coverage over `pixels` of one frame; positions in pixels, y down.
func paint(_ pixels: inout [UInt8], size: Int, frame: Int, x: Double, y: Double, radius: Double, colour: SIMD3<UInt8>) {
  for i in 0..<size {
    for j in 0..<size {
      let dx = Double(j) + 0.5 - x, dy = Double(i) + 0.5 - y
      let a = min(max(0.5 + radius - (dx * dx + dy * dy).squareRoot(), 0), 1)
      for c in 0..<3 {
        let p = ((frame * size + i) * size + j) * 3 + c
        pixels[p] = UInt8((Double(pixels[p]) * (1 - a) + Double(colour[c]) * a).rounded())
      }
    }
  }
}

/// Uniform noise that never changes.
struct TestRandom {
  var state: UInt64
  mutating func unit() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double((state >> 33) ^ (state >> 50) & 0xFFFF) / Double(1 << 31)
  }
  /// Close to normal: the sum of twelve uniforms.
  mutating func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + min(unit(), 1) } }
}
