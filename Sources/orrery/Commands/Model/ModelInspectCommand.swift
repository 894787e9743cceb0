import ArgumentParser
import Files
import Models

struct ModelInspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what a file or folder of weights is: family, shape, types, norms, what is missing, who reads it.",
    discussion: "Told by the tensors: transformer, autoencoder, text encoder, adapter; safetensors, shards or GGUF.")
  @Argument(help: "A file, a model's folder, or a pipeline's.") var path: String
  @OptionGroup var common: Common

  func run() throws {
    let compute = try common.compute()
    let found = try CheckpointFolder.parts(of: path).map { place in
      let progress = common.console.progress("reading \(place)", total: 100)
      return try CheckpointInspection(place, on: compute) { done, all in
        progress.update(all > 0 ? 100 * done / all : 100, "\(Text.count(done)) of \(Text.count(all)) numbers")
      }
    }
    try common.console.result(
      found.count == 1 ? found[0].value : ["parts": .array(found.map(\.value))],
      found.map(\.text).joined(separator: "\n\n"))
    guard let first = found.first(where: { $0.found.kind == .transformer && $0.isWhole }) else { return }
    let isBlocks = first.roles.contains { $0.role.types.keys.contains { $0.hasPrefix("Q") } }
    common.console.next(
      ["model", "convert", path, "OUT", "--to", first.found.layout == "diffusers" ? "comfyui" : "diffusers"]
        + (isBlocks ? ["--dtype", "bf16"] : []))
  }
}
