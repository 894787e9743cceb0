import ArgumentParser
import Files
import Foundation
import Models
import Nets
import Perf
import Tensors

struct PerfCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perf", abstract: "Time the engine and the loader on this machine.",
    subcommands: [
      Train.self, Forward.self, AutoencoderCommand.self, PerfTextCommand.self, OpsCommand.self, LoaderCommand.self,
      ScalingCommand.self, FlowCommand.self, EigenCommand.self,
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

  @Option(help: "Time a published shape with random weights instead: wan2.1-t2v-1.3b and so on.") var like: WanPreset?
  @Option(help: "With --like: rank of the adapter that is trained.") var lora = 32
  @Option(help: "With --like: train all weights, keeping AdamW's moments so: f32 or 8bit.")
  var full: AdamW.MomentType?
  @Option(help: "With --like: folder of the random weights, made once.") var weights: String?
  @Flag(help: "With --like: fetch the weights block by block, and run each block again on the way back.")
  var stream = false

  /// A step or pass over frozen weights of a published shape.
  private func family(_ preset: WanPreset, _ work: Perf.Work) throws -> PerfFamily {
    guard (1...1024).contains(lora), (1...1024).contains(frames), (2...512).contains(size), size % 2 == 0,
      (1...64).contains(batch), (1...1000).contains(iters)
    else {
      throw Problem.usage(
        "a size is out of range", expected: "--lora and --frames to 1024, --size even to 512, --batch to 64")
    }
    var adapter = LoRA()
    adapter.rank = lora
    return PerfFamily(
      preset, lora: work == .train && full == nil ? adapter : nil, full: work == .train ? full : nil, frames: frames,
      size: size, batch: batch, iterations: iters,
      products: dtype, recompute: recompute, streams: stream,
      folder: weights ?? NSTemporaryDirectory() + "/orrery-perf/" + preset.rawValue)
  }

  func run(_ work: Perf.Work, _ common: Common) throws {
    let compute = try common.compute()
    let result =
      try like.map { try family($0, work).run(on: compute, common.console) }
      ?? Perf(options()).run(work, on: compute)
    try common.console.result(result.value, result.text)
  }
}

extension ElementType: ExpressibleByArgument {}
extension AdamW.MomentType: ExpressibleByArgument {}
extension WanPreset: ExpressibleByArgument {}
