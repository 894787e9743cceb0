import Frames
import Measures
import Testing

@Suite struct PhysicsIQTests {
  let sample = PhysicsIQ.Sample(
    model: .init(spatial: 0.5, spatiotemporal: 0.4, weighted: 0.6, squaredError: 0.1),
    variance: .init(spatial: 0.25, spatiotemporal: 0.3, weighted: 0.5, squaredError: 0.05))

  /// docs/METRICS.md, "Physics-IQ": the two formulas on the same numbers.
  @Test func bothScores() {
    #expect(PhysicsIQ.original([sample]) == 100)
    #expect(abs(PhysicsIQ.verified([sample]) - 0.875) < 1e-6)
    // Half as good: raw ⅓ (.667 + 1 + .6) − .05
    let half = PhysicsIQ.Sample(
      model: .init(spatial: 0.25, spatiotemporal: 0.2, weighted: 0.3, squaredError: 0.1), variance: sample.variance)
    #expect(abs(PhysicsIQ.original([half]) - 100 * ((0.2 / 0.3 + 1 + 0.6) / 3 - 0.05)) < 1e-9)
  }

  /// Worked by hand: columns that move one step behind.
  @Test func components() throws {
    var comparison = PhysicsIQComparison(sizes: [(4, 4), (4, 4)], common: (4, 4))
    for t in 0..<4 {
      func column(_ c: Int) -> [Bool] { (0..<16).map { t >= 1 && $0 == c } }
      comparison.add(masks: [column(t), column(t - 1)], squaredErrors: [0.25])
    }
    let found = try #require(comparison.components)[0]
    #expect(abs(found.spatial - 0.5) < 1e-12 && abs(found.weighted - 0.5) < 1e-12 && found.squaredError == 0.25)
    // Frame 0 is empty on both sides and counts 1; the others miss one another.
    #expect(abs(found.spatiotemporal - 0.25) < 1e-12)
  }

  @Test func emptyMasksAgree() {
    let still = flat([90, 90, 90], size: 16)
    #expect(PhysicsIQ.components(still, still) == .init(spatial: 1, spatiotemporal: 1, weighted: 1, squaredError: 0))
  }

  /// The truth scores 1; a clip the less like it, the less.
  @Test func aScaleOnAMovingDisc() {
    let truth = DiscScene().frames, second = DiscScene { _, d in (d.x + 0.3, d.y, d.radius, d.colour) }.frames
    let variance = PhysicsIQ.components(truth, second)
    func score(_ clip: Frames) -> Double {
      PhysicsIQ.verified([.init(model: PhysicsIQ.components(truth, clip), variance: variance)])
    }
    let late = DiscScene { t, d in DiscScene.disc(max(0, t - 2)) }.frames
    let values = [score(truth), score(second), score(late), score(Controls.frozen(truth, conditioning: 4))]
    #expect(values[0] == 1 && values[1] > 0.95)
    #expect(values[1] > values[2] && values[2] > values[3], "\(values)")
  }

  /// The average moves before it is compared: a step of 14 levels stays under the threshold of 10, one of 15 passes it.
  @Test func thresholdIsThatOfTheMovedAverage() {
    for (step, moves) in [(14, false), (15, true)] {
      var mask = MotionMask(width: 16, height: 16)
      _ = mask.next([UInt8](repeating: 100, count: 768))
      let moved = mask.next([UInt8](repeating: UInt8(100 + step), count: 768))
      #expect(moved.allSatisfy { $0 == moves }, "\(step)")
    }
  }

  /// Opening removes what is narrower than five pixels; closing fills gaps as narrow.
  @Test(arguments: [1, 8]) func specksAreDropped(_ side: Int) {
    var picture = [UInt8](repeating: 0, count: 32 * 32 * 3)
    var mask = MotionMask(width: 32, height: 32)
    _ = mask.next(picture)
    for y in 10..<10 + side { for x in 10..<10 + side { for c in 0..<3 { picture[(y * 32 + x) * 3 + c] = 255 } } }
    let count = mask.next(picture).filter { $0 }.count
    // The blur widens the square by up to two pixels a side before the threshold.
    #expect(side == 1 ? count == 0 : count >= side * side, "\(side): \(count)")
  }
}
