import Clips
import Consent
import Diffusion
import Files
import Foundation
import Frames
import Ledger
import Measures
import Media
import Nets
import Runs
import Tensors

/// One process's part of a training. The loop in `advance` and the step in `step` are the only ones in the package.
package final class TrainingLoop {
  private let training: Training
  private let subject: any TrainingSubject
  private let books: Bookkeeping
  private let consent: RunConsent
  private let log: EventLog
  private let progress: ProgressLine
  private var batches: Batches
  /// Steps in the newest checkpoint.
  private var kept: Int
  private let started = ContinuousClock.now, processor = Footprint.processorSeconds
  /// What the sessions before this one cost.
  private let cost: RunCost
  private let meter: EnergyMeter
  /// Seconds waited for batches that have been set up anew since.
  private var waited = 0.0
  private var reading: FirstReading
  /// Clips that left because they were changed, and how many of them are told of one by one.
  private var changes = 0
  private static let mostTold = 3
  /// Clips of the last step, for whoever asks what made it diverge.
  private var lastUsed: [TrainingClip] = []

  private var run: Run {
    get { training.run }
    set { training.run = newValue }
  }
  private var experiment: Experiment { training.experiment }

  /// - Parameter ledgerHead: what the checkpoint names; nil when the run begins.
  package init(_ training: Training, ledgerHead: String?) throws {
    self.training = training
    training.run.status = .running
    try training.run.save()
    let run = training.run, home = try training.options.ownHome()
    (kept, subject) = (run.step, training.subject)
    (cost, meter) = (run.cost, EnergyMeter(training.experiment.energy))
    reading = FirstReading(of: training.source.clips.count, before: Self.hashing(training.source))
    do {
      books = try Bookkeeping(
        run, key: KeyRing(home).openOrMake(RunKey.name), base: training.base, codec: training.codecOrigin, home: home,
        from: run.step,
        head: ledgerHead)
      consent = RunConsent(
        training.source, training.experiment, run, books, home: home, clock: training.options.clock)
      log = try EventLog(run.path("events.jsonl"), keepingBelow: run.step)
      batches = Batches(
        training.source, seed: training.experiment.seed, size: training.experiment.training.batch,
        threads: training.compute.threads)
      progress = training.console.progress("training \(run.name)", total: run.steps)
    } catch {
      training.run.status = .stopped
      try? training.run.save()
      throw error
    }
  }

  /// States by whose leave the run goes on, and looks at the weights it begins with.
  package func begin() throws {
    try review(starting: true)
    if let jump = training.rateJump {
      training.console.note("note: " + jump.text + "; --hold-rate with --extend goes on at the rate it ended with")
      try log.append(.rateJump(step: jump.step, before: jump.before, after: jump.after))
    }
    if run.step == 0 { try observe() }
  }

  /// One step, and what is due after it.
  func advance(_ interruption: Interruption) throws {
    // A grant may have ended since the last checkpoint: then the next one is now.
    if let end = consent.nextExpiry, training.options.clock() >= end { try withdrawEarly() } else { try recheck() }
    let clock = ContinuousClock.now, mark = batches.mark, wait = batches.waited, done: Step
    do { done = try step() } catch let ended as GrantEnded {
      batches.rewind(to: mark)
      guard try withdrawEarly() else {
        throw Problem(
          "a grant of the clip '\(ended.clip)' ended, and the manifest does not say so", at: run.folder,
          fix: "check the manifest and the machine's clock")
      }
      return
    } catch let changed as ContentChanged {
      // As a withdrawal does: at a checkpoint of this very step, so that a resumed run draws the same.
      batches.rewind(to: mark)
      try withdrawEarly(changed)
      return
    } catch is NoClipLeft {
      if run.step > kept { try checkpoint() }
      throw noClipLeft()
    }
    try record(done, seconds: ProgressLine.seconds(ContinuousClock.now - clock), wait: batches.waited - wait)
    // Before the checkpoint: what was seen of a step is in the log whenever the step is in a checkpoint.
    try observe()
    let last = run.step == run.steps, asked = interruption.isAsked
    guard last || run.step % experiment.recording.checkpointEvery == 0 || asked else { return }
    try checkpoint()
    if last { return try finish() }
    try recordStatus(asked ? .stopped : .running)
    guard !asked else {
      throw Problem(
        "stopped at step \(run.step) of \(run.steps); the checkpoint is whole", at: run.folder,
        fix: "run the same command again to continue", exit: .preempted)
    }
    try review()
  }

  package func finish() throws {
    try subject.finish()
    try books.close()
    try recordStatus(.done)
  }

  /// Whatever ended the loop early, the folder says where it really stands.
  package func stopped() {
    guard run.status == .running else { return }
    run.step = kept
    try? recordStatus(.stopped)
  }
}

