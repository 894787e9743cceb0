import Frames
import Measures
import Testing

@Suite struct MotionFitTests {
  /// States in pixels, y down, of a path given in world units.
  static func states(_ frames: Int, _ path: (Double) -> SIMD2<Double>) -> [TrackedState] {
    let clip = TrackerTests.clip(frames) {
      let p = path(Double($1))
      paint(&$0, size: 64, frame: $1, x: p.x * 6.4, y: (10 - p.y) * 6.4, radius: 5, colour: TrackerTests.red)
    }
    return TrackerTests.track(clip, x: path(0).x * 6.4, y: (10 - path(0).y) * 6.4, radius: 5)
  }

  @Test func aStraightPathIsContinued() throws {
    let path = { (t: Double) in SIMD2(2 + 0.2 * t, 8 - 0.1 * t) }
    let predicted = try #require(
      MotionFit.constantVelocity.predict(states: [Self.states(4, path)], conditioning: 4, frames: 20, scale: 6.4))
    for t in 0..<20 {
      let d = predicted.positions[t][0] - path(Double(t))
      #expect((d * d).sum().squareRoot() < 0.03)
    }
    #expect(abs(predicted.radii[0] - 5 / 6.4) < 0.01)
  }

  @Test func aParabolaNeedsTheSecondOrder() throws {
    let path = { (t: Double) in SIMD2(5, 8 - 0.0125 * t * t) }
    let states = [Self.states(8, path)]
    let line = try #require(MotionFit.constantVelocity.predict(states: states, conditioning: 8, frames: 16, scale: 6.4))
    let curve = try #require(
      MotionFit.constantAcceleration.predict(states: states, conditioning: 8, frames: 16, scale: 6.4))
    #expect(abs(curve.positions[15][0].y - path(15).y) < 0.05)
    #expect(line.positions[15][0].y - path(15).y > 0.5)
  }

  @Test func tooFewSightingsGiveNothing() {
    let once = TrackerTests.clip(4) {
      if $1 == 0 { paint(&$0, size: 64, frame: $1, x: 30, y: 30, radius: 5, colour: TrackerTests.red) }
    }
    let states = TrackerTests.track(once, x: 30, y: 30, radius: 5)
    #expect(MotionFit.constantVelocity.predict(states: [states], conditioning: 4, frames: 8, scale: 6.4) == nil)
  }

  @Test func frozenRepeatsTheLastGivenFrame() {
    #expect(Controls.frozen(flat([1, 2, 3, 4, 5]), conditioning: 3) == flat([1, 2, 3, 3, 3]))
    #expect(Controls.frozen(flat([1, 2]), conditioning: 2) == flat([1, 2]))
  }

  /// Every frame is kept once, the given ones in their place and no other.
  @Test func shuffledMovesEveryFrameAndLosesNone() {
    let levels = (1...12).map { UInt8($0) }, clip = flat(levels)
    for key in ["a", "b", "free-fall/id-val/000007"] {
      let other = Controls.shuffled(clip, conditioning: 3, key: key),
        seen = (0..<12).map { other.pixels[$0 * other.frameBytes] }
      #expect(Array(seen[..<3]) == Array(levels[..<3]) && seen.sorted() == levels)
      #expect((3..<12).allSatisfy { seen[$0] != levels[$0] })
      #expect(other == Controls.shuffled(clip, conditioning: 3, key: key))
    }
    #expect(Controls.shuffled(clip, conditioning: 3, key: "a") != Controls.shuffled(clip, conditioning: 3, key: "b"))
    #expect(Controls.shuffled(flat([1, 2, 3]), conditioning: 2, key: "a") == flat([1, 2, 3]))
  }

  @Test func pastedGoesOnWithTheOther() {
    #expect(
      Controls.pasted(flat([1, 2, 3, 4]), conditioning: 2, continuation: flat([5, 6, 7, 8])) == flat([1, 2, 7, 8]))
    #expect(
      Controls.pasted(flat([1, 2, 3, 4]), conditioning: 2, continuation: flat([5, 6, 7])) == flat([1, 2, 7, 7]))
  }
}
