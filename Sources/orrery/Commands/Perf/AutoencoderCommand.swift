import ArgumentParser
import Files
import Foundation
import Models
import Perf
import Tensors

struct AutoencoderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vae", abstract: "Time a published autoencoder's shape: encode and decode.")
  @Option(help: "wan2.1 or wan2.2.") var like: AutoencoderConfig.Preset = .wan21
  @Option(help: "encode, decode or both.") var way: PerfAutoencoder.Way = .both
  @Option(help: "Frames of the clip, 1 + a multiple of 4.") var clip = 17
  @Option(help: "Side of a frame, in pixels.") var pixels = 256
  @Option(help: "Timed repeats.") var iters = 3
  @Option(help: "What products multiply: f32 or bf16.") var dtype: ElementType = .f32
  @Option(help: "Folder of the random weights, made once.") var weights: String?
  @OptionGroup var common: Common

  func run() throws {
    guard (1...10_000).contains(clip), (8...8192).contains(pixels), (1...1000).contains(iters) else {
      throw Problem.usage(
        "a size is out of range", expected: "--clip to 10000, --pixels from 8 to 8192, --iters to 1000")
    }
    let folder = weights ?? NSTemporaryDirectory() + "/orrery-perf/vae-" + like.rawValue
    let result = try PerfAutoencoder(
      like, way, clip: clip, pixels: pixels, iterations: iters, products: dtype, folder: folder
    ).run(on: try common.compute(), common.console)
    try common.console.result(result.value, result.text)
  }
}

extension AutoencoderConfig.Preset: ExpressibleByArgument {}
extension PerfAutoencoder.Way: ExpressibleByArgument {}
