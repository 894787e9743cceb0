import Clips
import Diffusion
import Files
import Foundation
import Frames
import Measures
import Models
import Provenance
import Tensors

/// `orrery bench`: a model continues clips from their first frames; what it makes and the controls are measured by the
/// same code. Scenes of a suite are drawn here and now by our own renderer, so no licence is asked for them; footage
/// passes the gate.
///
/// An instance is a function of its place in the suite: what is measured of it does not depend on threads, on who
/// shares its batch, or on whether an earlier call was interrupted.
public struct Bench: Sendable {
  package internal(set) var asked: any BenchQuestions
  public let sampler: SamplerSettings
  /// Keys of the sampling noise, the same for every model: one sample an instance and key.
  public let seeds: [Int]
  /// Whether the clips no model made are measured too.
  var withControls = true
  /// Whether nobody samples here: how the answers were made is not known.
  let isMadeElsewhere: Bool

  /// - Parameter samples: samples an instance; a model's number is their mean.
  package init(_ asked: any BenchQuestions, _ sampler: SamplerSettings, seed: Int = 0, samples: Int = 1) {
    (self.asked, self.sampler, seeds) = (asked, sampler, (0..<max(1, samples)).map { seed + $0 })
    isMadeElsewhere = false
  }

  /// Of answers that were made elsewhere. - Parameter samples: an instance.
  package init(_ asked: any BenchQuestions, samples: Int) {
    (self.asked, sampler, seeds) = (asked, SamplerSettings(), Array(0..<max(1, samples)))
    isMadeElsewhere = true
  }

  /// Instances in memory together: at most 16, and about a gigabyte of clips, exact flow and masks. A function of the
  /// suite alone.
  package var batch: Int {
    let pixels = asked.frames * asked.height * asked.width,
      clip = 3 * (seeds.count + asked.controls.count), truth = 8 + 1 + 2 * 4
    return max(1, min(16, (1 << 30) / (pixels * (clip + truth))))
  }

  /// What a bench may use beside the model.
  package struct Materials {
    package var log: BenchLog?
    package var screen: BenchScreen?
    package var nearest: NearestTraining?
    package var base: BenchBase?

    package init(
      log: BenchLog? = nil, screen: BenchScreen? = nil, nearest: NearestTraining? = nil, base: BenchBase? = nil
    ) {
      self.log = log
      self.screen = screen
      self.nearest = nearest
      self.base = base
    }

    /// Whether nobody is asked again with other actions.
    package var leavesActionsOut = false

    /// Controls that cannot be made of what is here.
    package var lacking: Set<BenchControl> {
      Set((nearest == nil ? [.nearest] : []) + (base == nil ? [.base] : []))
        .union(leavesActionsOut ? BenchControl.ofActions : [])
    }
  }

  /// The rows of every table: the model, its best of several samples, the controls.
  package func subjects(without lacking: Set<BenchControl>) -> [SubjectRole] {
    [.model] + (seeds.count > 1 ? [best] : []) + shownControls(without: lacking)
  }

  /// The rows of the film: one sample speaks for the model.
  package func shownSubjects(without lacking: Set<BenchControl>) -> [SubjectRole] {
    [.model] + shownControls(without: lacking)
  }

  private var best: SubjectRole { .best(of: seeds.count) }

  private func shownControls(without lacking: Set<BenchControl>) -> [SubjectRole] {
    controls(without: lacking).map { .control($0) }
  }

  private func controls(without lacking: Set<BenchControl>) -> [BenchControl] {
    withControls ? asked.controls.filter { !lacking.contains($0) } : []
  }

  /// - Throws: `Problem` when the model does not take the suite's given frames.
  package func requireGiven(_ spec: WorldModel.Spec) throws {
    guard asked.given > 0, spec.isWhole(asked.given) else {
      throw Problem(
        "the model takes \(spec.wholeWords) frames; the suite gives \(asked.given)", at: asked.name,
        fix: spec.codec.isCausal
          ? "bench it on held-out footage: --suite footage" : "use a smaller codec.time or model.patch[0]")
    }
  }

