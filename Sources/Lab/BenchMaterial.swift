import Bench
import Clips
import Consent
import Diffusion
import Files
import Frames
import LearnedMeasures
import Ledger
import Media
import Models
import Provenance
import Runs
import Tensors

/// What `bench` asks of a run and holds its clips against, where that is footage.
struct BenchMaterial {
  private let opened: ModelReference.Opened
  private let runs: String
  private let home: HomeFolder?

  private let cache: ContentCache

  init(_ opened: ModelReference.Opened, runs: String, cacheBytes: Int, home: HomeFolder?) {
    (self.opened, self.runs, self.home) = (opened, runs, home)
    cache = ContentCache(runs: runs, limit: cacheBytes)
  }

  /// The run's own validation split; or all clips of a file, but those that were trained on.
  /// - Throws: `Problem` when there is no run, nothing may be looked at, or all of it was trained on.
  /// - Parameter other: where the use is recorded; nil: in the run's own ledger.
  func footage(
    _ options: BenchOptions, _ looks: FootageLooks, count: Int?, recordedIn other: EvaluationLedger? = nil
  ) throws -> FootageSuite {
    guard let run = opened.run else { return try exported(options, looks, count: count, other) }
    var experiment = run.experiment, split: Split? = .validation, seen: Set<String> = []
    if let path = options.footage.map({ Disk.absolute($0) }) {
      if let own = experiment.data.first(where: { $0.path == path }) {
        experiment.data = [own]
      } else {
        experiment.data = [Experiment.Source(path: path, manifest: nil)]
        split = nil
        seen = options.takesSeenClips ? [] : try trained(run.folder)
      }
    }
    // A model that has learnt of actions is given them, wherever it learnt it.
    if opened.model.spec.takesActions { experiment.actions = experiment.actions ?? Experiment.Actions() }
    let source = try ClipSource(experiment, .evaluate, split: split, cacheBytes: 64 << 20)
    // What was made of clips that nobody grants goes.
    for gate in source.gates where !cache.isEmpty {
      let clips = gate.refused.map { gate.dataset.clips[$0.index] }
      cache.forget(clips.map { ContentCache.content($0.framesSHA256, clip: $0.id, of: gate.dataset.path) })
    }
    let ledger = other ?? EvaluationLedger(run: run, model: opened.weightsHash, home: home)
    var choice = FootageSuite.Choice(count: count)
    choice.refused = seen
    return try FootageSuite(
      source, FootageSuite.Form(opened.model.spec), choice, actions: opened.model.spec,
      looks: looks, probes: probes(run, experiment, for: source, ledger), recordedIn: ledger,
      threads: opened.model.compute.threads)
  }

  /// All clips of a file, asked of an exported model, which brings no terms and does not say what it saw.
  private func exported(
    _ options: BenchOptions, _ looks: FootageLooks, count: Int?, _ ledger: EvaluationLedger?
  ) throws -> FootageSuite {
    guard let path = options.footage else {
      throw Problem.usage(
        "an exported model names no footage", at: "--suite \(FootageSuite.word)", expected: "--data FILE",
        fix: "name a dataset it was not trained on, or bench the run it was exported from")
    }
    let spec = opened.model.spec
    let source = try ClipSource(
      options.loose.experiment(path, window: spec.frames, stride: spec.frames, takesActions: spec.takesActions),
      .evaluate, split: nil, cacheBytes: 64 << 20)
    return try FootageSuite(
      source, FootageSuite.Form(spec), FootageSuite.Choice(count: count), actions: spec, looks: looks,
      recordedIn: ledger ?? EvaluationLedger(run: nil, model: opened.weightsHash, home: home),
      threads: opened.model.compute.threads)
  }

  /// What reads the state and the actions of such data out of frames, to be fitted on the run's training clips.
  /// - Returns: nil where the data say neither; why there is none, where the training clips cannot be looked at.
  private func probes(
    _ run: Run, _ asked: Experiment, for source: ClipSource, _ ledger: EvaluationLedger
  ) -> Result<FootageProbes?, Problem> {
    let columns = Set(source.datasets.map(\.stateColumns)), spec = opened.model.spec
    guard columns.count == 1, let state = columns.first, !state.isEmpty || spec.takesActions else {
      return .success(nil)
    }
    return Result {
      var training = run.experiment
      training.actions = asked.actions
      return try FootageProbes(training, spec, state: state, recordedIn: ledger)
    }.mapError { $0 as? Problem ?? Problem("\($0)") }
  }

  /// Content of every clip that training used, that of the runs it began with and of its autoencoder's among it, as far as
  /// they lie where it found them.
  private func trained(_ folder: String, depth: Int = 0) throws -> Set<String> {
    guard depth < 16, Disk.exists(folder + "/run.json") else { return [] }
    let run = try Run(folder: folder), trail = try LedgerReader.trail(run.path(RunAudit.ledgerName))
    let own = trail.exposures.flatMap { exposure in
      exposure.clips.keys.compactMap { exposure.terms(of: $0)?.framesSHA256 }
    }
    return try [run.experiment.from, run.experiment.codec.from].compactMap { $0 }.reduce(Set(own).subtracting([""])) {
      try $0.union(trained($1, depth: depth + 1))
    }
  }

  /// The weights the run began with, where they lie.
  /// - Throws: `Problem` saying why they cannot be asked.
  func base() throws -> BenchBase {
    guard let run = opened.run else { throw Problem("an exported model does not say what it began with") }
    guard let from = run.experiment.from else { throw Problem("the model was trained from scratch") }
    let model = opened.model, base = try FrozenBase(from),
      stated = try LedgerReader.trail(run.path(RunAudit.ledgerName)).base
    guard stated.map({ $0.weightsSHA256 == base.hash || $0.sourceSHA256 == base.hash }) ?? true else {
      throw Problem("what the model began with was changed since", at: from)
    }
    let parameters = try WorldTransformer.parameters(model.spec.transformer, over: base.weights, nil, on: model.compute)
    if let spec = base.spec { try FrozenBase.copyActions(of: from, spec, into: parameters, on: model.compute) }
    return BenchBase(
      WorldModel(model.spec, parameters, model.coder, model.captions, model.pictures), weightsHash: base.hash, cache)
  }
}
