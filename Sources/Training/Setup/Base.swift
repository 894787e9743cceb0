import Consent
import Diffusion
import Files
import Ledger
import Models
import Nets
import Runs
import Tensors

/// The weights an experiment starts from.
package struct Base {
  package let config: WorldTransformerConfig
  /// Copies to train on; nil where the weights are only read.
  package let parameters: Parameters?
  /// The weights where they lie, when adapters are trained beside them.
  package let frozen: FrozenWeights?
  /// Part of the run's hash: SHA-256 of the file's data buffer, and of that of what takes actions.
  package let hash: String
  /// What surrounded the weights, when the base says.
  package let spec: WorldModel.Spec?
  private let path: String

  /// - Parameters:
  ///   - path: a run's folder, an export, or a diffusers transformer folder.
  ///   - isFrozen: it is adapted, not trained.
  ///   - autoencoder: where it lies, of a model that was trained on its latents.
  package init(_ path: String, isFrozen: Bool, autoencoder: String? = nil, on compute: Compute) throws {
    self.path = path
    if isFrozen {
      let base = try FrozenBase(path)
      (config, spec, frozen, parameters, hash) = (base.config, base.spec, base.weights, nil, base.hash)
      return
    }
    frozen = nil
    if Disk.exists(path + "/run.json") {
      let model = try FrozenBase.model(path).model(autoencoder: autoencoder, on: compute)
      (config, parameters, spec) = (model.spec.transformer, model.parameters, model.spec)
    } else {
      let export =
        ExportedModel.isOne(path) ? try ExportedModel.open(path, autoencoder: autoencoder, on: compute).model : nil
      spec = export?.spec
      (config, parameters) =
        try export.map { ($0.spec.transformer, $0.parameters) }
        ?? ModelFolder.open(WeightsOrigin.transformer(path), on: compute)
    }
    hash = try Safetensors(path: WeightsOrigin.file(path)).bufferHash(followedBy: WeightsOrigin.actions(path))
  }

  /// Puts its weights into a model of the same architecture that may have more: what the base does not have stays as it
  /// is.
  package func put(into own: Parameters, on compute: Compute) throws {
    if let parameters { own.copy(from: parameters) }
    guard parameters == nil, let spec else { return }
    try FrozenBase.copyActions(of: path, spec, into: own, on: compute)
  }

  /// What is on record of it.
  package func origin(in runs: String, home: HomeFolder?) throws -> LedgerBase {
    try WeightsOrigin.find(path, weights: parameters?.valuesHash ?? hash, runs: RunsFolder(path: runs), home: home)
  }
}
