import Diffusion
import Files
import Tensors

/// What a command may name as RUN|MODEL: a run (by path, name or a prefix of its hash) or an exported model folder.
public enum ModelReference {
  /// - Parameters:
  ///   - reference: as typed. A path wins over a name.
  ///   - runs: where runs live.
  ///   - moved: data of the run that lie elsewhere now, `OLD=NEW`.
  ///   - weights: an export holds one set, so it must be the one asked for.
  /// - Returns: the model, a name for reports, SHA-256 of the weights' buffer (the ledger's `weights_sha256` where they
  ///   are a checkpoint's average), the run, which an export does not bring,
  ///   and the sampler it was trained beside; of a run, that its folder is whole.
  /// - Throws: `Problem` when there is no such thing, or it cannot be read.
  package static func open(
    _ reference: String, runs: String, moved: [String] = [], weights: WeightsChoice = .ema, on compute: Compute
  ) throws
    -> (
      model: WorldModel, name: String, weightsHash: String, run: Run?, sampler: SamplerSettings, audit: RunAudit?
    )
  {
    if ExportedModel.isOne(reference) {
      guard moved.isEmpty else {
        throw Problem.usage("an exported model names no data that could move", at: "--data", fix: "leave it out")
      }
      let exported = try ExportedModel.open(reference, on: compute)
      guard exported.weights == weights else {
        throw Problem(
          "this export holds the \(exported.weights.rawValue) weights, not the \(weights.rawValue) ones", at: reference,
          fix: "say --weights \(exported.weights.rawValue), or export the run again with --weights \(weights.rawValue)")
      }
      return (exported.model, exported.name, exported.weightsHash, nil, exported.sampler, nil)
    }
    if Disk.isFolder(reference), !Disk.exists(reference + "/run.json") {
      throw Problem(
        "the folder is neither a run nor an exported model", at: reference,
        expected: "run.json, or world.json and transformer/",
        fix: "a bare diffusers folder lacks codec and objective: export one with 'orrery export RUN --out DIR'")
    }
    let run = try RunsFolder(path: runs).find(reference).moved(moved), audit = try run.audited()
    let model = try run.model(weights, on: compute)
    return (model, run.name, model.parameters.valuesHash, run, run.experiment.sampler, audit)
  }
}
