import Clips
import Diffusion
import Files
import Foundation
import Frames
import Measures
import Models
import Provenance
import Tensors
import Worlds

/// `orrery bench`: a model continues the suite's held-out scenes from their first frames; its clips and those of the
/// controls are measured by the same code. The scenes are drawn here and now by our own renderer, so no licence is
/// asked for them.
///
/// An instance is a function of its place in the suite: what is measured of it does not depend on threads, on who
/// shares its batch, or on whether an earlier call was interrupted.
public struct Bench: Sendable {
  public let suite: Suite
  public let sampler: SamplerSettings
  /// Keys of the sampling noise, the same for every model: one sample an instance and key.
  public let seeds: [Int]
  /// Whether the clips no model made are measured too.
  var withControls = true

  /// - Parameter samples: samples an instance; a model's number is their mean.
  public init(_ suite: Suite, _ sampler: SamplerSettings, seed: Int = 0, samples: Int = 1) {
    (self.suite, self.sampler, seeds) = (suite, sampler, (0..<max(1, samples)).map { seed + $0 })
  }

  /// Instances in memory together: at most 16, and about a gigabyte of clips, exact flow and masks. A function of the
  /// suite alone.
  package var batch: Int {
    let pixels = suite.setting.frames * suite.setting.height * suite.setting.width,
      clip = 3 * (seeds.count + BenchControl.allCases.count), truth = 8 + 1 + 2 * 4
    return max(1, min(16, (1 << 30) / (pixels * (clip + truth))))
  }

  /// What a bench may use beside the model.
  package struct Materials {
    package var log: BenchLog?
    package var screen: BenchScreen?
    package var nearest: NearestTraining?

    package init(log: BenchLog? = nil, screen: BenchScreen? = nil, nearest: NearestTraining? = nil) {
      self.log = log
      self.screen = screen
      self.nearest = nearest
    }
  }

  /// The rows of every table: the model, its best of several samples, the controls.
  package func subjects(nearest: Bool) -> [SubjectRole] {
    [.model] + (seeds.count > 1 ? [best] : []) + shownControls(nearest: nearest)
  }

  /// The rows of the film: one sample speaks for the model.
  package func shownSubjects(nearest: Bool) -> [SubjectRole] { [.model] + shownControls(nearest: nearest) }

  private var best: SubjectRole { .best(of: seeds.count) }

  private func shownControls(nearest: Bool) -> [SubjectRole] {
    withControls ? controls(nearest: nearest).map { .control($0) } : []
  }

  private func controls(nearest: Bool) -> [BenchControl] { BenchControl.allCases.filter { $0 != .nearest || nearest } }

  /// - Throws: `Problem` when the model does not take the suite's given frames.
  package func require(_ spec: WorldModel.Spec) throws {
    guard World.conditioning > 0, spec.isWhole(World.conditioning) else {
      throw Problem(
        "the model takes \(spec.wholeWords) frames; the suite gives \(World.conditioning)", at: suite.name,
        fix: spec.codec.isCausal
          ? "compare such models by held-out loss (evaluate: [{held_out: true}])"
          : "use a smaller codec.time or model.patch[0]")
    }
  }

  /// Measures every instance that `materials.log` does not have yet. - Returns: all of them, in the suite's order.
  package func records(
    _ model: WorldModel, _ materials: inout Materials, _ progress: ProgressLine
  ) throws -> [BenchRecord] {
    try require(model.spec)
    let instances = suite.instances(), log = materials.log
    var found = instances.map { log?.records[$0.id] }, done = found.count { $0 != nil }
    // A film is only made anew when something it could show is.
    let shown = done == found.count && materials.screen?.isWritten ?? true ? [] : Set(materials.screen?.shown ?? [])
    let due = instances.indices.filter { found[$0] == nil || shown.contains($0) }
    let nearest = try nearest(instances, due, materials, model.compute)
    // Groups are cut by place, whatever is missing of them.
    for start in stride(from: 0, to: instances.count, by: batch) {
      let group = Array(start..<min(start + batch, instances.count))
      guard group.contains(where: { found[$0] == nil || shown.contains($0) }) else { continue }
      let clips = try clips(model, group, instances, nearest)
      for (i, place) in group.enumerated() { materials.screen?.take(place, clips[i].made) }
      let missing = group.indices.filter { found[group[$0]] == nil }
      let new = try measured(missing.map { (instances[group[$0]], clips[$0]) }, on: model.compute)
      try log?.append(new)
      for (i, record) in zip(missing, new) { found[group[i]] = record }
      done += new.count
      progress.update(done)
    }
    return found.compactMap { $0 }
  }

