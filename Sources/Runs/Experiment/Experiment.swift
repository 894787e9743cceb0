import Consent
import Diffusion
import Files
import Foundation
import Models
import Nets
import Tensors

/// One experiment, resolved: every default written out. `run.json` holds it, and its hash names the run.
public struct Experiment: Sendable, Equatable {
  public struct Source: Sendable, Equatable {
    /// HDF5 file, absolute.
    public var path: String
    /// Consent manifest, absolute; nil takes the file's own `optin_manifest`.
    public var manifest: String?
    /// Grants of the manifest that are not to be used, given or not.
    public var without: [String] = []
    package init(path: String, manifest: String?, without: [String] = []) {
      (self.path, self.manifest, self.without) = (path, manifest, without)
    }
  }

  public struct ConsentTerms: Sendable, Equatable {
    public var purpose: String, commercial: Bool, licensee: String?, territory: String?, unsigned: Set<Basis>
    /// Whose signatures are believed and what was revoked; they change what is admitted, and through that alone the
    /// run.
    public var files: ConsentFiles
  }

  public struct Training: Sendable, Equatable {
    public var steps: Int, batch: Int, accumulate: Int
    public var rate: LearningRate
    public var optimizer: AdamW.Settings
    public var clip: Double, average: Double, captionDropout: Double
    /// What products multiply.
    public var products: ElementType
    /// Trades time for memory; changes no bit.
    public var recompute: Bool
  }

  /// What is logged, drawn and kept. It changes no weight, so it is not in the hash.
  public struct Recording: Sendable, Equatable {
    public var evaluateEvery: Int, sampleEvery: Int, checkpointEvery: Int, keep: Int, samples: Int
  }