  /// Measures every instance that `materials.log` does not have yet. - Returns: all of them, in the suite's order.
  package func records(
    _ subject: any BenchAnswers, _ materials: inout Materials, _ progress: ProgressLine
  ) throws -> [BenchRecord] {
    let places = asked.places, log = materials.log
    var found = places.map { log?.records[$0.id] }, done = found.count { $0 != nil }
    // A film is only made anew when something it could show is.
    let shown = done == found.count && materials.screen?.isWritten ?? true ? [] : Set(materials.screen?.shown ?? [])
    let due = places.indices.filter { found[$0] == nil || shown.contains($0) }
    // Whole groups are asked, whatever is missing of them.
    let groups = Set(due.map { $0 / batch })
    var open = self
    open.asked = try asked.opened(for: places.indices.filter { groups.contains($0 / batch) })
    let nearest = try open.nearest(due, materials, subject.compute)
    // Groups are cut by place, whatever is missing of them.
    for start in stride(from: 0, to: places.count, by: batch) {
      let group = Array(start..<min(start + batch, places.count))
      guard group.contains(where: { found[$0] == nil || shown.contains($0) }) else { continue }
      let clips = try open.clips(subject, group, nearest, materials)
      for (i, place) in group.enumerated() { materials.screen?.take(place, clips[i].made) }
      let missing = group.indices.filter { found[group[$0]] == nil }
      let new = try measured(missing.map { (places[group[$0]], clips[$0]) }, on: subject.compute)
      // Weights that are read where they lie are named by what they were when they were opened.
      try subject.requireUnchanged()
      try log?.append(new)
      for (i, record) in zip(missing, new) { found[group[i]] = record }
      done += new.count
      progress.update(done)
    }
    return found.compactMap { $0 }
  }

  /// One instance's clips, before they are measured.
  private struct Clips: Sendable {
    let question: any BenchQuestion
    /// The subject's, one a seed.
    let samples: [BenchAnswer]
    /// nil: the given frames do not let it be made; the reason is in `missing`.
    let controls: [(control: BenchControl, frames: Frames?)]
    let missing: [BenchControl: String]
    let seconds: Double

    var made: [(subject: SubjectRole, frames: Frames?)] {
      [(.model, samples.first?.frames)] + controls.map { (.control($0.control), $0.frames) }
    }
  }

  private func clips(
    _ subject: any BenchAnswers, _ group: [Int], _ nearest: Nearest?, _ materials: Materials
  ) throws -> [Clips] {
    let threads = subject.compute.threads, asked = asked,
      questions = try concurrently(group.count, threads: threads) { try asked.question(group[$0]) },
      clock = ContinuousClock.now
    let samples = try seeds.indices.map {
      try subject.answers(self, questions, at: group, sample: $0, given: nil)
    }
    let seconds = ProgressLine.seconds(ContinuousClock.now - clock) / Double(group.count)
    let wanted = controls(without: materials.lacking)
    var made: [BenchControl: [Frames?]] = [
      .nearest: try group.map { place in try nearest?.frames(place) },
      .base: try (withControls ? materials.base : nil)?.clips(self, group, questions) ?? group.map { _ in nil },
    ]
    for control in wanted where BenchControl.ofActions.contains(control) {
      // Where there are no others, none of the batch has any: a window is never its own other.
      let has = questions.map { $0.track(control) != nil }
      guard has.contains(true) else { continue }
      let clips = try subject.answers(self, questions, at: group, sample: 0, given: control)
      made[control] = zip(has, clips).map { $0 ? $1.frames : nil }
    }
    let others = made
    return try concurrently(group.count, threads: threads) { i in
      var missing: [BenchControl: String] = [:]
      let controls = try wanted.map { control -> (BenchControl, Frames?) in
        do {
          return (control, try questions[i].clip(control, from: others[control]?[i]))
        } catch let problem as Problem where control.isExtrapolation {
          missing[control] = problem.what
          return (control, nil)
        }
      }
      return Clips(
        question: questions[i], samples: samples.map { $0[i] }, controls: controls, missing: missing, seconds: seconds)
    }
  }

