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
  package let parameters: Parameters
  /// Part of the run's hash: SHA-256 of the file's data buffer.
  package let hash: String
  /// What surrounded the weights, when the base says.
  package let spec: WorldModel.Spec?
  private let path: String

  /// - Parameter path: a run's folder, an export, or a diffusers transformer folder.
  package init(_ path: String, on compute: Compute) throws {
    self.path = path
    if Disk.exists(path + "/run.json") {
      let model = try Run(folder: path).model(on: compute)
      (config, parameters, spec) = (model.spec.transformer, model.parameters, model.spec)
    } else {
      spec = ExportedModel.isOne(path) ? try ExportedModel.open(path, on: compute).model.spec : nil
      (config, parameters) = try ModelFolder.open(WeightsOrigin.transformer(path), on: compute)
    }
    hash = try Safetensors(path: WeightsOrigin.file(path)).bufferHash
  }

  /// What is on record of it.
  package func origin(in runs: String, home: HomeFolder?) throws -> LedgerBase {
    try WeightsOrigin.find(path, weights: parameters.valuesHash, runs: RunsFolder(path: runs), home: home)
  }
}