  public var name: String
  public var seed: Int
  public var data: [Source]
  /// Frames a training window has, frames between the starts of windows, and the size asked of the data.
  public var window: Int, stride: Int
  public var consent: ConsentTerms
  /// A model folder or a run to start from, absolute; nil starts from scratch.
  public var from: String?
  public var dim: Int, heads: Int, layers: Int, ffn: Int, patch: [Int], freqDim: Int, crossAttentionNorm: Bool
  public var codec: Codec
  public var objective: Objective
  public var levels: NoiseLevels
  public var captions: CaptionEmbedder
  public var training: Training
  public var recording: Recording
  /// Suites and held-out clips looked at during training, each at its own cadence.
  public var evaluations: [Evaluation]
  public var sampler: SamplerSettings
  /// How its energy is told; no weight depends on it, so it is not in the hash.
  public var energy: EnergySettings

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
    try self.init(value, at: path, folder: (Self.absolute(path, ".") as NSString).deletingLastPathComponent, tiny: tiny)
  }

  public init(_ value: Value, at place: String, folder: String, tiny: Bool = false) throws {
    let f = StrictFields(value, at: place), size = 1...1_000_000
    name = f.requiredString("name")
    seed = f.integer("seed", in: 0...Int(Int32.max), default: 0)
    data = f.objects("data").map { source in
      defer { source.close() }
      return Source(
        path: Self.absolute(source.requiredString("path"), folder),
        manifest: source.optionalString("manifest").map { Self.absolute($0, folder) },
        without: source.strings("without") ?? [])
    }
    if data.isEmpty { f.complain("data is missing: a list of {path: FILE.h5}") }
    window = f.integer("window", in: 1...100_000, default: 16)
    stride = f.integer("stride", in: 1...100_000, default: window)
    let consent = f.object("consent")
    let bases = (consent.strings("unsigned") ?? []).compactMap { text -> Basis? in
      if let basis = Basis(rawValue: text) { return basis }
      consent.complain(
        "consent.unsigned names '\(text)'" + Nearest.hint(text, Basis.allCases.map(\.rawValue)) + "; it can be "
          + Basis.allCases.map(\.rawValue).joined(separator: ", "))
      return nil
    }
    self.consent = ConsentTerms(
      purpose: consent.string("purpose", default: "research"), commercial: consent.bool("commercial", default: false),
      licensee: consent.optionalString("licensee"), territory: consent.optionalString("territory"),
      unsigned: Set(bases),
      files: ConsentFiles(
        trust: consent.optionalString("trust").map { Self.absolute($0, folder) },
        revocations: (consent.strings("revocations") ?? []).map { Self.absolute($0, folder) }))
    consent.close()
    from = f.optionalString("from").map { Self.absolute($0, folder) }
    let model = f.object("model")
    dim = model.integer("dim", in: size, default: 128)
    heads = model.integer("heads", in: 1...1024, default: 4)
    layers = model.integer("layers", in: 1...1000, default: 4)
    ffn = model.integer("ffn", in: size, default: 4 * dim)
    patch = model.integers("patch") ?? [1, 2, 2]
    freqDim = model.integer("freq_dim", in: 2...8192, default: 256)
    crossAttentionNorm = model.bool("cross_attn_norm", default: true)
    if dim % heads != 0 || dim / max(1, heads) < 6 || dim / max(1, heads) % 2 != 0 || dim / max(1, heads) > 4096 {
      model.complain("model.dim \(dim) over \(heads) heads must give an even number of features a head, from 6 to 4096")
    }
    if patch.count != 3 || patch.contains(where: { !(1...64).contains($0) }) {
      model.complain("model.patch should be three integers from 1 to 64"); patch = [1, 2, 2]
    }
    model.close()
    codec = Codec(f.object("codec"))
    objective = Objective(f.object("objective"))
    levels = NoiseLevels(f.object("levels"))
    captions = CaptionEmbedder(f.object("text"))
    training = Self.training(f.object("train"))
    let record = f.object("record")
    recording = Recording(
      evaluateEvery: record.integer("evaluate", in: 0...size.upperBound, default: 200),
      sampleEvery: record.integer("sample", in: 0...size.upperBound, default: 200),
      checkpointEvery: record.integer("checkpoint", in: 1...size.upperBound, default: 200),
      keep: record.integer("keep", in: 1...1000, default: 2),
      samples: record.integer("samples", in: 1...16, default: 4))
    record.close()
    evaluations = f.objects("evaluate").map { Evaluation($0) }
    if Set(evaluations.map(\.name)).count < evaluations.count {
      f.complain("two entries of evaluate have the same name")
    }
    sampler = SamplerSettings(f.object("sampler"))
    energy = EnergySettings(f.object("energy"))
    if f.has("name"), name.isEmpty || name.contains("/") || name.hasPrefix(".") {
      f.complain("name is '\(name)'; it becomes a folder's name, so not empty, no '/' and no leading '.'")
    }
    let group = codec.time * patch[0]
    if window % group != 0 {
      f.complain("window is \(window) frames; it must be a multiple of \(group) (codec.time × model.patch[0])")
    }
    if levels.prefixShare > 0, levels.prefixFrames % group != 0 || levels.prefixFrames >= window {
      f.complain(
        "levels.prefix_frames is \(levels.prefixFrames); it must be a multiple of \(group) and below the window of \(window)"
      )
    }
    try f.finish(fix: "correct the file, or see the keys in experiments/README.md")
    if tiny { shrink() }
  }

  private static func training(_ f: StrictFields) -> Training {
    defer { f.close() }
    let steps = f.integer("steps", in: 1...100_000_000, default: 1000)
    return Training(
      steps: steps, batch: f.integer("batch", in: 1...4096, default: 8),
      accumulate: f.integer("accumulate", in: 1...65536, default: 1),
      rate: LearningRate(
        peak: f.number("rate", in: 0...10, default: 1e-3), warmup: f.integer("warmup", in: 0...1_000_000, default: 100),
        decay: f.choice("decay", default: .cosine), floor: f.number("floor", in: 0...1, default: 0)),
      optimizer: .init(
        beta1: Float(f.number("beta1", in: 0...0.9999, default: 0.9)),
        beta2: Float(f.number("beta2", in: 0...0.99999, default: 0.95)),
        eps: Float(f.number("eps", in: 1e-16...1, default: 1e-8)),
        decay: Float(f.number("weight_decay", in: 0...10, default: 0.01))),
      clip: f.number("clip", in: 0...1e9, default: 1), average: f.number("ema", in: 0...0.999999, default: 0.999),
      captionDropout: f.number("caption_dropout", in: 0...1, default: 0.1), products: f.choice("dtype", default: .f32),
      recompute: f.bool("recompute", default: false))
  }

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

  package static func absolute(_ path: String, _ folder: String) -> String {
    let expanded = (path as NSString).expandingTildeInPath
    let base = expanded.hasPrefix("/") ? expanded : folder + "/" + expanded
    return URL(fileURLWithPath: base).standardizedFileURL.path
  }

  /// Lays `a.b=c` over a document. The value is read as YAML reads a plain scalar; `[1, 2]` and `{…}` work too.
  static func assign(_ assignment: String, to value: Value) throws -> Value {
    guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
      throw Problem.usage(
        "'\(assignment)' is not an assignment", at: "--set", expected: "KEY=VALUE, such as train.steps=500")
    }
    let keys = assignment[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let new = try YAML.parse(String(assignment[assignment.index(after: equals)...]), at: "--set \(assignment)")
    func put(_ value: Value, _ keys: ArraySlice<String>) throws -> Value {
      guard let key = keys.first else { return new }
      if case .array(var items) = value {
        guard let i = Int(key), items.indices.contains(i) else {
          throw Problem.usage("there is no item '\(key)' in the list", at: "--set \(assignment)")
        }
        items[i] = try put(items[i], keys.dropFirst())
        return .array(items)
      }
      guard value == .null || value.fields != nil else {
        throw Problem.usage("'\(key)' stands below a plain value", at: "--set \(assignment)")
      }
      var object = value
      object.set(key, try put(value[key] ?? .null, keys.dropFirst()))
      return object
    }
    return try put(value, keys[...])
  }
}