// MARK: - a step

extension TrainingLoop {
  /// What a step gave.
  private struct Step { let loss: Double, norm: Double, rate: Double, spent: [String] }

  /// Draws, differentiates, updates. Nothing is changed but gradients until every micro-batch was read.
  private func step() throws -> Step {
    let t = experiment.training, step = run.step, gradients = training.gradients
    gradients.clear()
    var loss = 0.0, used: [TrainingClip] = [], usages: [[String: Usage]] = [], spent: [String] = []
    for part in 0..<t.accumulate {
      let batch = try batches.batch(step * t.accumulate + part)  // admitted by the gate
      let (partial, usage) = try subject.gradient(batch, step: step, part: part)
      loss += partial / Double(t.accumulate)
      usages.append(usage)
      used += batch.clips
      spent += batch.spent
      guard loss.isFinite else { throw diverged("the loss", step, used) }
    }
    gradients.finish()
    let rate = t.rate.at(min(step, run.schedule - 1), of: run.schedule)
    let norm = training.optimizer.step(
      training.parameters, gradients, rate: Float(rate), clip: Float(t.clip), scale: 1 / Float(t.accumulate))
    guard norm.isFinite else { throw diverged("the gradient", step, used) }
    training.average.update(training.parameters, updates: training.optimizer.updates)
    for usage in usages { books.record(exposures: usage) }
    lastUsed = used
    run.step = step + 1
    return Step(loss: loss, norm: Double(norm), rate: rate, spent: spent)
  }

  private func record(_ done: Step, seconds: Double, wait: Double) throws {
    try log.append(
      .step(
        RunEvent.Step(
          step: run.step - 1, loss: done.loss, norm: done.norm, rate: done.rate, seconds: seconds, wait: wait)))
    let verified = reading.take(lastUsed.map(\.admission.clip), seconds: Self.hashing(consent.source))
    progress.update(
      run.step,
      "loss \(Text.short(done.loss))  \(Text.short(1 / max(1e-9, seconds))) steps/s  \(Footprint.peakBytes >> 20) MB"
        + (reading.detail.map { "  " + $0 } ?? ""))
    if let verified { training.console.note("step \(run.step - 1): " + verified) }
    meter.sample()
    for clip in done.spent {
      try log.append(.cap(step: run.step, clip: clip))
      training.console.note(
        "step \(run.step - 1): '\(clip)' has reached its grant's max_exposures and left the training set")
    }
  }

  /// Seconds the datasets' pixels have been hashed and tagged for, all threads together.
  private static func hashing(_ source: ClipSource) -> Double {
    source.datasets.reduce(0) { $0 + $1.costs.verify }
  }

  private func diverged(_ what: String, _ step: Int, _ clips: [TrainingClip]) -> Problem {
    let clips = clips.map { "\($0.admission.clip) [\($0.range.lowerBound)…\($0.range.upperBound))" }.joined(
      separator: ", ")
    return Problem(
      "\(what) is not a finite number at step \(step), on the clips \(clips)", at: run.folder,
      expected: "a finite loss",
      fix: "lower train.rate or train.clip, or raise train.warmup; the last good checkpoint is kept")
  }
}

// MARK: - what is due after a step

