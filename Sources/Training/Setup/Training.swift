import Clips
import Consent
import Diffusion
import Files
import Foundation
import Frames
import Ledger
import Media
import Models
import Nets
import Runs
import Tensors

/// Trains an experiment, or continues its run. `TrainingRun` has the loop; the step is here.
public final class Training {
  public let experiment: Experiment
  /// The clips as they stood when the training was opened.
  public let source: ClipSource
  public let held: HeldOut?
  /// Visits the experiment's suites during training; a world model's.
  let observer: (any TrainingObserver)?
  /// What it has beside its weights, when an autoencoder is trained.
  private let autoencoder: AutoencoderParts?
  /// The weights it begins with, where they are not its own, and what is on record of them.
  package let base: LedgerBase?
  /// What is on record of the autoencoder in whose latents it is trained.
  package let codecOrigin: LedgerBase?
  /// Of its data buffer.
  package let baseHash: String?
  /// Makes the vectors of captions.
  let captions: CaptionVectors
  public let parameters: Parameters
  package let gradients: Gradients
  public internal(set) var run: Run
  package let options: Options
  package let optimizer: AdamW
  package let average: MovingAverage
  package let compute: Compute
  /// The codec at work, and what it made of clips.
  package let coder: ClipCoder
  private let pictures: PictureCoder?
  package let latents: ClipLatents
  package let console: Console

  public struct Options: Sendable {
    public var runs: String
    /// Lengthen a run to this many steps.
    public var extend: Int?
    /// Whether a lengthened run holds the rate it ended with, instead of laying its schedule anew.
    public var holdsRate = false
    /// Continue although another build or instruction set would give other bits.
    public var allowDifferentBits: Bool
    /// Most bytes of latents that are kept beside the runs, for codecs that are autoencoders; 0 keeps none.
    public var cacheBytes = 20 << 30
    /// Where the key is kept that signs ledgers; nil takes the person's own.
    public var home: HomeFolder?
    /// What time it is: grants begin and end by it.
    package var clock: @Sendable () -> Moment = Moment.now
    public init(runs: String, extend: Int? = nil, allowDifferentBits: Bool = false, home: HomeFolder? = nil) {
      (self.runs, self.extend, self.allowDifferentBits, self.home) = (runs, extend, allowDifferentBits, home)
    }

    /// - Throws: `Problem` when the environment names none.
    package func ownHome() throws -> HomeFolder {
      try home ?? HomeFolder(environment: ProcessInfo.processInfo.environment)
    }
  }

