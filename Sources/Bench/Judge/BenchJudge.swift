import Files
import Frames
import Measures
import Worlds

/// Measures clips of one instance: the physics of its scene, then every clip metric of the catalogue with the truth as
/// reference.
package struct BenchJudge: Sendable {
  package struct Metric: Sendable {
    package let name: String, version: Int, unit: String
    /// nil: described, not judged.
    package let better: PairedComparison.Direction?

    init(_ name: String, version: Int, unit: String, better: PairedComparison.Direction?) {
      (self.name, self.version, self.unit, self.better) = (name, version, unit, better)
    }

    init(_ metric: PhysicsMetric) {
      (name, version, unit, better) = (metric.name, metric.version, metric.unit, metric.better)
    }

    /// What follows from several rows of an instance.
    init(derived name: String, version: Int = 1, unit: String, _ better: PairedComparison.Direction) {
      (self.name, self.version, self.unit, self.better) = (name, version, unit, better)
    }

    init(_ at: AtHorizon) {
      (name, version, unit, better) = (at.name, at.metric.version, at.metric.unit, at.metric.better)
    }

    init(_ metric: any ClipMetric.Type) {
      (name, version, unit, better) = (metric.name, metric.version, metric.unit, metric.better)
    }
  }

  /// What a suite measures, in the order reports show it, the headline first.
  package static func metrics(_ suite: Suite) -> [Metric] {
    PhysicsMetrics.all.map { Metric($0) } + clipMetrics(suite).map { Metric($0) }
  }

  /// A clip metric that family C measures under the same name is family C's, which knows the scene.
  private static func clipMetrics(_ suite: Suite) -> [any ClipMetric.Type] {
    suite.clipMetrics.filter { PhysicsMetrics.named($0.name) == nil }
  }

  package let scene: PhysicsScene
  private let truth: Frames
  private let exact: SceneTruth
  private let physics: Result<PhysicsJudge, Problem>
  private let clipMetrics: [any ClipMetric.Type]

  package init(_ instance: Instance, truth: Frames, suite: Suite) throws {
    clipMetrics = Self.clipMetrics(suite)
    let scene = try instance.scene()
    (self.scene, self.truth, exact) = (scene, truth, SceneTruth(instance))
    do {
      physics = .success(try PhysicsJudge(scene, groundTruth: truth, secondTake: instance.renderPerturbed(scale: 1.02)))
    } catch let problem as Problem { physics = .failure(problem) }
  }

  /// Every metric of the suite on a clip of the truth's size and length: a value, or why there is none.
  package func measure(_ clip: Frames) throws -> [String: Measurement] {
    var found: [String: Measurement] = [:]
    switch physics {
    case .success(let judge):
      let verdict = try judge.judge(clip)
      for metric in PhysicsMetrics.all {
        let note = verdict.notes[metric.name] ?? ""
        found[metric.name] =
          verdict.values[metric.name].map { .value($0, note: note) }
          ?? .notApplicable(note.isEmpty ? "not a term of this scenario's law" : note)
      }
    case .failure(let problem):
      for metric in PhysicsMetrics.all { found[metric.name] = .notApplicable(problem.what) }
    }
    // The bench itself is what runs on several threads.
    let evidence = Evidence(clip, reference: truth, scene: exact, threads: 1)
    for metric in clipMetrics { found[metric.name] = metric.measure(evidence) }
    return found
  }
}
