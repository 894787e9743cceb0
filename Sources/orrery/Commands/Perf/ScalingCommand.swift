import ArgumentParser
import Files
import Foundation
import Perf
import Tensors

struct ScalingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "Time and memory of a training step against tokens and features: table, plot and slopes.",
    discussion: "Each point runs in a process of its own. Points that would not fit into memory are left out and named."
  )
  @Option(parsing: .upToNextOption, help: "Tokens to try, at --dim features.") var tokens = [
    512, 1024, 2048, 4096, 8192, 16384,
  ]
  @Option(parsing: .upToNextOption, help: "Features to try, at 512 tokens.") var dims = [
    128, 256, 384, 512, 768, 1024, 1536,
  ]
  @Option(help: "Features where the tokens vary.") var dim = 384
  @Option(help: "Blocks.") var layers = 12
  @Option(help: "Samples.") var batch = 1
  @Option(help: "What products multiply: f32 or bf16.") var dtype = ElementType.f32
  @Flag(help: "Keep only each block's input and run it again in the backward pass.") var recompute = false
  @Option(help: "Timed repeats of each point, after two to warm up.") var iters = 3
  @Option(help: "Folder for scaling.svg, scaling.md and scaling.json.") var out = "scaling"
  @OptionGroup var common: Common

  func run() throws {
    let scaling = try PerfScaling(
      tokens: tokens, dims: dims, dim: dim, layers: layers, batch: batch, iterations: iters,
      threads: common.threadsWanted, products: dtype, recompute: recompute)
    let program =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    let result = try scaling.run(to: out, executable: program, common.console)
    try common.console.result(result.value, result.text)
  }
}
