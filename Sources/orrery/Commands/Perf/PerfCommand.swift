import ArgumentParser
import Files
import Models
import Perf
import Tensors

struct PerfCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perf", abstract: "Time the engine and the loader on this machine.",
    subcommands: [
      Train.self, Forward.self, OpsCommand.self, LoaderCommand.self, ScalingCommand.self, FlowCommand.self,
      EigenCommand.self,
    ])

  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Time a training step: forward, backward, clip, AdamW.")
    @OptionGroup var model: PerfModel
    @OptionGroup var common: Common
    func run() throws { try model.run(.train, common) }
  }

  struct Forward: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Time a forward pass.")
    @OptionGroup var model: PerfModel
    @OptionGroup var common: Common
    func run() throws { try model.run(.forward, common) }
  }
}

/// The model and the input that are timed. An option given twice counts as it was given last.
struct PerfModel: ParsableArguments {
  @Option(help: "Features.") var dim = PerfOptions().model.dim
  @Option(help: "Blocks.") var layers = PerfOptions().model.layers
  @Option(help: "Heads.") var heads = PerfOptions().model.heads
  @Option(help: "Features of the feed-forward layer.") var ffn = PerfOptions().model.ffn
  @Option(help: "Latent channels.") var channels = PerfOptions().channels
  @Option(help: "Latent frames.") var frames = PerfOptions().frames
  @Option(help: "Side of a latent frame.") var size = PerfOptions().size
  @Option(help: "Samples.") var batch = PerfOptions().batch
  @Option(help: "Text tokens.") var text = PerfOptions().text
  @Option(help: "Features of a text token.") var textDim = PerfOptions().textDim
  @Option(help: "What products multiply: f32 or bf16.") var dtype = PerfOptions().products
  @Flag(help: "Keep only each block's input and run it again in the backward pass.") var recompute = false
  @Option(help: "Timed repeats, after two to warm up.") var iters = PerfOptions().iterations

  func options() throws -> PerfOptions {
    let sizes = [dim, layers, heads, ffn, channels, frames, size, batch, text, textDim]
    guard sizes.allSatisfy({ (1...65536).contains($0) }), size % 2 == 0, (1...10_000).contains(iters) else {
      throw Problem.usage(
        "a size is out of range", expected: "sizes from 1 to 65536, --size even, --iters from 1 to 10000")
    }
    return PerfOptions(
      model: ModelSizes(dim: dim, heads: heads, layers: layers, ffn: ffn), channels: channels, frames: frames,
      size: size, batch: batch, text: text, textDim: textDim, iterations: iters, products: dtype, recompute: recompute)
  }

  func run(_ work: Perf.Work, _ common: Common) throws {
    let result = try Perf(options()).run(work, on: try common.compute())
    try common.console.result(result.value, result.text)
  }
}

extension ElementType: ExpressibleByArgument {}
