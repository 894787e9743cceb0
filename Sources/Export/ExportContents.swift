import Consent
import Diffusion
import Files
import Foundation
import Ledger
import Models
import Nets
import Provenance
import Runs
import Tensors

/// What the files of an export are made of, and how each is written.
struct ExportContents {
  let run: Run
  let weights: WeightsChoice
  let model: WorldModel
  let weightsHash: String
  let provenance: ExportProvenance
  let distribution: ExportDistribution
  let text: ExportText
  let card: ModelCard
  let withdrawn: WithdrawnGrants
  /// For the bill of materials and the data's description.
  let report: ConsentReport
  /// Where the key is that signs the sidecar.
  let home: HomeFolder?

  /// All of them, in order.
  func write(to folder: String, _ console: Console) throws {
    // A short sample of a model that takes pictures would take one, and that is footage.
    for file in ExportFile.allCases where file != .example || !run.spec.takesPictures {
      try write(file, in: folder, console)
    }
  }

  func write(_ file: ExportFile, in folder: String, _ console: Console) throws {
    let place = folder + "/" + file.name
    switch file {
    case .transformer:
      try ModelFolder.write(run.spec.transformer, model.parameters, metadata: metadata(), to: place)
      try writeSidecar(in: folder)
    case .scheduler:
      try Disk.write(
        JSON.pretty(ExportParts.scheduler(run.experiment.sampler)), to: place + "/scheduler_config.json")
    case .textEmbedder: try text.write(to: place, on: model.compute)
    case .codec: try Disk.write(JSON.pretty(ExportParts.codec(run.spec)), to: place)
    case .manifest:
      for (i, manifest) in provenance.distinctManifests.enumerated() {
        try manifest.write(to: folder + "/" + ExportFile.manifest(i))
      }
      for (i, manifest) in provenance.baseManifests.enumerated() {
        try manifest.write(to: folder + "/" + BaseManifests.name(i, ofBase: true))
      }
    case .spdx:
      let bill = ConsentReportSPDX(
        report, weights: (weightsHash, weights.rawValue), manifestNames: manifestNames)
      try Disk.write(JSON.pretty(bill.value), to: place)
    case .croissant:
      let description = ConsentReportCroissant(report, manifestNames: manifestNames)
      try Disk.write(JSON.pretty(description.value), to: place)
    case .replay: try ExportReplay.write(model, text: text.pair(on: model.compute), to: folder)
    case .example: try writeExample(in: folder, console)
    case .card: try Disk.write(card.text, to: place)
    case .world:
      try Disk.write(JSON.pretty(ExportedModel.world(run, weights, weightsHash: weightsHash)), to: place)
    }
  }

  /// Of the weights' file, for whoever holds that alone.
  func metadata(_ format: String = ExportedModel.format) -> [(String, String)] {
    [
      ("orrery", format), ("build", Build.version), ("run", run.hash), ("run_name", run.name),
      ("step", String(run.step)), ("weights", weights.rawValue),
      ("weights_sha256", weightsHash), ("ledger_head", provenance.ledger.head),
      ("ledger_summary", JSON.line(provenance.value)), ("distribution", distribution.verdict.rawValue),
    ]
  }

  /// The exported manifests' names, by their hashes.
  private var manifestNames: [String: String] {
    Dictionary(
      uniqueKeysWithValues: provenance.distinctManifests.enumerated().map { ($1.sha256, ExportFile.manifest($0)) })
  }

  private func writeExample(in folder: String, _ console: Console) throws {
    let pair = text.pair(on: model.compute)
    let progress = console.progress("drawing the example", total: 2 * ExportExample.steps)
    try ExportExample.write(model, text: pair.slice(1..<2), null: pair.slice(0..<1), to: folder) { done, _ in
      progress.update(done)
    }
  }

  /// Content credentials of the weights' file.
  func writeSidecar(in folder: String) throws { try writeSidecar(of: folder + "/" + CredentialOrigin.weightsName) }

  func writeSidecar(of file: String) throws {
    let origin = CredentialOrigin(
      run, weightsHash: weightsHash, ledgerHead: provenance.ledger.head,
      manifests: provenance.manifestHashes, base: provenance.base, withdrawn: withdrawn)
    try CredentialSidecar.write(
      file, origin,
      facts: [
        .init("step", Value(run.step)), .init("weights", .string(weights.rawValue)),
        .init("frames_seen", Value(provenance.ledger.total.seen)),
        .init("distribution", .string(distribution.verdict.rawValue)),
      ], home: home)
  }
}
