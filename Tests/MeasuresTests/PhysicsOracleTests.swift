import Files
import Foundation
import Measures
import Testing

/// Held against scipy and scikit-learn, by values frozen by Tests/Interop/oracle_physics.py.
@Suite struct PhysicsOracleTests {
  let expected: Value

  init() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/physics-oracle/expected.json").path
    expected = try JSON.parse(try Disk.readText(path), at: path)
  }

  func numbers(_ name: String) throws -> [Double] { try #require(expected[name]?.array).compactMap(\.double) }

  /// The same lines as the script's.
  static func stream(_ seed: Int, _ count: Int) -> [Int] {
    var state = seed
    return (0..<count).map { _ in
      state = (state * 1_103_515_245 + 12345) % 2_147_483_648
      return state / 65536 % 1000
    }
  }

  @Test func areaUnderTheCurve() throws {
    for (seed, exact) in zip(1..., try numbers("auroc")) {
      let values = Self.stream(seed, 30).map { Double($0 % 20) }
      #expect(
        try abs(ViolationOfExpectation.auroc(possible: Array(values[..<14]), impossible: Array(values[14...])) - exact)
          < 1e-12)
    }
  }

  @Test func energyDistance() throws {
    for (seed, exact) in zip(4..., try numbers("energy")) {
      let values = Self.stream(seed, 150).map { Double($0) / 100 },
        points = (0..<25).map { Array(values[$0 * 6..<$0 * 6 + 6]) }
      #expect(try abs(#require(StateDistance.between(Array(points[..<10]), Array(points[10...]))) - exact) < 1e-12)
    }
  }

  @Test func chamferDistance() throws {
    for (seed, exact) in zip(7..., try numbers("chamfer")) {
      let values = Self.stream(seed, 80).map { Int32($0 % (23 * 31)) }
      let a = Set(values[..<30]).sorted(), b = Set(values[30...]).sorted()
      #expect(abs(MaskAgreement.chamfer(a, b, width: 31) - exact) < 1e-12)
    }
  }

  @Test func periodsOfAnyAmplitude() throws {
    for row in try #require(expected["period"]?.array) {
      let numbers = try #require(row.array).compactMap(\.double)
      let law = PendulumLaw(pivot: .zero, length: numbers[0], gravity: 2.5, amplitude: numbers[1])
      #expect(abs(law.period - numbers[2]) < 1e-12)
    }
  }
}
