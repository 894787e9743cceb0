import Bench
import Files
import Foundation
import Lab
import Pages
import Runs
import TestKit
import Testing
import Training

/// Looking at a model while it trains changes no weight of it.
@Suite(.serialized) struct EvaluationTests {
  private static let entries =
    "evaluate=[{name: quick, every: 4, count: 2, steps: 2}, {name: beyond, suite: physics-tiny, every: 6, count: 1, steps: 1, cells: [ood-r-lo]}, {name: clips, suite: held-out, every: 5, count: 3}]"

  @Test func evaluationDoesNotShowInTheWeights() throws {
    let minute = try Minute()
    let plain = try minute.training(["record.evaluate=0"], runs: "a").run(until: Interruption(listening: false))
    let watched = try minute.training([Self.entries], runs: "b").run(until: Interruption(listening: false))
    #expect(plain.hash == watched.hash && plain.name == watched.name)
    #expect(try minute.hashes(plain) == minute.hashes(watched))
    let curves = TrainingCurves(path: watched.path("events.jsonl"))
    func steps(_ name: String) -> [Int] { curves.visits.filter { $0.name == name }.map(\.step) }
    #expect(steps("quick") == [0, 4, 8, 12] && steps("beyond") == [0, 6, 12] && steps("clips") == [0, 5, 10, 12])
    let last = try #require(curves.visits.last { $0.name == "quick" })
    #expect(
      last.model?["validity"]?.value.isFinite == true
        && last.controls.first { $0.subject == "ground-truth" }?["physics_tol5"]?.value == 100)
    #expect(
      Set(last.controls.map(\.subject)).isSuperset(of: [
        "frozen", "constant-velocity", "constant-acceleration", "shuffled", "re-encoded",
      ]))
    let html = try Disk.readText(Report.run(watched))
    #expect(html.contains("quick: physics_tol5 on physics-tiny/1") && html.contains("nine fixed noise levels"))
  }

  /// Stopped and continued, the log has the same visits with the same numbers.
  @Test func resumingSeesTheSame() throws {
    let minute = try Minute()
    let straight = try minute.training([Self.entries], runs: "a").run(until: Interruption(listening: false))
    let interruption = Interruption(listening: false)
    interruption.ask()
    _ = #expect(throws: Problem.self) { try minute.training([Self.entries], runs: "b").run(until: interruption) }
    let again = try minute.training([Self.entries], runs: "b").run(until: Interruption(listening: false))
    let visits = [straight, again].map { TrainingCurves(path: $0.path("events.jsonl")) }
    #expect(
      visits[0].visits == visits[1].visits && visits[0].heldOut == visits[1].heldOut && visits[0].visits.count == 11
        && visits[0].heldOut.count == 3)
  }

  /// Nine levels, each with its interval; their mean over clips is the loss of before.
  @Test func heldOutLossHasNineLevels() throws {
    let minute = try Minute(), run = try minute.training().run(until: Interruption(listening: false))
    let points = TrainingCurves(path: run.path("events.jsonl")).heldOut
    #expect(points.map(\.step) == [0, 6, 12])
    for point in points {
      #expect(point.levels.map(\.sigma) == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
      #expect(point.levels.allSatisfy { ($0.low ?? .nan) <= $0.loss && $0.loss <= ($0.high ?? .nan) })
      #expect(abs(point.levels.map(\.loss).reduce(0, +) / 9 - point.loss) < 1e-9 * max(1, point.loss))
    }
  }

  @Test func entriesAreReadStrictly() throws {
    let minute = try Minute(), e = try minute.experiment([Self.entries])
    #expect(e.evaluations.map(\.name) == ["quick", "beyond", "clips"] && e.evaluations[2].suite == "held-out")
    #expect(try Experiment(e.value, at: "again", folder: minute.scratch.path) == e)
    func complaint(_ entries: String) -> String {
      problem { try minute.experiment(["evaluate=" + entries]) }.description
    }
    #expect(complaint("[{name: a, suite: physics-tyni}]").contains("did you mean 'physics-tiny'"))
    #expect(complaint("[{name: a}, {name: a}]").contains("the same name"))
    #expect(complaint("[{name: a, evry: 3}]").contains("did you mean 'every'"))
    #expect(complaint("[{name: a, suite: held-out, steps: 3}]").contains("no steps"))
    // A suite that does not fit is refused before the first step.
    #expect(
      problem { try minute.training(["evaluate=[{name: a, scenarios: [occlusion], cells: [ood-nowhere]}]"]) }
        .description.contains("no cell 'ood-nowhere'"))
  }
}
