import Credentials
import Files
import Frames
import Measures
import Worlds

extension Suite: BenchQuestions {
  package var metrics: [BenchJudge.Metric] { BenchJudge.metrics(self) }
  package var frames: Int { setting.frames }
  package var height: Int { setting.height }
  package var width: Int { setting.width }
  package var fps: FrameRate { World.fps }
  package var given: Int { World.conditioning }
  package var places: [BenchPlace] {
    instances().map { BenchPlace(id: $0.id, scenario: $0.scenario.rawValue, cell: $0.cell.description) }
  }
  package var strataCount: Int { strata.count }
  package var controls: [BenchControl] { BenchControl.ofScenes }
  package var scope: [Value.Field] {
    func names(_ items: [String]) -> Value { .array(items.distinct().map { .string($0) }) }
    return [
      .init("scenarios", names(strata.map(\.scenario.rawValue))),
      .init(ProtocolStamp.cellsKey, names(strata.map { "\($0.scenario)/\($0.cell)" })),
    ]
  }
  package var shown: [Ingredient] {
    [
      Ingredient(
        "\(name): rendered scenes", .componentOf,
        description: "drawn by a program; shown as ground truth and as the frames given")
    ]
  }

  package func truth(_ place: Int) throws -> Frames { instances()[place].render() }

  package func question(_ place: Int) throws -> any BenchQuestion { try SuiteQuestion(instances()[place], self) }
}

/// A drawn scene, and what is true in it.
private struct SuiteQuestion: BenchQuestion {
  let truth: Frames
  let caption: String?
  let embedding: [Float]? = nil, content: String? = nil
  private let instance: Instance
  private let judge: BenchJudge

  init(_ instance: Instance, _ suite: Suite) throws {
    (self.instance, truth, caption) = (instance, instance.render(), instance.caption)
    judge = try BenchJudge(instance, truth: truth, suite: suite)
  }

  func clip(_ control: BenchControl, from other: Frames?) throws -> Frames? {
    try control.clip(instance, truth: truth, scene: judge.scene, nearest: other)
  }

  func measure(_ clip: Frames) throws -> [String: Measurement] { try judge.measure(clip) }
}
