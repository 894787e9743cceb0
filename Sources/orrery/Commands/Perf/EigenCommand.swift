import ArgumentParser
import Files
import Perf

struct EigenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eigen",
    abstract: "Time the symmetric eigen-solver that distances of learnt features stand on, and its error.")
  @Option(help: "Rows of the matrix, several with commas.") var size = "64,256,1024,2048"
  @Option(help: "Timed repeats.") var iters = 3
  @OptionGroup var common: Common

  func run() throws {
    let sizes = try size.split(separator: ",", omittingEmptySubsequences: false).map { word -> Int in
      guard let n = Int(word) else {
        throw Problem.usage("'\(word)' is no number of rows", at: "--size", expected: "such as 64,1024")
      }
      return n
    }
    let result = try PerfEigen(sizes: sizes, repeats: iters).run(common.console)
    try common.console.result(result.value, result.text)
  }
}
