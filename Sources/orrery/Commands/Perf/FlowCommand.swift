import ArgumentParser
import Files
import Frames
import Lab
import Perf

struct FlowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flow",
    abstract: "Time dense flow on a clip whose motion is known, and say how far it is from the truth.",
    discussion:
      "Scenes: shift, large, affine, disc, both. A metric that shares an intermediate result with an earlier one costs what is left."
  )
  @Option(help: "Which motion.") var scene = "both"
  @Option(help: ArgumentHelp("Size of the clip.", valueName: "WxH")) var size = "854x480"
  @Option(help: "Frames of the clip.") var frames = 5
  @Option(help: "Timed repeats.") var iters = 5
  @Flag(help: "Time every clip metric too.") var metrics = false
  @OptionGroup var common: Common

  func run() throws {
    let (width, height) = try ImportOptions.size(size, at: "--size")
    let perf = try PerfFlow(
      scene: scene, width: width, height: height, frames: frames, repeats: iters, threads: common.threadsWanted,
      metrics: metrics)
    let result = try perf.run(common.console)
    try common.console.result(result.value, result.text)
  }
}
