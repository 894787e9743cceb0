import ArgumentParser
import Files
import Perf

struct OpsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ops", abstract: "Time every op, forward and backward, beside this machine's roofline.",
    discussion:
      "Shapes are those of a training step of the model that the options describe. --iters is not used; --seconds is.")
  @OptionGroup var model: PerfModel
  @Option(help: "Least seconds spent on each measurement.") var seconds = 0.2
  @OptionGroup var common: Common

  func run() throws {
    guard (0...60).contains(seconds) else { throw Problem.usage("--seconds is \(seconds)", expected: "0 to 60") }
    let result = try PerfOps(try model.options(), seconds: seconds).run(on: try common.compute(), common.console)
    try common.console.result(result.value, result.text)
  }
}