  /// Opens data through the gate, builds the model, finds out whether the run exists. Refuses here if it will refuse at
  /// all.
  /// - Parameter observing: who visits the experiment's suites.
  public init(
    _ experiment: Experiment, _ options: Options, observing: TrainingObserving, on compute: Compute, _ console: Console
  ) throws {
    var experiment = experiment
    coder = try ClipCoder(experiment.codec, on: compute)
    experiment.codec = coder.codec
    experiment.captions = try experiment.captions.resolved(on: compute)
    if let perceptual = experiment.autoencoder?.perceptual {
      experiment.autoencoder?.perceptual = try perceptual.resolved()
    }
    (self.options, self.compute, self.console) = (options, compute, console)
    // Caps apart: they depend on what other runs have seen, and the run's name must not.
    let granted = try ClipSource(experiment, .fineTune, split: .train, clock: options.clock)
    let base = try experiment.from.map {
      try Base(
        $0, isFrozen: experiment.lora != nil, autoencoder: experiment.codec.from, on: compute)
    }
    self.base = try base.map { try $0.origin(in: options.runs, home: options.ownHome()) }
    if let origin = self.base, origin.hasUnknownRoots { console.note("note: \(experiment.name) " + origin.text) }
    if let base { experiment.pictures = try experiment.pictures.resolved(for: base.config, on: compute) }
    self.experiment = experiment
    codecOrigin = try experiment.codec.from.map {
      try WeightsOrigin.find(
        AutoencoderFile.folder($0), runs: RunsFolder(path: options.runs), home: options.ownHome())
    }
    var product: RunProduct =
      experiment.kind == .autoencoder
      ? .autoencoder(try AutoencoderSpec(experiment, granted)) : .world(try Self.spec(experiment, granted, base))
    let found = try Identity(experiment, granted, base: base?.hash, model: product.unmeasured).run(options)
    for problem in found.unreadable {
      console.note("note: a run of \(experiment.name) is passed over, its ledger does not hold: \(problem.description)")
    }
    if case .world(var spec) = product, spec.takesActions {
      // What a run measured of its data when it began stays, whoever has left since.
      let begun = try? Run(folder: options.runs + "/" + found.name)
      if let old = begun?.product.world, begun?.hash == found.hash {
        spec.take(old.actions)
      } else {
        spec.take(try Self.measured(spec.actions, experiment, granted, base))
      }
      product = .world(spec)
    }
    let spec = product.world
    var embedder = spec?.captions ?? experiment.captions
    embedder.from = experiment.captions.from
    captions = CaptionVectors(embedder, on: compute)
    var encoder = spec?.pictures ?? PictureEncoder()
    encoder.from = experiment.pictures.from
    let pictures = spec.map { [coder] in PictureCoder(encoder, $0.transformer, coder, on: compute) }
    self.pictures = pictures
    if compute.products(product.products) != product.products {
      console.note(
        "this processor does not multiply \(product.products) (\(compute.instructions)); products are f32, the weights will differ from a run that had it"
      )
    }
    try spec?.requireMemory(
      batch: experiment.training.batch, isFrozen: experiment.lora != nil, recompute: experiment.training.recompute,
      perParameter: experiment.training.bytesPerParameter, at: experiment.name)
    latents = ClipLatents(
      coder, spec?.takesPictures ?? false ? pictures : nil, product.clip,
      ContentCache(runs: options.runs, limit: options.cacheBytes), on: compute)
    switch product {
    case .world(let spec):
      held = try Self.heldOut(experiment, spec, latents, captions, clock: options.clock, on: compute, console)
      observer = try observing(experiment, spec, granted.datasets)
      autoencoder = nil
      if let frozen = base?.frozen, experiment.memory.streams(frozen.byteCount) {
        WorldTransformer.stream(frozen, spec.transformer)
      }
      parameters =
        try base?.frozen.map {
          try WorldTransformer.parameters(spec.transformer, over: $0, experiment.lora, on: compute)
        } ?? WorldTransformer.parameters(spec.transformer, on: compute)
    case .autoencoder(let spec):
      (held, observer) = (nil, nil)
      autoencoder = try AutoencoderParts(experiment, spec, clock: options.clock, on: compute, console)
      parameters = Models.Autoencoder.parameters(spec.config, on: compute)
    }
    parameters.initialise(seed: UInt64(experiment.seed))
    if let spec = product.autoencoder { spec.config.quieten(parameters) }
    try base?.put(into: parameters, on: compute)
    baseHash = base?.hash
    gradients = Gradients(of: parameters)
    optimizer = AdamW(parameters, experiment.training.optimizer, seed: UInt64(experiment.seed))
    average = MovingAverage(parameters, decay: Float(experiment.training.average))
    let (hash, name, folder) = (found.hash, found.name, options.runs + "/" + found.name)
    let capped = granted.admissions.contains { $0.remainingExposures != nil }
    // The other runs' ledgers are read for a cap alone.
    let others =
      capped ? try RunsFolder(path: options.runs).exposuresSoFar(besides: name, home: options.ownHome()) : Exposures()
    source =
      !capped && found.began.isEmpty
      ? granted
      : try ClipSource(
        experiment, .fineTune, split: .train, including: found.began.union(granted.clips), exposures: others,
        clock: options.clock)
    if !latents.cache.isEmpty {
      latents.forgetWithdrawn([
        granted.gates, try ConsentDocuments(experiment, granted.datasets).gates(.evaluate, at: options.clock()),
      ])
    }
    // Refused here rather than when the ledger is opened.
    _ = try LedgerBody.open(source.admissions.map(\.terms))
    let fresh = Run(
      folder: folder, experiment: experiment, product: product, hash: hash, steps: experiment.training.steps,
      machine: RunMachine(compute, products: product.products))
    run = Disk.exists(folder + "/run.json") ? try Self.continued(folder, fresh, options) : fresh
    if let extend = options.extend {
      guard extend >= run.step else {
        throw Problem.usage("the run already has \(run.step) steps", at: run.name, fix: "give --extend more than that")
      }
      if extend > run.steps {
        if !options.holdsRate { run.schedule = extend }
        run.steps = extend
      }
    }
  }

