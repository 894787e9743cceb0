import Clips
import Consent
import Diffusion
import Files
import Frames
import Measures
import Media
import Runs
import Tensors
import Training
import Worlds

/// An experiment's suites, visited during training. Everything random in it is keyed by the instance alone, and nothing
/// of it is kept in the state of training: with it or without it the weights are the same.
public final class EvaluationRound: TrainingObserver {
  private struct Visit {
    let entry: Evaluation
    /// Opened anew each time, where grants may have ended since.
    let bench: () throws -> Bench
    /// The controls' numbers, which no training changes: measured once a session, and of which clips.
    var controls: [RunEvent.Visit.Row]?, scope: [Value.Field] = []
  }

  private var visits: [Visit]

  /// - Parameter datasets: what they say they show is drawn where an entry names no scenario.
  /// - Throws: `Problem` when a suite does not fit the model: before the first step.
  public init(_ experiment: Experiment, _ spec: WorldModel.Spec, _ datasets: [Dataset]) throws {
    let scenarios = Scenario.shown(in: datasets)
    visits = try experiment.evaluations.filter { !$0.isHeldOut }.map { entry in
      let bench = try Self.bench(entry, experiment, spec, scenarios)
      // Whether any clip may be looked at is told at each visit: a grant may end, or come.
      guard !entry.isFootage else { return Visit(entry: entry, bench: bench) }
      let first = try bench()
      try first.requireGiven(spec)
      // Scenes are drawn: they are what they were.
      return Visit(entry: entry, bench: { first })
    }
  }

  private static func bench(
    _ entry: Evaluation, _ experiment: Experiment, _ spec: WorldModel.Spec, _ scenarios: [Scenario]
  ) throws -> () throws -> Bench {
    var sampler = experiment.sampler
    if let steps = entry.steps { sampler.steps = steps }
    if entry.isFootage {
      return {
        let source = try ClipSource(experiment, .evaluate, split: .validation, cacheBytes: 64 << 20)
        return Bench(
          try FootageSuite(source, FootageSuite.Form(spec), .init(count: entry.count ?? 16), actions: spec), sampler)
      }
    }
    let whole = SuiteName(rawValue: entry.suite).map { Suite.declaration($0).isWhole } ?? false,
      named = try entry.scenarios.map { try Scenario.named($0) }
    guard whole || !named.isEmpty || !scenarios.isEmpty else {
      throw Problem.usage(
        "the data names no scenario, so evaluate.\(entry.name) does not say which scenes to draw",
        at: experiment.name, fix: "list them: scenarios: [free-fall]; or look at held-out clips: suite: footage")
    }
    return {
      Bench(
        try Suite(
          named: entry.suite, scenarios: named.isEmpty && !whole ? scenarios : named, cells: entry.cells,
          count: entry.count, quick: true, frames: spec.frames, height: spec.height, width: spec.width), sampler)
    }
  }

  public func isDue(_ step: Int, of steps: Int) -> Bool { visits.contains { $0.entry.isDue(step, of: steps) } }

  /// What is due, as events for the log.
  public func events(
    _ step: Int, of steps: Int, _ model: WorldModel, _ console: Console,
    recorded: ([(admission: Admission, frames: Int)]) throws -> Void
  ) throws -> [RunEvent] {
    try visits.indices.filter { visits[$0].entry.isDue(step, of: steps) }.compactMap { i in
      do {
        return try visit(i, step, model, console, recorded)
      } catch let error where visits[i].entry.isFootage && (error is Problem || error is GrantEnded) {
        // A clip that is gone, changed or granted no more ends no training.
        console.note("step \(step): \(visits[i].entry.name) is left out: \(error)")
        return nil
      }
    }
  }

  private func visit(
    _ i: Int, _ step: Int, _ model: WorldModel, _ console: Console,
    _ recorded: ([(admission: Admission, frames: Int)]) throws -> Void
  ) throws -> RunEvent {
    var bench = try visits[i].bench(), materials = Bench.Materials()
    // Other actions change with the model: whether it follows its own is told at the end of training.
    materials.leavesActionsOut = true
    let scope = bench.asked.scope
    if let footage = bench.asked as? FootageSuite { bench.asked = try footage.recorded(by: recorded) }
    let isKnown = visits[i].controls != nil && visits[i].scope == scope
    bench.withControls = !isKnown
    let entry = visits[i].entry,
      progress = console.progress("step \(step): \(entry.name)", total: bench.asked.places.count)
    let result = bench.result(try bench.records(ModelAnswers(model), &materials, progress), subject: .none)
    let rows = result.subjects.map { Self.row(result, $0) }
    let controls = (isKnown ? visits[i].controls : nil) ?? Array(rows.dropFirst())
    (visits[i].controls, visits[i].scope) = (controls, scope)
    return .evaluation(
      RunEvent.Visit(
        step: step, name: entry.name, suite: bench.asked.name, count: result.subjects[0].instances.count,
        sampler: bench.sampler.value, primaries: result.primaries, rows: Array(rows.prefix(1)) + controls))
  }

  /// The primaries and the path's length, with their intervals.
  private static func row(_ result: BenchResult, _ subject: BenchResult.Subject) -> RunEvent.Visit.Row {
    RunEvent.Visit.Row(
      subject: subject.role == .model ? RunEvent.Visit.model : subject.name,
      figures: result.headlines.compactMap { metric in
        let e = result.estimate(subject.role, metric)
        return e.isApplicable
          ? RunEvent.Visit.Figure(metric: metric, value: e.value, low: e.low, high: e.high, n: e.n) : nil
      })
  }
}
