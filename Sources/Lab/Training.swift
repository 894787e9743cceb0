import Consent
import Diffusion
import Files
import Foundation
import Media
import Nets
import Tensors

/// Trains an experiment, or continues its run. The loop in `run` is the only training step in the package.
public final class Training {
  public let experiment: Experiment
  public let source: ClipSource
  public let held: HeldOut?
  public let parameters: Parameters
  public private(set) var run: Run
  private let optimizer: AdamW
  private let average: MovingAverage
  let compute: Compute
  private let console: Console

  public struct Options: Sendable {
    public var runs: String
    /// Lengthen a run to this many steps.
    public var extend: Int?
    /// Continue although another build, instruction set or BLAS would give other bits.
    public var allowDifferentBits: Bool
    public init(runs: String, extend: Int? = nil, allowDifferentBits: Bool = false) { (self.runs, self.extend, self.allowDifferentBits) = (runs, extend, allowDifferentBits) }
  }

  /// Opens data through the gate, builds the model, finds out whether the run exists. Refuses here if it will refuse at all.
  public init(_ experiment: Experiment, _ options: Options, on compute: Compute, _ console: Console) throws {
    (self.experiment, self.compute, self.console) = (experiment, compute, console)
    // Caps apart: they depend on what other runs have seen, and the run's name must not.
    let granted = try ClipSource(experiment, .fineTune, split: .train)
    let base = try experiment.from.map { try Base($0, on: compute) }
    let spec = try Self.spec(experiment, granted, base)
    try spec.requireMemory(batch: experiment.training.batch, at: experiment.name)
    held = try Self.heldOut(experiment, spec, on: compute, console)
    parameters = Parameters(on: compute) { _ = WorldTransformer(spec.transformer, $0) }
    parameters.initialise(seed: UInt64(experiment.seed))
    if let base { parameters.values.withElements { to in base.parameters.values.withElements { from in for i in to.indices { to[i] = from[i] } } } }
    optimizer = AdamW(parameters, experiment.training.optimizer)
    average = MovingAverage(parameters, decay: Float(experiment.training.average))
    let identity: Value = ["experiment": experiment.hashed, "data": .string(granted.contentHash), "granted": .string(granted.itemsHash), "base": Value(base?.hash), "model": spec.value]
    let hash = Hashing.sha256("orrery.run/1\n" + JSON.line(identity)), name = experiment.name + "-" + hash.prefix(8)
    let folder = options.runs + "/" + name
    // Only a cap needs the other runs' ledgers and a second look.
    let capped = granted.admissions.contains { $0.remainingExposures != nil }
    source = capped ? try ClipSource(experiment, .fineTune, split: .train, exposures: Self.exposures(besides: name, in: options.runs)) : granted
    // Refused here rather than when the ledger is opened.
    _ = try LedgerBody.open(source.admissions)
    let fresh = Run(folder: folder, experiment: experiment, spec: spec, hash: hash, steps: experiment.training.steps, machine: Self.machine(compute, spec))
    run = Disk.exists(folder + "/run.json") ? try Self.continued(folder, fresh, options) : fresh
    if let extend = options.extend {
      guard extend >= run.step else { throw Problem.usage("the run already has \(run.step) steps", at: run.name, fix: "give --extend more than that") }
      run.steps = max(run.steps, extend)
    }
  }

