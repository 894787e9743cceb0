import ArgumentParser
import Diffusion
import Lab

struct ParityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parity", abstract: "Replay what diffusers computed: output, loss, every gradient, five AdamW losses.",
    discussion: "FOLDER holds transformer/ and case.safetensors; Tests/Interop/make_parity_case.py makes one.")
  @Argument(help: "The case's folder.") var folder: String
  @Option(help: "Largest max|a−b| / max|b| that passes.") var tolerance = 1e-4
  @OptionGroup var common: Common

  func run() throws {
    let report = try ParityReport(folder: folder, tolerance: tolerance, on: try common.compute())
    common.console.result(report.value, report.text)
    try report.requirePass()
  }
}
