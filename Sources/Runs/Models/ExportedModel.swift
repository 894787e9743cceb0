import Diffusion
import Files
import Foundation
import Models
import Nets
import Tensors

/// An exported model folder, opened again: `world.json` says what surrounds the transformer, `transformer/` holds its
/// weights.
public struct ExportedModel {
  /// What surrounds the transformer, and which of the run's weights it holds.
  public static let worldName = "world.json"

  public let model: WorldModel
  /// The run's name when it was exported.
  public let name: String
  /// The run's hash.
  public let run: String
  public let weights: WeightsChoice
  /// SHA-256 of the weights' buffer.
  public let weightsHash: String
  /// How the run's experiment drew its samples.
  public let sampler: SamplerSettings

  public static func isOne(_ folder: String) -> Bool { Disk.exists(folder + "/" + worldName) }

  /// What `world.json` says surrounds the transformer, without its weights.
  package static func world(of folder: String) throws -> WorldModel.Spec {
    let place = folder + "/" + worldName, value = try JSON.parse([UInt8](Disk.read(place)), at: place)
    let spec = try WorldModel.Spec(value["model"] ?? .null, at: place + " model")
    try spec.requireWhole(at: place + " model")
    return spec
  }

  /// - Parameters:
  ///   - folder: what `orrery export` wrote.
  ///   - autoencoder: where it lies, of a model that was trained on its latents.
  /// - Throws: `Problem` when a part is missing or damaged, when `world.json` and `transformer/config.json` disagree,
  ///   or when the weights are not the ones `world.json` names.
  public static func open(
    _ folder: String, autoencoder: String? = nil, on compute: Compute
  ) throws -> ExportedModel {
    let place = folder + "/" + worldName
    let fields = StrictFields(try JSON.parse([UInt8](Disk.read(place)), at: place), at: place)
    let format = fields.requiredString("orrery")
    if format != Self.format { fields.complain("orrery is '\(format)'; this build reads '\(Self.format)'") }
    let name = fields.requiredString("name"), weights: WeightsChoice = fields.choice("weights", default: .ema)
    let stated = fields.requiredString("weights_sha256")
    let run = fields.requiredString("run")
    let step = fields.integer("step", in: 0...1_000_000_000, default: 0)
    let sampler = SamplerSettings(fields.object("sampler"))
    let spec = try WorldModel.Spec(fields.raw("model") ?? .null, at: place + " model")
    try fields.finish(fix: "export the run again: the file was edited or belongs to another version", exit: .failure)
    try spec.requireWhole(at: place + " model")

    let actions = folder + "/" + ActionEmbedderFolder.name
    if spec.takesActions {
      try ActionEmbedderFolder.require(spec.actions, framesPerGroup: spec.framesPerGroup, in: actions)
      try ActionEmbedderFolder.require(
        spec.transformer.actions, width: spec.transformer.dim,
        in: Safetensors(path: ActionEmbedderFolder.weights(actions)))
    }
    var (config, parameters) = try ModelFolder.open(
      folder + "/transformer", actions: spec.transformer.actions, on: compute)
    if spec.takesActions { try ActionEmbedderFolder.load(actions, into: parameters) }
    config.products = spec.transformer.products
    guard config == spec.transformer else {
      throw Problem(
        "transformer/config.json describes another model than \(worldName)", at: folder,
        fix: "export the run again: one of the two was changed")
    }
    let hash = parameters.valuesHash
    guard hash == stated else {
      throw Problem(
        "the weights are not the ones \(worldName) names", at: ModelFolder.weights(folder + "/transformer"),
        expected: "SHA-256 \(stated) of the data buffer, not \(hash)",
        fix: "export the run again: the weights were changed or damaged")
    }
    // The header travels with the weights; world.json is anybody's to edit.
    let file = try Safetensors(path: ModelFolder.weights(folder + "/transformer"))
    let claims = [("run", run), ("step", String(step)), ("weights", weights.rawValue), ("weights_sha256", stated)]
    for (key, word) in claims {
      guard let own = file[metadata: key], own != word else { continue }
      throw Problem(
        "\(worldName) says \(key) '\(word.prefix(80))', and the weights' own header says '\(own.prefix(80))'",
        at: folder,
        expected: "one word in both, as the export wrote them",
        fix: "export the run again: one of the two was changed")
    }
    var codec = spec.codec
    codec.from = autoencoder.map { Disk.absolute($0) }
    return ExportedModel(
      model: try WorldModel(spec, parameters, coder: ClipCoder(codec, on: compute)), name: name, run: run,
      weights: weights, weightsHash: hash, sampler: sampler)
  }

  package static let format = "world-model/1"

  /// `world.json` of a run's weights.
  package static func world(_ run: Run, _ weights: WeightsChoice, weightsHash: String) throws -> Value {
    [
      "orrery": .string(format), "name": .string(run.name), "run": .string(run.hash), "step": Value(run.step),
      "weights": .string(weights.rawValue),
      "weights_sha256": .string(weightsHash), "model": try run.spec.value, "sampler": run.experiment.sampler.value,
    ]
  }
}

extension Parameters {
  /// SHA-256 of the values in order of declaration: the buffer of the safetensors file `write` makes.
  package var valuesHash: String {
    values.withElements { all in
      var hasher = SHA256Hasher()
      hasher.update(UnsafeRawBufferPointer(all))
      return hasher.finish()
    }
  }
}
