import Consent
import Diffusion
import Files
import Foundation
import Models
import Nets

/// One experiment, resolved: every default written out. `run.json` holds it, and its hash names the run.
public struct Experiment: Sendable, Equatable {
  public var name = ""
  public var seed = 0
  public var data: [Source] = []
  /// Frames a training window has, frames between the starts of windows, and the size asked of the data.
  public var window = 16, stride = 16
  public var consent = ConsentTerms()
  /// A model folder or a run to start from, absolute; nil starts from scratch.
  public var from: String?
  /// Train adapters beside the base's weights, which stay as they are; nil trains all weights.
  public var lora: LoRA?
  public var model = ModelSizes()
  public var codec = Codec()
  public var objective = Objective()
  public var levels = NoiseLevels()
  public var captions = CaptionEmbedder()
  /// What a base that takes pictures is given of them.
  public var pictures = PictureEncoder()
  public var training = Training()
  public var recording = Recording()
  /// Suites and held-out clips looked at during training, each at its own cadence.
  public var evaluations: [Evaluation] = []
  public var sampler = SamplerSettings()
  public var memory = Memory()
  /// How its energy is told; no weight depends on it, so it is not in the hash.
  public var energy = EnergySettings()
  /// What is trained on beside frames and captions; nil: the data's actions are not looked at.
  public var actions: Actions?
  public var kind = Kind.worldModel
  /// What is trained by kind `autoencoder`; nil otherwise.
  public var autoencoder: Autoencoder?

  /// Reads an experiment. Relative paths are relative to the file's folder.
  /// - Parameters:
  ///   - set: `a.b=c` assignments laid over the file, in order.
  ///   - tiny: shrinks steps and batch to a one-minute trial (big_vision's `runlocal`).
  /// - Throws: `Problem` (usage) listing every key that is wrong.
  public init(path: String, set: [String] = [], tiny: Bool = false) throws {
    let text = try Disk.readText(path)
    var value = try YAML.parse(text, at: path)
    if value == .null {
      throw Problem.usage(
        "the experiment is empty", at: path, expected: "YAML with name, data and model",
        fix: "start from one of experiments/*.yaml")
    }
    for assignment in set { value = try Self.assign(assignment, to: value) }
    try self.init(value, at: path, folder: (Disk.absolute(path) as NSString).deletingLastPathComponent, tiny: tiny)
  }

  public init(_ value: Value, at place: String, folder: String, tiny: Bool = false) throws {
    let fields = StrictFields(value, at: place, folder: folder, rows: Self.keys)
    self.init(fields)
    try fields.finish(fix: "correct the file, or see the keys in experiments/README.md")
    if tiny { shrink() }
  }

  /// Every key at its default; no experiment, for it has neither name nor data.
  init() {}

  private mutating func shrink() {
    name += "-tiny"
    training.steps = min(training.steps, 20)
    training.batch = min(training.batch, 4)
    training.rate.warmup = min(training.rate.warmup, 5)
    recording.evaluateEvery = min(recording.evaluateEvery, 10)
    recording.sampleEvery = min(recording.sampleEvery, 20)
    recording.checkpointEvery = 10
    sampler.steps = min(sampler.steps, 5)
    for i in evaluations.indices {
      (evaluations[i].every, evaluations[i].count) = (min(evaluations[i].every, 10), min(evaluations[i].count ?? 4, 4))
    }
  }
}

extension Experiment {
  /// What changes the weights, apart from the contents of data and base (which `RunIdentity` adds by hash).
  package var hashed: Value {
    var value = Self.section.value(self, .hashed)
    // The same windows under another grant are another run: the weights owe nothing to the one left out.
    if data.contains(where: { !$0.without.isEmpty }) {
      value.set("without", .array(data.map { .array($0.without.sorted().map { .string($0) }) }))
    }
    return value
  }

  /// The consent request of this experiment.
  public func request(_ action: Action, at time: Moment = .now()) -> ConsentRequest {
    var request = ConsentRequest(
      action: action, purpose: consent.purpose, commercial: consent.commercial, territory: consent.territory,
      licensee: consent.licensee, model: name,
      time: time, unsignedBases: consent.unsigned)
    request.unvouched = consent.unvouched
    return request
  }

  /// The transformer this experiment trains from scratch.
  public var transformer: WorldTransformerConfig {
    var c = model.transformer(channels: codec.channels, textDim: captions.width)
    (c.products, c.recompute) = (training.products, training.recompute)
    return c
  }
}