  /// Frames that the other runs have seen, as their ledgers tell: a cap is a grant's, not a run's. This run's own are left out,
  /// because continuing it replays its own count.
  private static func exposures(besides name: String, in runs: String) throws -> Exposures {
    let others = ((try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? []).sorted().filter { $0 != name }
    return try others.map { "\(runs)/\($0)/ledger.jsonl" }.filter(Disk.exists).reduce(into: Exposures()) { sum, ledger in
      sum.merge(try LedgerReader.exposures(ledger))
    }
  }

  /// What decides the bits of a step.
  static func machine(_ compute: Compute, _ spec: WorldModel.Spec) -> Value {
    ["instructions": .string(compute.instructions), "dtype": .string(compute.products(spec.transformer.products).description), "build": .string(Build.version)]
  }

  private static func continued(_ folder: String, _ fresh: Run, _ options: Options) throws -> Run {
    var run = try Run(folder: folder)
    guard run.hash == fresh.hash else { throw Problem("the folder holds another run", at: folder, fix: "rename it, or choose another --runs") }
    guard run.machine == fresh.machine || options.allowDifferentBits else {
      throw Problem("the run was trained by \(JSON.line(run.machine)); here it would continue with \(JSON.line(fresh.machine)) and other bits", at: folder,
                    fix: "continue on the machine it began on, or say --allow-different-bits")
    }
    run.machine = fresh.machine
    return run
  }

  private static func spec(_ e: Experiment, _ source: ClipSource, _ base: Base?) throws -> WorldModel.Spec {
    var captions = e.captions
    if let own = source.embedding { (captions.tokens, captions.width, captions.isGiven) = (own.tokens, own.width, true) }
    var transformer = e.transformer
    transformer.textDim = captions.width
    if let base { transformer = base.config }
    (transformer.products, transformer.recompute) = (e.training.products, e.training.recompute)
    let (f, h, w) = try e.codec.latentShape(frames: e.window, height: source.height, width: source.width, at: source.datasets[0].path)
    try transformer.check(frames: f, height: h, width: w, channels: e.codec.channels, at: e.from ?? source.datasets[0].path)
    guard transformer.textDim == captions.width, transformer.outChannels == e.codec.channels else {
      throw Problem("the base takes text of \(transformer.textDim) and gives \(transformer.outChannels) channels; the experiment has \(captions.width) and \(e.codec.channels)",
                    at: e.from, fix: "set text.width and codec to what the base was trained with")
    }
    if let other = base?.spec, other.codec != e.codec || other.objective.prediction != e.objective.prediction {
      throw Problem("the base was trained with codec \(JSON.line(other.codec.value)) to predict \(other.objective.prediction.rawValue); the experiment says otherwise", at: e.from,
                    fix: "set codec and objective.prediction to the base's")
    }
    let spec = WorldModel.Spec(transformer: transformer, codec: e.codec, objective: e.objective, captions: captions, frames: e.window, height: source.height,
                               width: source.width, context: e.levels.prefixShare > 0 ? e.levels.prefixFrames : 0, fps: source.fps.description)
    try spec.requireWhole(at: e.name)
    return spec
  }

  private static func heldOut(_ e: Experiment, _ spec: WorldModel.Spec, on compute: Compute, _ console: Console) throws -> HeldOut? {
    guard e.recording.evaluateEvery > 0 else { return nil }
    do { return try HeldOut(try ClipSource(e, .evaluate, split: .validation, cacheBytes: 64 << 20), spec, limit: 32, on: compute) } catch let problem as Problem {
      console.note("no held-out loss: \(problem.what)")
      return nil
    }
  }

  /// Trains to the last step, checkpointing on the way. - Returns: the finished (or pre-empted) run.
  /// - Throws: `Problem` on NaN, on a full disk, on a clip whose content is not what was granted.
  public func run(until interruption: Interruption = Interruption()) throws -> Run {
    let e = experiment, t = e.training, started = ContinuousClock.now, processor = Footprint.processorSeconds
    try Disk.makeFolder(run.folder)
    let lock = try FolderLock(run.folder)
    defer { lock.release() }
    FolderLock.sweep(run.folder)
    // Another process may have trained on between our first look and the lock.
    if Disk.exists(run.path("run.json")) {
      let now = try Run(folder: run.folder)
      (run.steps, run.cost, run.status) = (max(run.steps, now.steps), now.cost, now.status)
    }
    let resumed = try Checkpoint.read(run, into: parameters, optimizer, average)
    run.step = resumed?.step ?? 0
    if run.status == "done", run.step >= run.steps {
      console.note("\(run.name) has all its \(run.steps) steps; --extend STEPS lengthens it")
      return run
    }
    run.status = "running"
    try run.save()
    let cost = RunCost(before: run.cost, settings: e.energy), meter = EnergyMeter(e.energy)
    var waited = 0.0
    func settle(_ status: String) throws {
      run.status = status
      run.cost = cost.adding(wall: Progress.seconds(ContinuousClock.now - started), processor: Footprint.processorSeconds - processor, waited: waited,
                             energy: meter.energy, parameters: parameters.count, peak: Footprint.peakBytes, threads: compute.threads)
      try run.save()
    }
    var kept = run.step
    // Whatever ends the loop early, the folder says where it really stands.
    defer {
      if run.status == "running" {
        run.step = kept
        try? settle("stopped")
      }
    }
    let books = try Bookkeeping(run, source, from: run.step, head: resumed?.ledgerHead)
    let log = try EventLog(run.path("events.jsonl"), keepingBelow: run.step)
    let batches = Batches(source, seed: e.seed, size: t.batch, threads: compute.threads)
    try batches.skip(to: run.step * t.accumulate)
    let progress = console.progress("training \(run.name)", total: run.steps)
    if run.step == 0 { try observe(0, log) }

    for step in run.step..<max(run.step, run.steps) {
      let clock = ContinuousClock.now
      waited = batches.waited
      parameters.clearGradients()
      var loss = 0.0, used: [TrainingClip] = []
      for part in 0..<t.accumulate {
        let batch = try batches.batch(step * t.accumulate + part)                            // admitted by the gate
        let (partial, levels) = try gradient(batch, step: step, part: part)
        loss += partial / Double(t.accumulate)
        books.saw(batch, levels, framesPerGroup: run.spec.framesPerGroup)
        used += batch.clips
        guard loss.isFinite else { throw diverged("the loss", step, used) }
      }
      parameters.finishGradients()
      let rate = t.rate.at(step, of: run.steps)
      let norm = optimizer.step(parameters, rate: Float(rate), clip: Float(t.clip), scale: 1 / Float(t.accumulate))
      guard norm.isFinite else { throw diverged("the gradient", step, used) }
      average.update(parameters, updates: optimizer.updates)
      run.step = step + 1
      try log.append(["kind": "step", "step": Value(step), "loss": .number(loss), "norm": .number(Double(norm)), "rate": .number(rate),
                      "seconds": .number(Progress.seconds(ContinuousClock.now - clock)), "wait": .number(batches.waited - waited)])
      progress.update(run.step, "loss \(Text.short(loss))  \(Text.short(1 / max(1e-9, Progress.seconds(ContinuousClock.now - clock)))) steps/s  \(Footprint.peakBytes >> 20) MB")
      waited = batches.waited
      meter.sample()
      for clip in batches.exhausted where books.leaves(clip) { console.note("step \(step): '\(clip)' has reached its grant's max_exposures and left the training set") }
      // Before the checkpoint: what was seen of a step is in the log whenever the step is in a checkpoint.
      try observe(run.step, log)
      let last = run.step == run.steps, asked = interruption.isAsked
      if last || run.step % e.recording.checkpointEvery == 0 || asked {
        guard parameters.values.isFinite, average.values.isFinite else { throw diverged("a weight", step, used) }
        try checkpoint(books)
        kept = run.step
        try settle(last ? "done" : asked ? "stopped" : "running")
      }
      if asked && !last {
        throw Problem("stopped at step \(run.step) of \(run.steps); the checkpoint is whole", at: run.folder, fix: "run the same command again to continue", exit: .preempted)
      }
    }
    if run.status != "done" { try settle("done") }
    try books.close()
    return run
  }

  /// Loss of one micro-batch; its gradient is added to the parameters'.
  func gradient(_ batch: Batches.Batch, step: Int, part: Int) throws -> (Double, Levels) {
    let spec = run.spec, random = Random(seed: UInt64(experiment.seed), step: step, lane: part)
    let x0 = WorldModel.withPointers(batch.clips.map(\.frames.pixels)) {
      spec.codec.encode($0, frames: spec.frames, height: spec.height, width: spec.width, on: compute)
    }
    let noise = Tensor(undefined: x0.shape, on: compute)
    random.fillNormal(noise, .noise)
    let levels = experiment.levels.draw(batch: batch.clips.count, groups: spec.groups, prefix: spec.context / spec.framesPerGroup, random)
    let noisy = spec.objective.corrupt(x0, noise, levels)
    let tape = Tape()
    let y = WorldTransformer(spec.transformer, parameters.scope(tape: tape))(noisy.x, timesteps: noisy.timesteps, text: text(batch, random))
    let loss = WeightedMSE()(y, noisy.target, noisy.weight)
    let value = Double(loss.values[0])
    tape.backward(loss)
    return (value, levels)
  }

  /// [B,L,E]; a share of captions is dropped to the null embedding, so that guidance means something.
  private func text(_ batch: Batches.Batch, _ random: Random) -> Tensor {
    let c = run.spec.captions
    let values = batch.clips.enumerated().flatMap { i, clip -> [Float] in
      let dropped = random.uniform(i, .caption) < experiment.training.captionDropout
      return dropped ? c.embed(nil) : batch.embeddings?[i] ?? c.embed(clip.caption)
    }
    return Tensor(values, [batch.clips.count, c.tokens, c.width], on: compute)
  }

  private func checkpoint(_ books: Bookkeeping) throws {
    try books.flush(run.step)
    let hash = try parameters.write(average.values, metadata: [("orrery", "weights/1"), ("step", String(run.step)), ("run", run.hash), ("weights", "ema"), ("ledger_head", books.head)],
                                    to: run.path("weights.safetensors"))
    try books.bind(run.step, weights: hash)
    try Checkpoint.write(run, step: run.step, parameters, optimizer, average, ledgerHead: books.head)
  }

  /// Held-out loss and sample grids, at their own cadence; neither touches the state of training.
  private func observe(_ step: Int, _ log: EventLog) throws {
    let r = experiment.recording
    func due(_ every: Int) -> Bool { every > 0 && (step % every == 0 || step == run.steps) }
    guard due(r.evaluateEvery) || due(r.sampleEvery) else { return }
    // The average stands in for the weights while we look, and the weights come back untouched.
    let kept = parameters.values.copy()
    parameters.values.scaleAndAdd(0, 1, average.values)
    defer { parameters.values.scaleAndAdd(0, 1, kept) }
    if due(r.evaluateEvery), let held {
      let losses = held.losses(run.spec, parameters)
      try log.append(["kind": "held_out", "step": Value(step), "loss": .number(losses.reduce(0, +) / Double(losses.count)), "losses": .array(losses.map { .number($0) })])
    }
    if due(r.sampleEvery) { try SampleGrid.write(WorldModel(run.spec, parameters), experiment, to: run.path("samples/step-\(Text.padded(step, 8)).png")) }
  }

  private func diverged(_ what: String, _ step: Int, _ clips: [TrainingClip]) -> Problem {
    let clips = clips.map { "\($0.admission.clip) [\($0.range.lowerBound)…\($0.range.upperBound))" }.joined(separator: ", ")
    return Problem("\(what) is not a finite number at step \(step), on the clips \(clips)", at: run.folder, expected: "a finite loss",
                   fix: "lower train.rate or train.clip, or raise train.warmup; the last good checkpoint is kept")
  }
}

/// One process a run: a second one would tear the checkpoints.
struct FolderLock {
  private let file: Int32