  /// What a model makes of questions, by one key of noise: a place's is the same whoever is asked beside it.
  /// - Parameter control: whose actions the model is given; nil: the clips' own.
  func sampled(
    _ model: WorldModel, _ questions: [any BenchQuestion], _ random: Random, given control: BenchControl? = nil
  ) throws -> [Frames] {
    let spec = model.spec, compute = model.compute, given = asked.given,
      takesLast = spec.takesPictures && spec.pictures.takesLast
    let embeddings = questions.compactMap(\.embedding)
    // Where a question has none at all, the model is given none.
    let tracks = spec.takesActions ? questions.map { $0.track(control) ?? $0.track(nil) } : [],
      none = try spec.track(nil, frames: spec.frames, at: asked.name)
    let made = try model.generate(
      prefixes: questions.map { question in
        let truth = question.truth
        return truth[0..<given].pixels + (takesLast ? truth[truth.count - 1..<truth.count].pixels : [])
      },
      captions: questions.map(\.caption),
      embeddings: embeddings.count == questions.count
        ? Tensor(
          embeddings.flatMap { $0 }, [questions.count, spec.captions.tokens, spec.captions.width], on: compute) : nil,
      actions: tracks.contains { $0 != nil } ? tracks.map { $0 ?? none } : [], sampler, random)
    return zip(made, questions).map { spec.frames($0, fps: $1.truth.fps) }
  }

  private func measured(_ work: [(place: BenchPlace, clips: Clips)], on compute: Compute) throws -> [BenchRecord] {
    try concurrently(work.count, threads: compute.threads) { i in
      let (place, clips) = work[i], clock = ContinuousClock.now
      func entry(_ role: SubjectRole, _ frames: Frames) throws -> BenchRecord.Entry {
        var entry = BenchRecord.Entry(role, try clips.question.measure(frames))
        // Without the truth beside them nothing is made of them.
        if withControls { entry.logits = clips.question.logits(frames) }
        return entry
      }
      func empty(_ role: SubjectRole, _ reason: String) -> BenchRecord.Entry {
        BenchRecord.Entry(role, asked.metrics.reduce(into: [:]) { $0[$1.name] = .notApplicable(reason) })
      }
      let samples = try clips.samples.map {
        switch $0 {
        case .clip(let frames): try entry(.model, frames)
        case .none(let reason): empty(.model, reason)
        }
      }
      var entries = [BenchRecord.Entry.mean(.model, of: samples)]
      if samples.count > 1 { entries.append(.best(best, of: samples, asked.metrics)) }
      for (control, frames) in clips.controls {
        entries.append(
          try frames.map { try entry(.control(control), $0) }
            ?? empty(.control(control), clips.missing[control] ?? "no clip"))
      }
      asked.derive(&entries, first: samples[0])
      let seconds = ProgressLine.seconds(ContinuousClock.now - clock)
      return BenchRecord(
        id: place.id, scenario: place.scenario, cell: place.cell, entries: entries,
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
  private func nearest(_ due: [Int], _ materials: Materials, _ compute: Compute) throws -> Nearest? {
    guard let nearest = materials.nearest, withControls, !due.isEmpty else { return nil }
    let asked = asked
    let looks = try concurrently(due.count, threads: compute.threads) {
      nearest.thumbnail(try asked.truth(due[$0]))
    }
    let windows = Dictionary(
      uniqueKeysWithValues: zip(due, try nearest.windows(like: looks, threads: compute.threads)).filter { $0.1 >= 0 })
    return Nearest(windows: windows, shown: try nearest.show(Array(windows.values)))
  }
}