extension TrainingLoop {
  private func checkpoint() throws {
    let t = training
    try t.parameters.frozen?.requireUnchanged()
    try subject.requireUnchanged()
    guard t.parameters.values.isFinite, t.average.values.isFinite else {
      throw diverged("a weight", run.step - 1, lastUsed)
    }
    let measured =
      run.step == run.steps
      ? try withAverage { try subject.measure(lastUsed, of: consent.source, recordedIn: books) } : []
    try books.flush(run.step)
    var metadata = [
      ("orrery", "weights/1"), ("step", String(run.step)), ("run", run.hash), ("weights", "ema"),
      ("ledger_head", books.head),
    ]
    // Adapters mean nothing without the weights they were trained beside.
    if experiment.lora != nil, let base = t.baseHash { metadata.append((Run.baseKey, base)) }
    metadata += measured
    let hash = try t.parameters.write(t.average.values, metadata: metadata, to: run.path("weights.safetensors"))
    try books.bind(run.step, weights: hash)
    try Checkpoint.write(run, step: run.step, t.parameters, t.optimizer, t.average, ledgerHead: books.head)
    kept = run.step
  }

  /// Writes down where the run stands and what it has cost.
  private func recordStatus(_ status: Run.Status) throws {
    training.run.status = status
    training.run.cost = cost.adding(
      RunCost.Session(
        wall: ProgressLine.seconds(ContinuousClock.now - started), processor: Footprint.processorSeconds - processor,
        waited: waited + batches.waited, energy: meter.energy, parameters: training.parameters.count,
        peak: Footprint.peakBytes, threads: training.compute.threads),
      experiment.energy)
    try run.save()
  }

  /// Held-out loss and sample grids, at their own cadence; neither touches the state of training.
  private func observe() throws {
    let r = experiment.recording, step = run.step
    func due(_ every: Int) -> Bool { every > 0 && (step % every == 0 || step == run.steps) }
    let entries = experiment.evaluations.filter { $0.isHeldOut && $0.isDue(step, of: run.steps) },
      suites = subject.isVisited(step, of: run.steps)
    let isLast = step == run.steps
    guard due(r.evaluateEvery) || due(r.sampleEvery) || !entries.isEmpty || suites || isLast else { return }
    try withAverage {
      if due(r.evaluateEvery) { try evaluate(step) }
      for entry in entries { try evaluate(step, entry) }
      if isLast { try judgeFollowing(step) }
      if suites {
        for event in try subject.visits(step, of: run.steps, recordedIn: books) { try log.append(event) }
      }
      if due(r.sampleEvery) {
        try subject.drawSheet(
          step, recordedIn: books, to: run.path("samples/step-\(Text.padded(step, 8)).png"))
      }
    }
  }

  /// Whether the model listens to the actions it was trained with.
  private func judgeFollowing(_ step: Int) throws {
    try withdrawHeldOut(nil)
    guard let found = try subject.following(step: step, recordedIn: books) else { return }
    try log.append(.following(found))
    if found.verdict != .follows { training.console.note("WARNING: the model " + found.text) }
  }

  /// The average stands in for the weights while we look, and the weights come back untouched.
  private func withAverage<T>(_ body: () throws -> T) rethrows -> T {
    try training.average.standingIn(for: training.parameters, body)
  }

  /// The held-out loss; of an entry, or at the run's own cadence.
  private func evaluate(_ step: Int, _ entry: Evaluation? = nil) throws {
    try withdrawHeldOut(nil)
    guard subject.heldOutCount > 0 else { return }
    let limit = min(subject.heldOutCount, entry.map { $0.count ?? HeldOut.limit } ?? HeldOut.limit)
    let found = try subject.heldOutLoss(limit: limit, step: step, recordedIn: books)
    guard let entry else { return try log.append(.heldOut(found)) }
    let estimate = Estimate(
      of: found.losses, protocol: MetricProtocol(HeldOutLosses.metric),
      unit: experiment.kind == .autoencoder ? "" : HeldOutLosses.unit)
    let figure = RunEvent.Visit.Figure(
      metric: HeldOutLosses.metric, value: estimate.value, low: estimate.low, high: estimate.high, n: estimate.n)
    try log.append(
      .evaluation(
        RunEvent.Visit(
          step: step, name: entry.name, suite: entry.suite, count: limit, primaries: [HeldOutLosses.metric],
          levels: found.levels, rows: [.init(subject: RunEvent.Visit.model, figures: [figure])])))
  }
}