  private static func continued(_ folder: String, _ fresh: Run, _ options: Options) throws -> Run {
    var run = try Run(folder: folder)
    guard run.hash == fresh.hash else {
      throw Problem("the folder holds another run", at: folder, fix: "rename it, or choose another --runs")
    }
    guard run.machine == fresh.machine || options.allowDifferentBits else {
      throw Problem(
        "the run was trained by \(JSON.line(run.machine.value)); here it would continue with \(JSON.line(fresh.machine.value)) and other bits",
        at: folder,
        fix: "continue on the machine it began on, or say --allow-different-bits")
    }
    run.machine = fresh.machine
    run.experiment = run.experiment.lying(as: fresh.experiment)
    // How memory is spent is this session's choice.
    run.product = fresh.product
    return run
  }

  private static func spec(_ e: Experiment, _ source: ClipSource, _ base: Base?) throws -> WorldModel.Spec {
    var captions = e.captions
    // Where an encoder lies is the experiment's: a model is the same wherever that is.
    captions.from = nil
    if let own = source.embedding {
      captions = CaptionEmbedder(tokens: own.tokens, width: own.width)
      captions.isGiven = true
    }
    var transformer = e.transformer
    transformer.textDim = captions.width
    if let base { transformer = base.config }
    transformer.actions = []
    (transformer.products, transformer.recompute) = (e.training.products, e.training.recompute)
    // What is streamed is not there for a backward pass, so blocks are run again.
    if let frozen = base?.frozen, e.memory.streams(frozen.byteCount) { transformer.recompute = true }
    _ = try e.codec.latentShape(
      frames: e.window, height: source.height, width: source.width, patch: transformer.patchSize,
      at: source.datasets[0].path)
    try transformer.require(
      e.codec, frames: e.window, height: source.height, width: source.width, at: e.from ?? source.datasets[0].path)
    guard transformer.textDim == captions.width, transformer.outChannels == e.codec.channels else {
      throw Problem(
        "the base takes text of \(transformer.textDim) and gives \(transformer.outChannels) channels; the experiment has \(captions.width) and \(e.codec.channels)",
        at: e.from, fix: "set text.width and codec to what the base was trained with")
    }
    if let other = base?.spec, !other.codec.isSame(as: e.codec) || other.objective.prediction != e.objective.prediction
    {
      throw Problem(
        "the base was trained with codec \(JSON.line(other.codec.value)) to predict \(other.objective.prediction.rawValue); the experiment says otherwise",
        at: e.from,
        fix: "set codec and objective.prediction to the base's")
    }
    // A path is this machine's.
    var codec = e.codec
    codec.from = nil
    // Pictures stand beside the noise: no latent is clean.
    let given = transformer.takesPictures ? 1 : e.levels.prefixShare > 0 ? e.levels.prefixFrames : 0
    var spec = WorldModel.Spec(
      transformer: transformer, codec: codec, objective: e.objective, captions: captions, frames: e.window,
      height: source.height,
      width: source.width, context: given, fps: source.fps.description)
    spec.pictures = e.pictures.placeless
    spec.take(try Self.spaces(e, source, base))
    try spec.requireWhole(at: e.name)
    return spec
  }

  /// The action spaces of the data, those of which nothing was measured as they are called; those the base knows are the
  /// base's, in whose numbers it has learnt.
  private static func spaces(_ e: Experiment, _ source: ClipSource, _ base: Base?) throws -> [ActionSpace] {
    let known = base?.spec?.actions ?? []
    let own = try source.actionSpaces(e.actions).map { space in
      guard let old = known.first(where: { $0.name == space.name }) else { return space }
      try old.require(
        space.columns.map(\.name), units: space.columns.map(\.unit), fps: space.fps, at: e.name)
      return old
    }
    // What the base knows besides stays in its weights.
    return own + known.filter { old in !own.contains { $0.name == old.name } }
  }

  /// The spaces of a run that begins, as its data are; of those the base knows the data hold what it can be told.
  private static func measured(
    _ spaces: [ActionSpace], _ e: Experiment, _ source: ClipSource, _ base: Base?
  ) throws -> [ActionSpace] {
    guard let said = e.actions else { return spaces }
    let fit = ActionFit(said, source), known = base?.spec?.actions ?? []
    return try spaces.map { space in
      guard known.contains(space) else { return try fit.measured(space) }
      try fit.requireKnown(space)
      return space
    }
  }

