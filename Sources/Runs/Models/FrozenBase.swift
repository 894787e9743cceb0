import Diffusion
import Files
import Models
import Nets
import Tensors

/// A base that is read where it lies, to be adapted: a run's weights, an export's, a diffusers transformer folder, or a
/// single file of the family.
package struct FrozenBase {
  package let config: WorldTransformerConfig
  package let weights: FrozenWeights
  /// What surrounded the weights, when the base says.
  package let spec: WorldModel.Spec?

  /// What takes actions, where that is a file of its own.
  private let actions: Safetensors?

  /// - Throws: `Problem` when it is no checkpoint of the family, or an adapter itself.
  package init(_ path: String) throws {
    if Disk.exists(path + "/run.json") {
      let run = try Self.model(path)
      let own = try run.spec
      weights = try ModelFolder.frozen(WeightsOrigin.file(path), as: own.transformer).weights
      (config, spec, actions) = (own.transformer, own, nil)
      return
    }
    spec = ExportedModel.isOne(path) ? try ExportedModel.world(of: path) : nil
    (config, weights) = try ModelFolder.frozen(WeightsOrigin.transformer(path))
    actions = try WeightsOrigin.actions(path)
  }

  /// The run in a folder, as something to begin from.
  /// - Throws: `Problem` when what it trained is no model.
  package static func model(_ folder: String) throws -> Run {
    let run = try Run(folder: folder)
    guard run.experiment.lora == nil else {
      throw Problem(
        "this run trained an adapter, not a model", at: folder, expected: "a base: a run, an export, a checkpoint",
        fix: "export it, which merges the adapter into its base, and begin from the export")
    }
    return run
  }

  /// The hash that names it in a run's identity: of the data buffers, as for any base.
  package var hash: String { weights.bufferHash(followedBy: actions) }

  /// Copies what takes actions, which is trained beside the frozen weights, as far as the base has it.
  /// - Parameters:
  ///   - path: the base's.
  ///   - spec: what surrounds its weights.
  package static func copyActions(
    of path: String, _ spec: WorldModel.Spec, into own: Parameters, on compute: Compute
  ) throws {
    guard spec.takesActions else { return }
    let inputs = spec.transformer.actions, width = spec.transformer.dim
    let isRun = Disk.exists(path + "/run.json"), folder = path + "/" + ActionEmbedderFolder.name
    let file = try Safetensors(path: isRun ? WeightsOrigin.file(path) : ActionEmbedderFolder.weights(folder))
    let named = { (name: String) in isRun ? name : ActionEmbedderFolder.own(name) ?? name }
    try ActionEmbedderFolder.require(inputs, width: width, in: file, named)
    if !isRun { try ActionEmbedderFolder.require(spec.actions, framesPerGroup: spec.framesPerGroup, in: folder) }
    let actions = ActionEmbedderFolder.parameters(inputs, width: width, on: compute)
    for entry in actions.entries {
      guard let to = actions.tensor(entry.name), let stored = file.entry(named(entry.name)) else { continue }
      try to.withElements { try file.read(stored, into: $0) }
    }
    own.copy(from: actions)
  }

  /// The adapters of a run over its base.
  /// - Parameter stated: the base's hash as the run's weights have it.
  /// - Throws: `Problem` when the base is gone, or is another than the run began with.
  package static func adapters(
    of run: Run, _ lora: LoRA, stated: String?, on compute: Compute
  ) throws -> Parameters {
    guard let from = run.experiment.from, Disk.exists(from) else {
      throw Problem(
        "the base of this adapter is gone", at: run.experiment.from ?? run.folder,
        expected: "the weights the run began with", fix: "restore them, or say --data OLD=NEW where they lie now")
    }
    let base = try FrozenBase(from)
    guard stated == nil || stated == base.hash else {
      throw Problem(
        "the base was changed since the run began", at: from,
        expected: "weights with the SHA-256 \(stated?.prefix(12) ?? "")…, not \(base.hash.prefix(12))…",
        fix: "restore the base the adapter was trained over")
    }
    return try WorldTransformer.parameters(run.spec.transformer, over: base.weights, lora, on: compute)
  }
}
