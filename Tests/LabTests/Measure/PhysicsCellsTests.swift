import Bench
import Foundation
import Measures
import TestKit
import Testing
import Worlds

/// The judge outside the distribution: every cell of every scenario, one parameter, all of them, or the structure
/// changed.
@Suite struct PhysicsCellsTests {
  struct Row {
    let truth: Double
    /// Of simulators that are 5, 10 and 20 % wrong, on both sides.
    let wrong: [Double]
    let velocity, frozen, law: Double
  }

  /// Means over the first `count` instances of a cell at 64×64, suite lengths; of the truth, the least.
  static func row(_ scenario: Scenario, _ cell: Cell, count: Int, rungs: [Double] = []) throws -> Row {
    var truths: [Double] = [], wrong = [[Double]](repeating: [], count: rungs.count), lines: [Double] = [],
      stills: [Double] = [], laws: [Double] = []
    for index in 0..<count {
      let
        instance = try Instance(scenario, cell, index: index, setting: Setting(size: 64, frames: scenario.suiteFrames)),
        truth = instance.render()
      let judge = try PhysicsJudge(instance.scene(), groundTruth: truth), own = try judge.judge(truth)
      truths.append(own.score.score)
      laws.append(try #require(own.values["law_score"], "\(instance.id): \(own.notes["law_score"] ?? "no note")"))
      stills.append(try judge.judge(Controls.frozen(truth, conditioning: World.conditioning)).score.score)
      if rungs.isEmpty { continue }
      for (k, share) in rungs.enumerated() {
        for side in [1 - share, 1 + share] {
          wrong[k].append(try judge.judge(instance.renderPerturbed(scale: side)).score.score)
        }
      }
      lines.append(
        try judge.judge(
          Controls.extrapolated(.constantVelocity, judge.scene, groundTruth: truth) {
            instance.render(positions: $0, radii: $1)
          }
        ).score.score)
    }
    func mean(_ values: [Double]) -> Double { values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count) }
    return Row(
      truth: truths.min() ?? .nan, wrong: wrong.map(mean), velocity: mean(lines), frozen: mean(stills), law: mean(laws))
  }

  @Test(arguments: Scenario.allCases) func everyCellCanBeJudged(scenario: Scenario) throws {
    for cell in scenario.cells where !cell.isInDistribution {
      let row = try Self.row(scenario, cell, count: 2)
      #expect(row.truth == 100 && row.frozen < 40, "\(scenario)/\(cell): \(row)")
      #expect(row.law > 80, "\(scenario)/\(cell): \(row)")
    }
  }
}

extension PhysicsSoakTests {
  @Test(arguments: Scenario.allCases) func cells(scenario: Scenario) throws {
    let table = try PageTable("PHYSICS.md", after: "### Out of distribution")
    for cell in scenario.cells where !cell.isInDistribution {
      let row = try PhysicsCellsTests.row(scenario, cell, count: 16, rungs: [0.05, 0.1, 0.2])
      let figures = [row.truth] + row.wrong + [row.velocity, row.frozen, row.law]
      print(
        "CELL | \(scenario) | \(cell) | " + figures.map { String(format: "%.1f", $0) }.joined(separator: " | ") + " |")
      try table.expect(figures, in: scenario.rawValue, cell.description.replacing("ood-", with: ""), within: Self.slack)
    }
    #expect(table.rows.count { $0[0] == scenario.rawValue } == scenario.cells.count { !$0.isInDistribution })
  }
}
