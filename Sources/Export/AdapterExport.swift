import Consent
import Credentials
import Diffusion
import Files
import Foundation
import Ledger
import Models
import Nets
import Provenance
import Runs
import Tensors

/// `orrery export RUN --adapter DIALECT`: what a run trained beside a base, alone: a small file that others load over
/// that base, with its consent beside it. It is written aside, read again, held against the run's own output and
/// against the base's, entered in the ledger, and only then takes its name.
public struct AdapterExport {
  public struct Result: Sendable {
    public let file: String
    public let value: Value
    public let text: String
  }

  private static let format = "adapter/1"
  private let export: Export
  private let dialect: AdapterDialect
  private let isHalf: Bool
  private var run: Run { export.run }

  /// - Parameters:
  ///   - export: of the run, as its whole model would be exported.
  ///   - isHalf: bf16 instead of f32.
  public init(_ export: Export, as dialect: AdapterDialect, isHalf: Bool) {
    (self.export, self.dialect, self.isHalf) = (export, dialect, isHalf)
  }

  /// - Throws: `Problem` when the run trained no adapter, something stands at the folder, the weights are not those its
  ///   ledger binds, or what was written does not do what the run does. Nothing is left behind then.
  public func write(on compute: Compute, _ console: Console) throws -> Result {
    guard run.experiment.lora != nil else {
      throw Problem.usage(
        "this run trained a model, not an adapter", at: run.name, fix: "leave --adapter out: the model is exported")
    }
    try export.requireFree(for: "adapter")
    return try export.withLeave(on: compute, console, merging: false) { ledger, contents in
      try Disk.replaceFolder(export.out) { aside in
        let file = try fill(aside, contents, console), change = try check(file, contents.model)
        try ledger.append(.export, LedgerBody.export(path: export.out, weightsSHA256: contents.weightsHash))
        try ledger.flush()
        return result(file.replacing(aside, with: export.out), contents, change)
      }
    }
  }

  /// - Returns: the adapter's file.
  private func fill(_ folder: String, _ contents: ExportContents, _ console: Console) throws -> String {
    let name = dialect == .peft || dialect == .diffusers ? folder : folder + "/" + run.name + ".safetensors"
    let file = try AdapterFile.write(
      contents.model.parameters, as: dialect, isHalf: isHalf, metadata: contents.metadata(Self.format) + base, to: name)
    let acting: [ExportFile] = contents.model.spec.takesActions ? [.actionEmbedder] : []
    for part in acting + [ExportFile.manifest, .spdx, .croissant] { try contents.write(part, in: folder, console) }
    try Disk.write(contents.card.adapterText(dialect, (file as NSString).lastPathComponent), to: folder + "/README.md")
    try contents.writeSidecar(of: file)
    return file
  }

  private var base: [(String, String)] {
    let file = try? Safetensors(path: run.path("weights.safetensors"))
    return file?[metadata: Run.baseKey].map { [(Run.baseKey, $0)] } ?? []
  }

  /// Reads the file over the same base. - Returns: ‖Δ output‖ / ‖output of the base‖ on a batch of noise.
  private func check(_ file: String, _ trained: WorldModel) throws -> Double {
    let spec = trained.spec, compute = trained.compute
    // What takes actions lies beside the adapter, in a folder of its own.
    var config = spec.transformer.exact
    config.actions = []
    guard let frozen = trained.parameters.frozen else { preconditionFailure("an adapter without its base") }
    let back = try AdapterFile(file, for: config, on: compute)
    let again = try WorldTransformer.parameters(config, over: frozen, back.lora, on: compute)
    back.load(into: again)
    let (x, image) = ExportReplay.input(spec, batch: 1, lane: 4, on: compute)
    let times = Tensor([500], [1, 1], on: compute), text = try trained.text([nil])
    func output(_ parameters: Parameters) -> [Float] {
      WorldTransformer(config, parameters)(x, timesteps: times, text: text, image: image).values
    }
    let plain = output(try WorldTransformer.parameters(config, over: frozen, nil, on: compute)),
      ours = output(trained.parameters), theirs = output(again)
    func distance(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
    }
    let size = max(distance(plain, plain.map { _ in 0 }), 1e-30), change = distance(ours, plain) / size,
      lost = distance(theirs, ours) / size
    guard lost <= (isHalf ? 1e-2 : 1e-5) else {
      throw Problem(
        "what was written does not do what the run does: read again, its output is off by \(Text.short(lost))",
        at: file,
        expected: "at most \(isHalf ? "1e-2" : "1e-5") of the output", fix: "check the disk and export again")
    }
    return change
  }

  private func result(_ file: String, _ contents: ExportContents, _ change: Double) -> Result {
    let value: Value = [
      "adapter": .string(file), "dialect": .string(dialect.rawValue), "read_by": .string(dialect.readers),
      "run": .string(run.name), "step": Value(run.step), "weights_sha256": .string(contents.weightsHash),
      "rank": Value(contents.model.parameters.lora?.rank ?? 0), "output_change": .number(change),
    ]
    let told =
      change > 0
      ? "it moves the base's output by \(Text.short(100 * change)) %"
      : "it moves nothing: the output is the base's"
    return Result(
      file: file, value: value,
      text: "wrote \(file), read it again over the base: \(told)\nread by \(dialect.readers)")
  }
}
