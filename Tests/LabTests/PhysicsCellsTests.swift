import Foundation
import Lab
import Measures
import Testing
import Worlds

/// The judge outside the distribution: every cell of every scenario, one parameter, all of them, or the structure changed.
@Suite struct PhysicsCellsTests {
  struct Row { let truth, wrong, velocity, frozen, validity, law: Double, lowest: Double }

  /// Means over the first `count` instances of a cell at 64×64, suite lengths.
  static func row(_ scenario: Scenario, _ cell: Cell, count: Int, more: Bool = true) throws -> Row {
    var truths: [Double] = [], wrongs: [Double] = [], lines: [Double] = [], stills: [Double] = [], valid: [Double] = [], laws: [Double] = []
    for index in 0..<count {
      let instance = try Instance(scenario, cell, index: index, setting: Setting(size: 64, frames: scenario.suiteFrames)), truth = instance.render()
      let judge = try PhysicsJudge(instance.scene(), groundTruth: truth), own = try judge.judge(truth)
      truths.append(own.score.score)
      valid.append(own.score.validity)
      own.values["law_score"].map { laws.append($0) }
      stills.append(try judge.judge(Controls.frozen(truth, conditioning: World.conditioning)).score.score)
      guard more else { continue }
      for side in [0.8, 1.2] { wrongs.append(try judge.judge(instance.renderPerturbed(scale: side)).score.score) }
      lines.append(try judge.judge(Controls.extrapolated(.constantVelocity, judge.scene, groundTruth: truth) { instance.render(positions: $0, radii: $1) }).score.score)
    }
    func mean(_ values: [Double]) -> Double { values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count) }
    return Row(truth: mean(truths), wrong: mean(wrongs), velocity: mean(lines), frozen: mean(stills), validity: mean(valid), law: mean(laws), lowest: truths.min() ?? .nan)
  }

  @Test(arguments: Scenario.allCases) func everyCellCanBeJudged(scenario: Scenario) throws {
    for cell in scenario.cells where !cell.isInDistribution {
      let row = try Self.row(scenario, cell, count: 2, more: false)
      #expect(row.lowest == 100 && row.frozen < 40, "\(scenario)/\(cell): \(row)")
      #expect(row.law.isNaN || row.law > 80, "\(scenario)/\(cell): \(row)")
    }
  }
}

extension PhysicsSoakTests {
  @Test(arguments: Scenario.allCases) func cells(scenario: Scenario) throws {
    for cell in scenario.cells where cell != .train {
      let row = try PhysicsCellsTests.row(scenario, cell, count: 16)
      print("CELL | \(scenario) | \(cell) | " + [row.lowest, row.truth, row.wrong, row.velocity, row.frozen, 100 * row.validity, row.law].map { String(format: "%.1f", $0) }.joined(separator: " | ") + " |")
    }
  }
}