  init(_ folder: String) throws {
    file = open(folder + "/.lock", O_RDWR | O_CREAT, 0o644)
    guard file >= 0 else { throw Disk.writeProblem(folder + "/.lock", errno) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      close(file)
      throw Problem("another process is training this run", at: folder, fix: "wait for it, or stop it")
    }
  }

  func release() { close(file) }

  /// Removes what killed processes left half-written. Only for whoever holds the lock.
  static func sweep(_ folder: String) {
    for place in [folder, folder + "/checkpoints", folder + "/samples"] {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? [] where name.hasPrefix(".") && name.hasSuffix(".part") { unlink(place + "/" + name) }
    }
  }
}

/// The weights an experiment starts from.
struct Base {
  let config: WorldTransformerConfig
  let parameters: Parameters
  let hash: String
  /// What surrounded the weights, when the base says.
  let spec: WorldModel.Spec?

  /// - Parameter path: a run's folder, an export, or a diffusers transformer folder.
  init(_ path: String, on compute: Compute) throws {
    if Disk.exists(path + "/run.json") {
      let model = try Run(folder: path).model(on: compute)
      (config, parameters, spec) = (model.spec.transformer, model.parameters, model.spec)
      hash = try Safetensors(path: path + "/weights.safetensors").bufferHash
    } else {
      let folder = Disk.isFolder(path + "/transformer") ? path + "/transformer" : path
      spec = ExportedModel.isOne(path) ? try ExportedModel.open(path, on: compute).model.spec : nil
      (config, parameters) = try ModelFolder.open(folder, on: compute)
      hash = try Safetensors(path: folder + "/" + ModelFolder.weightsName).bufferHash
    }
  }
}

extension Tensor {
  /// No element is NaN or infinite.
  fileprivate var isFinite: Bool {
    // x·0 is NaN for those two and ±0 for all others.
    withElements { $0.reduce(Float(0)) { $0 + $1 * 0 } } == 0
  }
}