  private static func heldOut(
    _ e: Experiment, _ spec: WorldModel.Spec, _ latents: ClipLatents, _ captions: CaptionVectors,
    clock: @escaping @Sendable () -> Moment, on compute: Compute, _ console: Console
  ) throws -> HeldOut? {
    let limits =
      e.evaluations.filter(\.isHeldOut).map { $0.count ?? HeldOut.limit }
      + (e.recording.evaluateEvery > 0 || spec.takesActions ? [HeldOut.limit] : [])
    guard let limit = limits.max() else { return nil }
    do {
      return try HeldOut(
        try ClipSource(e, .evaluate, split: .validation, cacheBytes: 64 << 20, clock: clock), spec, latents, captions,
        levels: e.levels, limit: limit, on: compute)
    } catch let problem as Problem {
      console.note("no held-out loss: \(problem.what)")
      return nil
    }
  }

  /// What the loop trains.
  package var subject: any TrainingSubject {
    switch (run.product, autoencoder) {
    case (.autoencoder(let spec), let parts?): AutoencoderSubject(self, spec, parts)
    case (.world(let spec), _): WorldSubject(self, spec)
    case (.autoencoder, nil): preconditionFailure("an autoencoder without its parts")
    }
  }

  /// The model as it stands, to be used. - Parameter spec: of this training.
  package func model(_ spec: WorldModel.Spec) -> WorldModel { WorldModel(spec, parameters, coder, captions, pictures) }

  /// Loss of one micro-batch; its gradient is added to `gradients`.
  package func gradient(_ batch: Batches.Batch, step: Int, part: Int) throws -> (Double, Levels) {
    let spec = try run.spec, random = Random(seed: UInt64(experiment.seed), step: step, lane: part)
    let clips = batch.clips.map { ($0.frames.pixels, $0.admission) }, x0 = try latents(clips)
    let picture = try latents.pictures(
      clips, leftOut: clips.indices.map { random.uniform($0, .picture) < experiment.training.pictureDropout })
    let noise = Tensor(undefined: x0.shape, on: compute)
    random.fillNormal(noise, .noise)
    let levels = experiment.levels.draw(
      batch: batch.clips.count, groups: spec.groups, prefix: spec.cleanGroups(given: spec.context), random)
    let noisy = spec.objective.corrupt(x0, noise, levels)
    let text = try text(batch, random), actions = try actions(batch, spec, random), tape = Tape()
    let y = WorldTransformer(spec.transformer, parameters, recording: tape, into: gradients, dropout: random)(
      picture?.beside(noisy.x) ?? noisy.x, timesteps: noisy.timesteps, text: text, image: picture?.tokens,
      actions: actions)
    let loss = WeightedMSE()(y, noisy.target, noisy.weight)
    let value = Double(loss.values[0])
    tape.backward(loss)
    return (value, levels)
  }

  /// What the transformer takes of the clips' actions; a share of them is left out, so that guidance means something.
  private func actions(_ batch: Batches.Batch, _ spec: WorldModel.Spec, _ random: Random) throws -> [Tensor] {
    guard spec.takesActions else { return [] }
    let dropout = experiment.actions ?? Experiment.Actions()
    let tracks = try batch.clips.enumerated().map { i, clip in
      try spec.track(clip.actions, frames: spec.frames, at: clip.admission.clip).dropping(
        frame: dropout.dropout, clip: dropout.clipDropout, random, sample: i)
    }
    return spec.actionInputs(tracks, on: compute)
  }

  /// [B,L,E]; a share of captions is dropped to the null embedding, so that guidance means something.
  private func text(_ batch: Batches.Batch, _ random: Random) throws -> Tensor {
    let c = try run.spec.captions
    let values = try batch.clips.enumerated().flatMap { i, clip -> [Float] in
      let dropped = random.uniform(i, .caption) < experiment.training.captionDropout
      return try dropped ? captions.values(nil) : batch.embeddings?[i] ?? captions.values(clip.caption)
    }
    return Tensor(values, [batch.clips.count, c.tokens, c.width], on: compute)
  }
}
