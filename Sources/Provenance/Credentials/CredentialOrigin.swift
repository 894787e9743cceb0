import Credentials
import Files
import Foundation
import Ledger
import Models
import Runs

/// Which model made something, and from what: what credentials say of generated video and of exported weights.
public struct CredentialOrigin: Sendable {
  public let model: String
  /// The run's hash.
  public let run: String?
  /// SHA-256 of the weights' buffer.
  public let weightsHash: String
  /// The head of the run's ledger that the weights are bound to.
  public let ledgerHead: String?
  /// SHA-256 of the opt-in manifests the training footage was granted under when it was seen.
  package let manifests: [String]
  /// Names of the datasets, where they are known.
  package let datasets: [String]
  /// The weights those began with, where they are not the run's own.
  package let base: LedgerBase?
  /// Grants behind them that were withdrawn since.
  public let withdrawn: WithdrawnGrants
  /// Adapters that were put into them, and the hash of the weights before that.
  package let adapters: [AppliedAdapter]
  private let unadapted: String?
  /// Whether they are videos that were made elsewhere, and no weights are known.
  private let isMadeElsewhere: Bool

  /// Of videos that were made elsewhere. - Parameter hash: of them.
  package init(films name: String, hash: String) {
    (model, weightsHash, isMadeElsewhere) = (name, hash, true)
    (run, ledgerHead, manifests, datasets, base, adapters, unadapted) = (nil, nil, [], [], nil, [], nil)
    withdrawn = .unknown
  }

  /// - Parameters:
  ///   - reference: what was typed: an export's folder, when `run` is nil.
  ///   - name: the run's name.
  ///   - adapters: what was put into the weights, whose hash was `base` before.
  ///   - audit: of the run, where it is at hand: its ledger is then not read again.
  /// - Throws: `Problem` when the weights cannot be read, or the run's ledger does not verify: what it says of the
  ///   footage would be nobody's word.
  package init(
    _ reference: String, name: String, weightsHash: String, run: Run?, weights: WeightsChoice = .ema,
    audit: RunAudit? = nil, adapters: [AppliedAdapter] = [], over unadapted: String? = nil
  ) throws {
    (model, self.weightsHash, self.adapters, self.unadapted) = (name, weightsHash, adapters, unadapted)
    isMadeElsewhere = false
    if let run {
      let file = try Safetensors(path: run.path(weights == .ema ? "weights.safetensors" : "state.safetensors"))
      (self.run, ledgerHead) = (run.hash, file[metadata: "ledger_head"])
      datasets = run.experiment.data.map { ($0.path as NSString).lastPathComponent }
      let usage = try (audit ?? run.audited()).usage()
      (manifests, base) = (usage.trail.manifests, usage.trail.base)
      withdrawn = try WithdrawnGrants(run, usage)
    } else {
      let file = try Safetensors(path: ModelFolder.weights(reference + "/transformer"))
      (self.run, ledgerHead, datasets) = (file[metadata: "run"], file[metadata: "ledger_head"], [])
      let summary = try file[metadata: "ledger_summary"].map { try JSON.parse($0, at: file.path) }
      manifests = summary?["manifests"]?.array?.compactMap(\.string) ?? []
      base = summary?["base"].flatMap { LedgerBase($0) }
      withdrawn = try WithdrawnGrants(export: reference)
    }
  }

  /// Of an export in the making.
  package init(
    _ run: Run, weightsHash: String, ledgerHead: String, manifests: [String], base: LedgerBase?,
    withdrawn: WithdrawnGrants
  ) {
    (self.base, self.withdrawn, adapters, unadapted, isMadeElsewhere) = (base, withdrawn, [], nil, false)
    (model, self.run, self.weightsHash, self.ledgerHead, self.manifests) = (
      run.name, run.hash, weightsHash, ledgerHead, manifests
    )
    datasets = run.experiment.data.map { ($0.path as NSString).lastPathComponent }
  }

  package static let weightsName = "transformer/diffusion_pytorch_model.safetensors"

  /// The weights, as what a video was made with.
  var modelIngredient: Ingredient {
    guard !isMadeElsewhere else {
      return Ingredient(
        "videos made elsewhere: " + model, .componentOf, instanceID: "urn:sha256:" + weightsHash,
        description: "by what is not known here; the hash is of their names and contents")
    }
    return Ingredient(
      "model " + model, .inputTo, format: "application/octet-stream", instanceID: "urn:sha256:" + weightsHash,
      description: "weights; the hash is of the safetensors data buffer"
        + (adapters.isEmpty ? "" : ", with \(Text.counted(adapters.count, "adapter")) in them"), dataType: .model)
  }

  /// The weights before adapters were put into them, and the adapters.
  private var adapterIngredients: [Ingredient] {
    let plain = unadapted.map {
      Ingredient(
        "weights of \(model) without adapters", .inputTo, format: "application/octet-stream",
        instanceID: "urn:sha256:" + $0,
        dataType: .model)
    }
    return [plain].compactMap { $0 }
      + adapters.map {
        Ingredient(
          "adapter " + ($0.file as NSString).lastPathComponent, .inputTo, format: "application/octet-stream",
          instanceID: "urn:sha256:" + $0.hash, description: $0.text, dataType: .model)
      }
  }

  /// All the weights were made from: footage, and the weights they began with.
  var trainingIngredients: [Ingredient] {
    dataIngredients + [baseIngredient].compactMap { $0 } + adapterIngredients
  }

  private var baseIngredient: Ingredient? {
    base.map {
      Ingredient(
        "base weights" + ($0.run.map { run in " of run " + run.prefix(8) } ?? " of unknown origin"), .inputTo,
        format: "application/octet-stream", instanceID: "urn:sha256:" + $0.weightsSHA256,
        description: $0.text + "; tensors \($0.tensorsSHA256)", dataType: .model)
    }
  }

  /// The footage the weights were trained on.
  var dataIngredients: [Ingredient] {
    let names = datasets.isEmpty ? "" : " (" + datasets.joined(separator: ", ") + ")"
    if manifests.isEmpty {
      return datasets.map {
        Ingredient("training data " + $0, .inputTo, format: "application/x-hdf5", dataType: .dataset)
      }
    }
    return manifests.map {
      Ingredient(
        "training data" + names, .inputTo, format: "application/x-hdf5", instanceID: "urn:sha256:" + $0,
        description: "the hash is of the opt-in manifest that grants it", dataType: .dataset)
    }
  }

  /// `org.orrery.generation`: facts that no standard assertion has a place for.
  package func assertion(_ extra: [Value.Field]) -> Assertion {
    let fields: [Value.Field] = [
      .init("model", .string(model)), .init("run", Value(run)), .init("weights_sha256", .string(weightsHash)),
      .init("ledger_head", Value(ledgerHead)), .init("base", base?.value ?? .null),
      .init("adapters", adapters.isEmpty ? .null : .array(adapters.map(\.value))),
      .init("base_weights_sha256", unadapted.map { .string($0) } ?? .null),
      .init("revoked", withdrawn.isEmpty ? .null : withdrawn.value),
    ]
    return Assertion(CredentialReport.generationLabel, CBOR(.object((fields + extra).filter { $0.value != .null })))
  }
}