// MARK: - consent

extension TrainingLoop {
  /// Looks at the consent documents again: who left is logged, and the walk goes on past them.
  /// - Parameter changed: a clip that is not what was granted any more.
  /// - Returns: whether anything changed.
  @discardableResult private func review(
    starting: Bool = false, _ changed: ContentChanged? = nil
  ) throws -> Bool {
    if let gates = try subject.heldOutGates(at: training.options.clock()) { try withdrawHeldOut(gates) }
    let found: RunConsent.Review?
    do { found = try consent.review(at: run.step, starting: starting, changed) } catch is NoClipLeft {
      throw noClipLeft()
    }
    guard let review = found else { return false }
    for clip in review.left {
      try log.append(.left(step: run.step, clip: clip.clip, grant: clip.grant, reasons: clip.reasons))
    }
    training.latents.forget(review.left.map(\.clip), of: consent.source)
    tell(review.left, changed)
    guard let walk = review.walk else { throw noClipLeft() }
    waited += batches.waited
    batches = Batches(consent.source, walk, threads: training.compute.threads)
    return true
  }

  /// Who left, on the console. A file that was changed as a whole loses its clips one by one: the first few speak for it.
  private func tell(_ left: [RunConsent.Departure], _ changed: ContentChanged?) {
    guard let first = left.first else { return }
    if changed != nil { changes += 1 }
    guard changed == nil || changes <= Self.mostTold else {
      if changes == Self.mostTold + 1 {
        training.console.note("step \(run.step): more clips were changed; the ledger and events.jsonl name them all")
      }
      return
    }
    let others = left.count == 1 ? "" : " and \(left.count - 1) more"
    let why = first.reasons.first?.code == .contentChanged ? "" : " lost the grant and"
    training.console.note(
      "step \(run.step): '\(first.clip)'\(others)\(why) left the training set: \(first.reasons.first?.sentence ?? "see the ledger")"
    )
    if let changed {
      training.console.note("  \(changed.problem.place ?? first.clip); to fix: \(changed.reason.fix)")
    }
  }

  /// The next checkpoint is now: a grant in use has ended, or a clip has changed. - Returns: whether anything changed.
  @discardableResult private func withdrawEarly(_ changed: ContentChanged? = nil) throws -> Bool {
    if run.step > kept {
      try checkpoint()
      try recordStatus(.running)
    }
    return try review(changed)
  }

  /// Looks for withdrawals once `consent.recheck` has gone by. Whoever has to leave leaves now, at a checkpoint of this
  /// very step, so that a resumed run draws the same; so it is when the documents cannot be read.
  private func recheck() throws {
    guard consent.isDue else { return }
    var isWithdrawn: Bool
    do {
      isWithdrawn = try consent.isAnyWithdrawn()
      if !isWithdrawn, let gates = try subject.heldOutGates(at: training.options.clock()) { try withdrawHeldOut(gates) }
    } catch is Problem { isWithdrawn = true }
    if isWithdrawn { try withdrawEarly() }
  }

  private func withdrawHeldOut(_ gates: [Gate]?) throws {
    let left = subject.keepHeldOut(gates, at: training.options.clock())
    guard !left.isEmpty else { return }
    training.latents.forget(left, of: consent.source)
    try log.append(.heldOutLeft(step: run.step, clips: left))
    training.console.note(
      "step \(run.step): \(left.count) held-out clips lost the grant for evaluating; held-out loss goes on with \(subject.heldOutCount)"
    )
  }

  private func noClipLeft() -> Problem {
    Problem(
      "no clip is left to train on at step \(run.step) of \(run.steps): every clip has reached the exposure cap of its grant, has lost its grant, or was changed; the checkpoint is whole",
      at: run.folder,
      fix: "ask for a higher max_exposures or for new grants; what was used: "
        + Shell.orrery(["consent", "ledger", run.name]))
  }
}

extension Tensor {
  /// No element is NaN or infinite.
  fileprivate var isFinite: Bool {
    // x·0 is NaN for those two and ±0 for all others.
    withElements { $0.reduce(Float(0)) { $0 + $1 * 0 } } == 0
  }
}
