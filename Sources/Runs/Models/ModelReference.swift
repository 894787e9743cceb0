import Diffusion
import Files
import Models
import Tensors

/// What a command may name as RUN|MODEL: a run (by path, name or a prefix of its hash) or an exported model folder.
public enum ModelReference {
  /// - Parameters:
  ///   - reference: as typed. A path wins over a name.
  ///   - runs: where runs live.
  ///   - moved: data of the run that lie elsewhere now, `OLD=NEW`.
  ///   - weights: an export holds one set, so it must be the one asked for.
  ///   - autoencoder: where it lies, of an export that was trained on its latents.
  ///   - adapters: put into the weights, in order; `weightsHash` is then of the sum.
  /// - Returns: the model, a name for reports, SHA-256 of the weights' buffer (the ledger's `weights_sha256` where they
  ///   are a checkpoint's average), the run, which an export does not bring,
  ///   and the sampler it was trained beside; of a run, that its folder is whole.
  /// - Throws: `Problem` when there is no such thing, or it cannot be read.
  package static func open(
    _ reference: String, runs: String, moved: [String] = [], weights: WeightsChoice = .ema,
    adapters choices: [AdapterChoice] = [], autoencoder: String? = nil, home: HomeFolder? = .own, on compute: Compute
  ) throws -> Opened {
    var opened = try plain(
      reference, runs: runs, moved: moved, weights: weights, autoencoder: autoencoder, on: compute)
    guard !choices.isEmpty else { return opened }
    opened.base = opened.weightsHash
    (opened.model, opened.adapters) = try AppliedAdapter.apply(
      choices, to: opened.model, runs: RunsFolder(path: runs), home: home)
    opened.weightsHash = opened.model.parameters.valuesHash
    return opened
  }

  package struct Opened {
    package var model: WorldModel, name: String, weightsHash: String, run: Run?, sampler: SamplerSettings,
      audit: RunAudit?
    package var adapters: [AppliedAdapter] = []
    /// SHA-256 of the weights before adapters were put into them.
    package var base: String?
  }

  private static func plain(
    _ reference: String, runs: String, moved: [String], weights: WeightsChoice, autoencoder: String?,
    on compute: Compute
  ) throws -> Opened {
    if ExportedModel.isOne(reference) {
      guard moved.isEmpty else {
        throw Problem.usage("an exported model names no data that could move", at: "--data", fix: "leave it out")
      }
      let exported = try ExportedModel.open(reference, autoencoder: autoencoder, on: compute)
      guard exported.weights == weights else {
        throw Problem(
          "this export holds the \(exported.weights.rawValue) weights, not the \(weights.rawValue) ones", at: reference,
          fix: "say --weights \(exported.weights.rawValue), or export the run again with --weights \(weights.rawValue)")
      }
      return Opened(
        model: exported.model, name: exported.name, weightsHash: exported.weightsHash, run: nil,
        sampler: exported.sampler, audit: nil)
    }
    if Disk.isFolder(reference), !Disk.exists(reference + "/run.json") {
      throw Problem(
        "the folder is neither a run nor an exported model", at: reference,
        expected: "run.json, or world.json and transformer/",
        fix: "a bare diffusers folder lacks codec and objective: export one with 'orrery export RUN --out DIR'")
    }
    let run = try RunsFolder(path: runs).find(reference).moved(moved), audit = try run.audited()
    let model = try run.model(weights, autoencoder: autoencoder, on: compute)
    return Opened(
      model: model, name: run.name, weightsHash: model.parameters.valuesHash, run: run, sampler: run.experiment.sampler,
      audit: audit)
  }
}