  /// One instance's clips, before they are measured.
  private struct Clips: Sendable {
    let truth: Frames
    let judge: BenchJudge
    /// The model's, one a seed.
    let samples: [Frames]
    /// nil: the given frames do not let it be made; the reason is in `missing`.
    let controls: [(control: BenchControl, frames: Frames?)]
    let missing: [BenchControl: String]
    let seconds: Double

    var made: [(subject: SubjectRole, frames: Frames?)] {
      [(.model, samples.first)] + controls.map { (.control($0.control), $0.frames) }
    }
  }

  private func clips(
    _ model: WorldModel, _ group: [Int], _ instances: [Instance], _ nearest: Nearest?
  ) throws -> [Clips] {
    let spec = model.spec, threads = model.compute.threads,
      truths = try concurrently(group.count, threads: threads) { instances[group[$0]].render() },
      clock = ContinuousClock.now
    let made = try seeds.map { seed in
      try model.generate(
        prefixes: truths.map { $0[0..<World.conditioning].pixels }, captions: group.map { instances[$0].caption },
        sampler, Random(seed: UInt64(seed), lane: group[0]))
    }
    let seconds = ProgressLine.seconds(ContinuousClock.now - clock) / Double(group.count)
    let beginnings = try group.map { place in try nearest?.frames(place) }
    let wanted = withControls ? controls(nearest: nearest != nil) : []
    return try concurrently(group.count, threads: threads) { i in
      let instance = instances[group[i]], truth = truths[i],
        judge = try BenchJudge(instance, truth: truth, suite: suite)
      var missing: [BenchControl: String] = [:]
      let controls = try wanted.map { control -> (BenchControl, Frames?) in
        do {
          return (control, try control.clip(instance, truth: truth, scene: judge.scene, nearest: beginnings[i]))
        } catch let problem as Problem where control.isExtrapolation {
          missing[control] = problem.what
          return (control, nil)
        }
      }
      return Clips(
        truth: truth, judge: judge, samples: made.map { spec.frames($0[i], fps: truth.fps) }, controls: controls,
        missing: missing, seconds: seconds)
    }
  }

  private func measured(_ work: [(instance: Instance, clips: Clips)], on compute: Compute) throws -> [BenchRecord] {
    try concurrently(work.count, threads: compute.threads) { i in
      let (instance, clips) = work[i], clock = ContinuousClock.now
      let samples = try clips.samples.map { BenchRecord.Entry(.model, try clips.judge.measure($0)) }
      var entries = [BenchRecord.Entry.mean(.model, of: samples)]
      if samples.count > 1 { entries.append(.best(best, of: samples, BenchJudge.metrics(suite))) }
      for (control, frames) in clips.controls {
        entries.append(
          try frames.map { BenchRecord.Entry(.control(control), try clips.judge.measure($0)) }
            ?? BenchRecord.Entry(
              .control(control),
              BenchJudge.metrics(suite).reduce(into: [:]) {
                $0[$1.name] = .notApplicable(clips.missing[control] ?? "no clip")
              }))
      }
      let seconds = ProgressLine.seconds(ContinuousClock.now - clock)
      return BenchRecord(
        id: instance.id, scenario: instance.scenario.rawValue, cell: instance.cell.description, entries: entries,
        samples: samples.count > 1 ? samples : [],
        timing: ["generate": clips.seconds, "measure": seconds])
    }
  }

  /// The training window most like each place, where there is one.
  private struct Nearest {
    let windows: [Int: Int]
    let shown: NearestTraining.Shown

    func frames(_ place: Int) throws -> Frames? { try windows[place].map { try shown.frames($0) } }
  }

  /// The training window pasted into each place that is due, recorded before any is used.
  private func nearest(
    _ instances: [Instance], _ due: [Int], _ materials: Materials, _ compute: Compute
  ) throws -> Nearest? {
    guard let nearest = materials.nearest, withControls, !due.isEmpty else { return nil }
    let looks = try concurrently(due.count, threads: compute.threads) { nearest.thumbnail(instances[due[$0]].render()) }
    let windows = Dictionary(
      uniqueKeysWithValues: zip(due, try nearest.windows(like: looks, threads: compute.threads)).filter { $0.1 >= 0 })
    return Nearest(windows: windows, shown: try nearest.show(Array(windows.values)))
  }
}
