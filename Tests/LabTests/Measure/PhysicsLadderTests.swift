import Bench
import Foundation
import Frames
import Measures
import Media
import TestKit
import Testing
import Worlds

/// Issue 5's proof (a): the score orders the truth, simulators that are more and more wrong, and controls that know no
/// law.
@Suite struct PhysicsLadderTests {
  static let scenarios = Scenario.allCases.filter { $0 != .particles }

  /// Scores by name of what was shown, over instances.
  static func ladder(_ scenario: Scenario, count: Int, size: Int = 64) throws -> [String: [PhysicsVerdict]] {
    let setting = try Setting(size: size, frames: scenario.suiteFrames)
    var verdicts: [String: [PhysicsVerdict]] = [:]
    for index in 0..<count {
      let instance = try Instance(scenario, .validation, index: index, setting: setting), truth = instance.render()
      let judge = try PhysicsJudge(
        instance.scene(), groundTruth: truth, secondTake: instance.renderPerturbed(scale: 1.02))
      func give(_ name: String, _ clip: Frames) throws { verdicts[name, default: []].append(try judge.judge(clip)) }
      try give("truth", truth)
      for wrong in [5, 10, 20] {
        for side in [-1.0, 1] {
          try give("\(wrong) %", instance.renderPerturbed(scale: 1 + side * Double(wrong) / 100))
        }
      }
      try give("frozen", Controls.frozen(truth, conditioning: World.conditioning))
      for (name, fit) in [
        ("constant velocity", MotionFit.constantVelocity), ("constant acceleration", .constantAcceleration),
      ] {
        try give(
          name,
          Controls.extrapolated(fit, judge.scene, groundTruth: truth) { instance.render(positions: $0, radii: $1) })
      }
    }
    return verdicts
  }

  static let rungs = ["truth", "5 %", "10 %", "20 %", "constant acceleration", "constant velocity", "frozen"]

  static func mean(_ verdicts: [PhysicsVerdict]?, _ metric: String) -> Double {
    let values = (verdicts ?? []).compactMap { $0.values[metric] }
    return values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
  }

  @Test(arguments: scenarios) func theScoreOrdersWhatIsMoreAndMoreWrong(scenario: Scenario) throws {
    let ladder = try Self.ladder(scenario, count: 3)
    func score(_ name: String) -> Double { Self.mean(ladder[name], PhysicsTol5.name) }
    let line = Self.rungs.map { "\($0) \(score($0))" }.joined(separator: ", ")
    #expect(
      score("truth") > 99.99 && score("truth") >= score("5 %") && score("5 %") > score("10 %")
        && score("10 %") > score("20 %"), "\(scenario): \(line)")
    #expect(score("20 %") > min(score("frozen"), score("constant velocity")), "\(scenario): \(line)")
    func pixels(_ name: String) -> Double { Self.mean(ladder[name], "piq_style_verified") }
    #expect(pixels("truth") == 1 && pixels("5 %") > pixels("20 %") && pixels("20 %") > pixels("frozen"), "\(scenario)")
    let lawful = Self.mean(ladder["truth"], "law_score"), still = Self.mean(ladder["frozen"], "law_score")
    #expect(lawful > 90 && lawful > still + 30, "\(scenario): law \(lawful) against \(still)")
  }
}

/// The figures of docs/PHYSICS.md, measured anew.
@Suite(.soak) struct PhysicsSoakTests {
  /// Points of 100 that another machine's arithmetic may move a figure by, over the page's rounding.
  static let slack = 0.5

  @Test(arguments: PhysicsLadderTests.scenarios) func ladder(scenario: Scenario) throws {
    let ladder = try PhysicsLadderTests.ladder(scenario, count: 32)
    for (metric, start, scale) in [
      (PhysicsTol5.name, "## The ladder", 1.0), ("validity", "`validity` (%)", 100), ("law_score", "`law_score`:", 1),
    ] {
      let table = try PageTable("PHYSICS.md", after: start),
        figures = PhysicsLadderTests.rungs.map { scale * PhysicsLadderTests.mean(ladder[$0], metric) }
      #expect(Array(table.columns.dropFirst()) == PhysicsLadderTests.rungs)
      print("TABLE \(scenario) \(metric) " + figures.map { String(format: "%.1f", $0) }.joined(separator: " | "))
      try table.expect(figures, in: scenario.rawValue, within: Self.slack)
    }
    let trajectories = try PhysicsLadderTests.rungs.map { rung in
      let verdicts = try #require(ladder[rung])
      return verdicts.reduce(0) { $0 + $1.score.trajectory } / Double(verdicts.count)
    }
    print("TABLE \(scenario) s_traj " + trajectories.map { String(format: "%.3f", $0) }.joined(separator: " | "))
    try PageTable("PHYSICS.md", after: "### Calibration of s_traj").expect(
      trajectories, in: scenario.rawValue, within: Self.slack / 100)
  }
}
