import ArgumentParser
import Files
import Foundation
import Models
import Perf
import Tensors

struct PerfTextCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "text", abstract: "Time a text encoder of a published shape with random weights.")
  @Option(help: "The shape: umt5-xxl.") var like = T5Preset.umt5
  @Option(help: "Layers, of the 24 there are.") var layers = 6
  @Option(help: "Tokens of the text.") var tokens = 512
  @Option(help: "What products multiply: f32 or bf16.") var dtype = ElementType.f32
  @Option(help: "Timed repeats, after one to warm up.") var iters = 3
  @Option(help: "Folder of the random weights, made once.") var weights: String?
  @OptionGroup var common: Common

  func run() throws {
    guard (1...24).contains(layers), (1...4096).contains(tokens), (1...1000).contains(iters) else {
      throw Problem.usage(
        "a size is out of range", expected: "--layers to 24, --tokens to 4096, --iters from 1 to 1000")
    }
    let perf = PerfText(
      like, layers: layers, tokens: tokens, iterations: iters, products: dtype,
      folder: weights ?? NSTemporaryDirectory() + "/orrery-perf/\(like.rawValue)-\(layers)")
    let result = try perf.run(on: common.compute(), common.console)
    try common.console.result(result.value, result.text)
  }
}

extension T5Preset: ExpressibleByArgument {}
