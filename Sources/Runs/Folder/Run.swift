import Diffusion
import Files
import Foundation
import Models
import Nets
import Tensors

/// A run's folder: `run.json events.jsonl ledger.jsonl weights.safetensors state.safetensors checkpoints/ samples/`.
///
/// `weights.safetensors` holds the averaged weights under the model's own names; `state.safetensors` is the newest
/// checkpoint, all that is needed to continue bit for bit.
public struct Run: Sendable {
  public let folder: String
  public package(set) var experiment: Experiment
  /// What it makes.
  public package(set) var product: RunProduct
  /// 64 hexadecimal digits over what changes the weights.
  public let hash: String
  /// Steps this run is to have; more than the experiment's own after `--extend`.
  public var steps: Int
  /// Steps the learning rate is laid over; fewer than `steps` where a lengthened run holds the rate it ended with.
  public package(set) var schedule: Int
  /// Where a run stands.
  public enum Status: String, Sendable, CaseIterable { case running, done, stopped }
  public var status: Status
  /// Steps done at the newest checkpoint.
  public var step: Int
  /// Build, instruction set, element type of the products: what decides the bits.
  public var machine: RunMachine
  /// What training has cost so far.
  public var cost: RunCost

  public var name: String { (folder as NSString).lastPathComponent }
  public var hash8: String { String(hash.prefix(8)) }
  public func path(_ file: String) -> String { folder + "/" + file }

  public init(
    folder: String, experiment: Experiment, product: RunProduct, hash: String, steps: Int, machine: RunMachine
  ) {
    (self.folder, self.experiment, self.product, self.hash, self.steps, self.machine) = (
      folder, experiment, product, hash, steps, machine
    )
    schedule = steps
    (status, step, cost) = (.running, 0, RunCost())
  }

  /// Reads `run.json`.
  public init(folder: String) throws {
    let place = folder + "/run.json"
    guard Disk.isFolder(folder) else { throw Problem("there is no such run", at: folder, fix: "see 'orrery runs'") }
    let value = try JSON.parse([UInt8](Disk.read(place, largest: 64 << 20)), at: place)
    let f = StrictFields(value, at: place)
    _ = f.optionalString("orrery")
    let fix = "the file was edited or belongs to another version; restore it"
    do {
      experiment = try Experiment(f.raw("experiment") ?? .null, at: place + " experiment", folder: folder)
      product = try RunProduct(f.raw("model") ?? .null, at: place + " model")
    } catch var problem as Problem {
      // What would be a slip in an experiment of the user's is damage here.
      (problem.exit, problem.fix) = (.failure, fix)
      throw problem
    }
    hash = f.requiredString("hash")
    steps = f.integer("steps", in: Self.stepRange, default: 1)
    schedule = f.optionalInteger("schedule_steps", in: Self.stepRange) ?? steps
    let stated = f.requiredString("status"), known = Status(rawValue: stated)
    if known == nil, !stated.isEmpty {
      let names = Status.allCases.map(\.rawValue)
      f.complain("status is '\(stated)'" + Nearest.hint(stated, names) + "; it can be \(names.joined(separator: ", "))")
    }
    status = known ?? .stopped
    step = f.integer("step", in: 0...1_000_000_000, default: 0)
    machine = RunMachine(f.raw("machine") ?? .null)
    cost = RunCost(f.raw("cost") ?? .null)
    self.folder = folder
    try f.finish(fix: fix, exit: .failure)
  }

  /// The experiment as it was run: with the steps `--extend` gave it.
  public var resolved: Value {
    var value = experiment.value, train = value["train"] ?? .object([])
    train.set("steps", Value(steps))
    value.set("train", train)
    return value
  }

  /// Writes `run.json`. Paths into the project the run lies in are written from the run's folder on, so that a project
  /// can be moved.
  public func save() throws {
    var value: Value = [
      "orrery": "run/1", "hash": .string(hash), "status": .string(status.rawValue), "step": Value(step),
      "steps": Value(steps),
    ]
    if schedule != steps { value.set("schedule_steps", Value(schedule)) }
    value.set("experiment", experiment.relative(to: Disk.absolute(folder)).value)
    value.set("model", product.value)
    value.set("machine", machine.value)
    value.set("cost", cost.value)
    try Disk.write(JSON.pretty(value), to: path("run.json"))
  }

  /// Steps a run can have.
  public static let stepRange = 1...1_000_000_000
}

/// Which of a checkpoint's weights to use.
public enum WeightsChoice: String, CaseIterable, Sendable {
  /// The exponential moving average: what sampling, bench and export use.
  case ema
  /// The optimizer's own.
  case raw
}

extension Run {
  /// The key of the header of an adapter's weights under which its base's hash stands.
  package static let baseKey = "base_sha256"

  /// The model at the newest checkpoint.
  /// - Parameter autoencoder: where it lies now, of a model that works on its latents.
  public func model(
    _ weights: WeightsChoice = .ema, autoencoder: String? = nil, on compute: Compute
  ) throws -> WorldModel {
    let spec = try spec,
      parameters =
        try experiment.lora.map {
          let stated = try Safetensors(path: try existing("weights.safetensors"))[metadata: Self.baseKey]
          return try FrozenBase.adapters(of: self, $0, stated: stated, on: compute)
        } ?? WorldTransformer.parameters(spec.transformer, on: compute)
    switch weights {
    case .ema:
      let file = try Safetensors(path: try existing("weights.safetensors"))
      try own(file, "run")
      try parameters.load(file)
    case .raw:
      let file = try Safetensors(path: try existing("state.safetensors"))
      try own(file, "hash")
      guard let entry = file.entry("parameters") else {
        throw Problem("there is no tensor 'parameters'", at: file.path)
      }
      try parameters.values.withElements { try file.read(entry, into: $0) }
    }
    var (embedder, codec, pictures) = (spec.captions, spec.codec, spec.pictures)
    (embedder.from, codec.from, pictures.from) = (
      experiment.captions.from, autoencoder.map { Disk.absolute($0) } ?? experiment.codec.from,
      experiment.pictures.from
    )
    let coder = try ClipCoder(codec, on: compute)
    return WorldModel(
      spec, parameters, coder, CaptionVectors(embedder, on: compute),
      PictureCoder(pictures, spec.transformer, coder, on: compute))
  }

  /// - Throws: `Problem` when the file names another run than run.json does.
  private func own(_ file: Safetensors, _ key: String) throws {
    guard file[metadata: key] == hash else {
      throw Problem(
        "the weights are not this run's", at: file.path, expected: "the run \(hash8)… of run.json",
        fix: "restore both files from one copy of the run")
    }
  }

  private func existing(_ file: String) throws -> String {
    guard Disk.exists(path(file)) else {
      throw Problem(
        "the run has no checkpoint yet", at: folder,
        fix: "train it further: 'orrery finetune' with the same experiment continues it")
    }
    return path(file)
  }
}
