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

/// What the files of a world model's export are made of, and how each is written.
struct ExportContents {
  let papers: ExportPapers
  let model: WorldModel
  let text: ExportText
  private var run: Run { papers.run }
  var weightsHash: String { papers.weightsHash }
  var card: ModelCard { papers.card }

  /// All of them, in order.
  func write(to folder: String, _ console: Console) throws {
    // A short sample of a model that takes pictures would take one, and that is footage.
    for file in ExportFile.allCases
    where (file != .example || !model.spec.takesPictures) && (file != .actionEmbedder || model.spec.takesActions) {
      try write(file, in: folder, console)
    }
  }

  func write(_ file: ExportFile, in folder: String, _ console: Console) throws {
    let place = folder + "/" + file.name
    switch file {
    case .transformer:
      try ModelFolder.write(model.spec.transformer, model.parameters, metadata: metadata(), to: place)
      try writeSidecar(in: folder)
    case .actionEmbedder:
      try ActionEmbedderFolder.write(
        model.spec.actions, framesPerGroup: model.spec.framesPerGroup, model.parameters, metadata: metadata(), to: place
      )
    case .scheduler:
      try Disk.write(
        JSON.pretty(ExportParts.scheduler(run.experiment.sampler)), to: place + "/scheduler_config.json")
    case .textEmbedder: try text.write(to: place, on: model.compute)
    case .codec: try Disk.write(JSON.pretty(ExportParts.codec(model.spec)), to: place)
    case .manifest: try papers.writeManifests(to: folder)
    case .spdx: try papers.writeBill(to: place)
    case .croissant: try papers.writeDescription(to: place)
    case .replay: try ExportReplay.write(model, text: text.pair(on: model.compute), to: folder)
    case .example: try writeExample(in: folder, console)
    case .card: try Disk.write(card.text, to: place)
    case .world:
      try Disk.write(JSON.pretty(try ExportedModel.world(run, papers.weights, weightsHash: weightsHash)), to: place)
    }
  }

  func metadata(_ format: String = ExportedModel.format) -> [(String, String)] { papers.metadata(format) }

  private func writeExample(in folder: String, _ console: Console) throws {
    let pair = text.pair(on: model.compute)
    let progress = console.progress("drawing the example", total: 2 * ExportExample.steps)
    try ExportExample.write(model, text: pair.slice(1..<2), null: pair.slice(0..<1), to: folder) { done, _ in
      progress.update(done)
    }
  }

  /// Content credentials of the weights' file.
  func writeSidecar(in folder: String) throws { try writeSidecar(of: folder + "/" + CredentialOrigin.weightsName) }

  func writeSidecar(of file: String) throws { try papers.writeSidecar(of: file) }
}
