import ArgumentParser
import Diffusion
import Files
import Nets
import Tensors

struct ParityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parity", abstract: "Replay what diffusers computed: output, loss, every gradient, five AdamW losses.",
    discussion: "FOLDER holds transformer/ and case.safetensors; Tests/Interop/make_parity_case.py makes one.")
  @Argument(help: "The case's folder.") var folder: String
  @Option(help: "Largest max|a−b| / max|b| that passes; default: 1e-4 for f32, 2e-2 for bf16.") var tolerance: Double?
  @Option(help: "What products multiply: f32 or bf16.") var dtype = ElementType.f32
  @OptionGroup var common: Common

  func run() throws {
    let report = try ParityReport(
      folder: folder, tolerance: tolerance ?? (dtype == .f32 ? 1e-4 : 2e-2), products: dtype, on: try common.compute())
    try common.console.result(report.value, report.text)
    try report.requirePass()
  }
}