extension Experiment {
  /// The resolved experiment, readable by `init(_:at:folder:)`.
  public var value: Value {
    var v = hashed.removing("without")
    v.set("name", .string(name))
    v.set(
      "data",
      .array(
        data.map { source in
          var value: Value = ["path": .string(source.path), "manifest": Value(source.manifest)]
          if !source.without.isEmpty { value.set("without", .array(source.without.map { .string($0) })) }
          return value
        }))
    v.set("from", Value(from))
    if var terms = v["consent"] {
      if let trust = consent.files.trust { terms.set("trust", .string(trust)) }
      if !consent.files.revocations.isEmpty {
        terms.set("revocations", .array(consent.files.revocations.map { .string($0) }))
      }
      v.set("consent", terms)
    }
    v.set(
      "record",
      [
        "evaluate": Value(recording.evaluateEvery), "sample": Value(recording.sampleEvery),
        "checkpoint": Value(recording.checkpointEvery),
        "keep": Value(recording.keep), "samples": Value(recording.samples),
      ])
    if !evaluations.isEmpty { v.set("evaluate", .array(evaluations.map(\.value))) }
    v.set("sampler", sampler.value)
    if training.recompute, var train = v["train"] {
      train.set("recompute", .bool(true))
      v.set("train", train)
    }
    v.set("energy", energy.value)
    return v
  }

  /// What changes the weights, apart from the contents of data and base (which `RunIdentity` adds by hash).
  package var hashed: Value {
    var value: Value = [
      "seed": Value(seed), "window": Value(window), "stride": Value(stride),
      "consent": [
        "purpose": .string(consent.purpose), "commercial": .bool(consent.commercial),
        "licensee": Value(consent.licensee), "territory": Value(consent.territory),
        "unsigned": .array(consent.unsigned.map(\.rawValue).sorted().map { .string($0) }),
      ],
      "model": [
        "dim": Value(dim), "heads": Value(heads), "layers": Value(layers), "ffn": Value(ffn),
        "patch": .array(patch.map { Value($0) }),
        "freq_dim": Value(freqDim), "cross_attn_norm": .bool(crossAttentionNorm),
      ],
      "codec": codec.value, "objective": objective.value, "levels": levels.value, "text": captions.value,
      "train": [
        "steps": Value(training.steps), "batch": Value(training.batch), "accumulate": Value(training.accumulate),
        "rate": .number(training.rate.peak),
        "warmup": Value(training.rate.warmup), "decay": .string(training.rate.decay.rawValue),
        "floor": .number(training.rate.floor),
        "beta1": Self.decimal(training.optimizer.beta1), "beta2": Self.decimal(training.optimizer.beta2),
        "eps": Self.decimal(training.optimizer.eps),
        "weight_decay": Self.decimal(training.optimizer.decay), "clip": .number(training.clip),
        "ema": .number(training.average),
        "caption_dropout": .number(training.captionDropout), "dtype": .string(training.products.rawValue),
      ],
    ]
    // The same windows under another grant are another run: the weights owe nothing to the one left out.
    if data.contains(where: { !$0.without.isEmpty }) {
      value.set("without", .array(data.map { .array($0.without.sorted().map { .string($0) }) }))
    }
    return value
  }

  /// A Float as the shortest decimal that reads back to it, so that 0.95 does not become 0.949999988.
  private static func decimal(_ x: Float) -> Value { .number(Double("\(x)") ?? Double(x)) }

  /// The consent request of this experiment.
  public func request(_ action: Action, at time: Moment = .now()) -> ConsentRequest {
    ConsentRequest(
      action: action, purpose: consent.purpose, commercial: consent.commercial, territory: consent.territory,
      licensee: consent.licensee, model: name,
      time: time, unsignedBases: consent.unsigned)
  }

  /// The transformer this experiment trains from scratch.
  public var transformer: WorldTransformerConfig {
    var c = WorldTransformerConfig()
    c.patchSize = patch
    (c.heads, c.headDim, c.layers, c.ffnDim, c.freqDim) = (heads, dim / heads, layers, ffn, freqDim)
    (c.inChannels, c.outChannels, c.textDim, c.crossAttentionNorm) = (
      codec.channels, codec.channels, captions.width, crossAttentionNorm
    )
    (c.products, c.recompute) = (training.products, training.recompute)
    return c
  }
}
