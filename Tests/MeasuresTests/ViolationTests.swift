import Files
import Measures
import Testing

/// Surprise, masks and states: values that can be worked out by hand (worked by hand).
@Suite struct ViolationTests {
  @Test func intPhys() throws {
    let possible = [[0.9, 0.8], [0.6, 0.5]], impossible = [[0.4, 0.7], [0.7, 0.6]]
    #expect(try ViolationOfExpectation.intPhysRelativeError(possible: possible, impossible: impossible) == 0.5)
    #expect(try ViolationOfExpectation.intPhysAbsoluteError(possible: possible, impossible: impossible) == 0.34375)
  }

  @Test func surpriseIsAPairedAndAPooledQuestion() throws {
    // Each impossible clip surprises more than its twin, but scenes differ more than twins do.
    let possible = [1.0, 5, 9], impossible = [2.0, 6, 10]
    #expect(try ViolationOfExpectation.relativeAccuracy(possible: possible, impossible: impossible) == 1)
    #expect(try abs(ViolationOfExpectation.auroc(possible: possible, impossible: impossible) - 6.0 / 9) < 1e-12)
    #expect(try ViolationOfExpectation.relativeAccuracy(possible: [1, 1], impossible: [1, 1]) == 0.5)
    #expect(try ViolationOfExpectation.auroc(possible: [1, 1], impossible: [1]) == 0.5)
    #expect(throws: Problem.self) { try ViolationOfExpectation.relativeAccuracy(possible: [1], impossible: [1, 2]) }
    #expect(throws: Problem.self) { try ViolationOfExpectation.auroc(possible: [.nan], impossible: [1]) }
    #expect(throws: Problem.self) { try ViolationOfExpectation.auroc(possible: [], impossible: [1]) }
  }

  @Test func centroidErrorHasTwoForms() {
    #expect(abs(CentroidError.euclidean(SIMD2(3, 4), height: 100) - 0.0353553) < 1e-7)
    #expect(abs(CentroidError.coordinates(SIMD2(3, 4), height: 100) - 0.0247487) < 1e-7)
  }

  @Test func masks() {
    #expect(MaskAgreement.iou([], []) == 1 && MaskAgreement.iou([1], []) == 0)
    #expect(MaskAgreement.iou([1, 2, 3], [2, 3, 4, 5]) == 0.4)
    // One pixel against another 3 across and 4 down, on a grid 10 wide: 5 each way.
    #expect(MaskAgreement.chamfer([11], [54], width: 10) == 10)
    #expect(MaskAgreement.chamfer([7, 8], [7, 8], width: 10) == 0)
    // Against the obvious double loop.
    var random = TestRandom(state: 5)
    for _ in 0..<20 {
      func draw() -> [Int32] { Array(Set((0..<12).map { _ in Int32(random.unit() * 200) })).sorted() }
      let a = draw(), b = draw()
      func mean(_ p: [Int32], _ q: [Int32]) -> Double {
        p.map { x in
          q.map { y -> Double in
            let i = Double(x / 17 - y / 17), j = Double(x % 17 - y % 17)
            return (i * i + j * j).squareRoot()
          }.min() ?? 0
        }.reduce(0, +) / Double(p.count)
      }
      #expect(abs(MaskAgreement.chamfer(a, b, width: 17) - mean(a, b) - mean(b, a)) < 1e-9)
    }
  }

  @Test func energyDistance() throws {
    let truth = [[0.0], [2]]  // deviation 1
    #expect(StateDistance.between(truth, truth) == 0)
    // 2·E|X − Y| − E|X − X'| − E|Y − Y'| = 2·(|3 − 0| + |3 − 2|)/2 − 0 − 1 = 3
    #expect(try abs(#require(StateDistance.between([[3]], truth)) - 3) < 1e-12)
    #expect(StateDistance.between([], truth) == nil)
  }
}
