import Files
import Foundation
import Measures
import TestKit
import Testing

/// Held against scipy and scikit-learn, by values frozen by Tests/Interop/oracle_physics.py.
@Suite struct PhysicsOracleTests {
  let expected: Value
  init() throws { expected = try Fixture.json("physics-oracle/expected.json") }

  /// The same lines as the script's.
  static func stream(_ seed: Int, _ count: Int) -> [Int] {
    var state = seed
    return (0..<count).map { _ in
      state = (state * 1_103_515_245 + 12345) % 2_147_483_648
      return state / 65536 % 1000
    }
  }

  @Test func areaUnderTheCurve() throws {
    for (i, exact) in try expected.numbers("auroc").enumerated() {
      let values = Self.stream(1 + i, 30).map { Double($0 % 20) }
      #expect(
        try abs(ViolationOfExpectation.auroc(possible: Array(values[..<14]), impossible: Array(values[14...])) - exact)
          < 1e-12)
    }
  }

  @Test func energyDistance() throws {
    for (i, exact) in try expected.numbers("energy").enumerated() {
      let values = Self.stream(4 + i, 150).map { Double($0) / 100 },
        points = (0..<25).map { Array(values[$0 * 6..<$0 * 6 + 6]) }
      #expect(try abs(#require(StateDistance.between(Array(points[..<10]), Array(points[10...]))) - exact) < 1e-12)
    }
  }

  @Test func chamferDistance() throws {
    for (i, exact) in try expected.numbers("chamfer").enumerated() {
      let values = Self.stream(7 + i, 80).map { Int32($0 % (23 * 31)) }
      let a = Set(values[..<30]).sorted(), b = Set(values[30...]).sorted()
      #expect(abs(MaskAgreement.chamfer(a, b, width: 31) - exact) < 1e-12)
    }
  }

  @Test func periodsOfAnyAmplitude() throws {
    for row in try expected.items("period") {
      let numbers = try row.numbers()
      let law = PendulumLaw(pivot: .zero, length: numbers[0], gravity: 2.5, amplitude: numbers[1])
      #expect(abs(law.period - numbers[2]) < 1e-12)
    }
  }
}
