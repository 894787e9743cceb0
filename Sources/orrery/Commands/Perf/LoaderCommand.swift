import ArgumentParser
import Files
import Foundation
import Frames
import Lab
import Perf
import Training

struct LoaderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loader", abstract: "Time the reading of random windows from a dataset.")
  @Argument(help: "The dataset.") var file: String
  @Option(help: "Frames a window.") var window = 16
  @Option(help: ArgumentHelp("Most that decoded chunks may take, in MiB. Training allows 1024.", valueName: "MiB"))
  var cacheMib = 1024
  @Option(help: "Timed repeats.") var iters = 5
  @Option(help: "Least seconds of a repeat.") var seconds = 1.0
  @Option(
    help: ArgumentHelp(
      "Write the dataset first when it is not there: a drifting texture of this size.", valueName: "WxH")) var make:
    String?
  @Option(help: "Frames of the dataset that --make writes.") var makeFrames = 960
  @OptionGroup var common: Common

  func run() throws {
    guard (1...65536).contains(window), (0...1 << 20).contains(cacheMib), (1...1000).contains(iters),
      (0...600).contains(seconds), (1...1_000_000).contains(makeFrames)
    else {
      throw Problem.usage(
        "an option is out of range",
        expected:
          "--window 1 to 65536, --cache-mib 0 to 1048576, --iters 1 to 1000, --seconds 0 to 600, --make-frames 1 to 1000000"
      )
    }
    let console = common.console
    if let make, !FileManager.default.fileExists(atPath: file) {
      let (width, height) = try ImportOptions.size(make, at: "--make")
      try TexturedDataset.write(file, width: width, height: height, frames: makeFrames, console)
    }
    let loader = PerfLoader(
      path: file, window: window, threads: common.threadsWanted, cacheBytes: cacheMib << 20, repeats: iters,
      seconds: seconds)
    let result = try loader.run(console)
    try console.result(result.value, result.text)
  }
}
