import Frames
import Measures
import Testing

@Suite struct TrackerTests {
  static let red = SIMD3<UInt8>(224, 22, 22), blue = SIMD3<UInt8>(22, 22, 224)

  static func clip(_ frames: Int, _ draw: (inout [UInt8], Int) -> Void) -> Frames {
    var pixels = [UInt8](repeating: 230, count: frames * 64 * 64 * 3)
    for t in 0..<frames { draw(&pixels, t) }
    return Frames(count: frames, height: 64, width: 64, pixels: pixels, fps: FrameRate(10))
  }

  static func track(
    _ frames: Frames, x: Double, y: Double, radius: Double, others: [SIMD3<UInt8>] = []
  ) -> [TrackedState] {
    let states = SoftCoverageTracker(colour: red, others: others, plate: .flat(230)).track(
      frames, from: .init(x: x, y: y, radius: radius))
    #expect(states.count == frames.count)
    return states
  }

  @Test func aMovingDiscIsFollowedBelowAPixel() {
    let clip = Self.clip(20) {
      paint(
        &$0, size: 64, frame: $1, x: 10.3 + 1.37 * Double($1), y: 20.1 + 0.61 * Double($1), radius: 5.2,
        colour: Self.red)
    }
    for (t, state) in Self.track(clip, x: 10, y: 20, radius: 5).enumerated() {
      #expect(abs(state.x - (10.3 + 1.37 * Double(t))) < 0.02 && abs(state.y - (20.1 + 0.61 * Double(t))) < 0.02)
      #expect(abs(state.radius - 5.2) < 0.02 && state.deltaE < 0.5 && state.components == 1 && state.extra == 0)
    }
  }

  @Test func aLostObjectIsNeverInvented() {
    let clip = Self.clip(6) { if $1 < 3 { paint(&$0, size: 64, frame: $1, x: 30, y: 30, radius: 6, colour: Self.red) } }
    let states = Self.track(clip, x: 30, y: 30, radius: 6)
    #expect(states.map(\.found) == [true, true, true, false, false, false])
    #expect(states[4].x.isNaN && states[4].area.isNaN && states[4].components == 0)
  }

  @Test func theForecastChoosesBetweenTwins() {
    // Two equal discs pass each other on lines 14 px apart; the first was announced on the left.
    let clip = Self.clip(24) {
      paint(&$0, size: 64, frame: $1, x: 8 + 2 * Double($1), y: 25, radius: 5, colour: Self.red)
      paint(&$0, size: 64, frame: $1, x: 56 - 2 * Double($1), y: 39, radius: 5, colour: Self.red)
    }
    for (t, state) in Self.track(clip, x: 8, y: 25, radius: 5).enumerated() {
      #expect(abs(state.x - (8 + 2 * Double(t))) < 0.1 && state.components == 2 && state.extra > 60)
    }
  }

  @Test func anotherColourIsNotMistaken() {
    let clip = Self.clip(4) {
      paint(&$0, size: 64, frame: $1, x: 20, y: 20, radius: 6, colour: Self.red)
      paint(&$0, size: 64, frame: $1, x: 31.5, y: 20, radius: 6, colour: Self.blue)
    }
    for state in Self.track(clip, x: 20, y: 20, radius: 6, others: [Self.blue]) {
      #expect(state.components == 1 && abs(state.x - 20) < 0.1 && abs(state.radius - 6) < 0.1)
    }
  }

  @Test func specksAndNoiseAreNotObjects() {
    var random = TestRandom(state: 3)
    let clip = Self.clip(8) { pixels, t in
      paint(&pixels, size: 64, frame: t, x: 30.4, y: 33.7, radius: 6, colour: Self.red)
      for (i, j) in [(3, 3), (3, 4), (4, 3), (60, 60)] {
        for c in 0..<3 { pixels[((t * 64 + i) * 64 + j) * 3 + c] = Self.red[c] }
      }
      for p in t * 64 * 64 * 3..<(t + 1) * 64 * 64 * 3 {
        pixels[p] = UInt8(min(255, max(0, Double(pixels[p]) + 8 * random.normal())).rounded())
      }
    }
    for state in Self.track(clip, x: 30, y: 33, radius: 6) {
      #expect(state.components == 1 && abs(state.x - 30.4) < 0.15 && abs(state.y - 33.7) < 0.15)
    }
  }

  @Test func discsAtTheBorderAndTinyOnesDoNotTrap() {
    let clip = Self.clip(10) {
      paint(&$0, size: 64, frame: $1, x: Double($1) * 8 - 4, y: 0, radius: 4, colour: Self.red)
    }
    #expect(Self.track(clip, x: 0, y: 0, radius: 4).count == 10)
    let full = Self.clip(2) { pixels, t in
      for p in 0..<64 * 64 { for c in 0..<3 { pixels[(t * 64 * 64 + p) * 3 + c] = Self.red[c] } }
    }
    #expect(Self.track(full, x: 32, y: 32, radius: 4).allSatisfy { $0.largest == 4096 && abs($0.x - 32) < 1e-9 })
  }
}
