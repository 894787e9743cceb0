import Diffusion
import Files
import Foundation
import Ledger
import Models
import Nets
import Runs
import Tensors

/// `orrery export` of a run that trained an autoencoder: the folder that diffusers' `AutoencoderKLWan` reads, with the
/// consent behind it. It is written aside, opened again, held against the run's own, entered in the ledger, and only
/// then takes its name.
public struct AutoencoderExport {
  public struct Result: Sendable {
    public let folder: String
    public let value: Value
    public let text: String
  }

  private static let format = "autoencoder/1"
  private let export: Export
  private var run: Run { export.run }

  /// - Parameter export: of the run, as a world model's would be.
  public init(_ export: Export) { self.export = export }

  /// - Throws: `Problem` when the run did not come to its end, something stands at the folder, or the weights are not
  ///   those its ledger binds. Nothing is left behind then.
  public func write(on compute: Compute, _ console: Console) throws -> Result {
    guard export.weights == .ema else {
      throw Problem.usage(
        "what normalises the latents was measured for the averaged weights", at: "--weights", expected: "ema",
        fix: "leave --weights out")
    }
    try export.requireFree(for: "autoencoder")
    let own = run.path(Run.autoencoderName)
    guard run.status == .done, Disk.exists(own + "/config.json") else {
      throw Problem(
        "the run has not come to its end, where what normalises its latents is measured", at: run.folder,
        fix: "train it to its last step: 'orrery finetune' with the same experiment continues it")
    }
    return try export.withLedger { ledger in
      let file = try AutoencoderFile(own)
      let parameters = Autoencoder.parameters(file.config, on: compute)
      try parameters.load(Safetensors(path: file.weights.path))
      let hash = parameters.valuesHash
      try export.requireBound(hash, try ledger.summary())
      let (papers, _) = try export.papers(hash, ledger, console)
      return try Disk.replaceFolder(export.out) { aside in
        try file.config.write(
          parameters, metadata: [("format", "pt")] + papers.metadata(Self.format), to: aside)
        try papers.writeManifests(to: aside)
        try papers.writeBill(to: aside + "/" + ExportFile.spdx.name)
        try papers.writeDescription(to: aside + "/" + ExportFile.croissant.name)
        try Disk.write(papers.card.autoencoderText, to: aside + "/" + ExportFile.card.name)
        try papers.writeSidecar(of: aside + "/" + ModelFolder.weightsName)
        try check(aside, file)
        try ledger.append(.export, LedgerBody.export(path: export.out, weightsSHA256: hash))
        try ledger.flush()
        return result(file, papers)
      }
    }
  }

  /// That what was written is the run's own, to the byte.
  private func check(_ folder: String, _ own: AutoencoderFile) throws {
    let again = try AutoencoderFile(folder)
    guard again.identity == own.identity else {
      throw Problem(
        "what was written is not the run's autoencoder: its identity is \(again.identity)", at: folder,
        expected: own.identity, fix: "check the disk and export again")
    }
  }

  private func result(_ file: AutoencoderFile, _ papers: ExportPapers) -> Result {
    let value: Value = [
      "export": .string(export.out), "run": .string(run.name), "step": Value(run.step),
      "weights_sha256": .string(papers.weightsHash), "identity": .string(file.identity),
      "distribution": papers.distribution.value,
    ]
    return Result(
      folder: export.out, value: value,
      text:
        "wrote \(export.out) and opened it again; it is codec.from of an experiment, and diffusers' AutoencoderKLWan")
  }
}
