import ArgumentParser
import Files
import Models

extension CheckpointConversion.Target: ExpressibleByArgument {}
extension CheckpointConversion.ElementType: ExpressibleByArgument {}

struct ModelConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a transformer's weights as another program names them, a tensor at a time.",
    discussion: "What is stored stays as it is, bit for bit, unless --dtype asks for another type.")
  @Argument(help: "A transformer's folder or file, in any container.") var input: String
  @Argument(help: "The new folder, or for comfyui the new file.") var out: String
  @Option(help: "diffusers, original or comfyui.") var to: CheckpointConversion.Target
  @Option(help: "f32, bf16 or f16. Default: as stored.") var dtype: CheckpointConversion.ElementType?
  @Option(help: ArgumentHelp("Split into files of at most so many GB.", valueName: "n")) var shardGb: Double?
  @OptionGroup var common: Common

  func run() throws {
    let conversion = try CheckpointConversion(input, to: out, to, type: dtype, shardGB: shardGb)
    let progress = common.console.progress("writing \(out)", total: 100)
    let result = try conversion.run(on: try common.compute()) { done, all in
      progress.update(all > 0 ? 100 * done / all : 100, "\(Text.bytes(done)) of \(Text.bytes(all))")
    }
    try common.console.result(result.value, result.text)
    common.console.next(["model", "inspect", out])
  }
}
